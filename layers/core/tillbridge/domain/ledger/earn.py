"""Points that a customer earns by an order, and gives back with a return."""

from dataclasses import dataclass
from typing import Any

from tillbridge.domain.ledger.account import NEVER, Account, Change, added, negative
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import account_key, earning_key, entry_key
from tillbridge.domain.ledger.qualifying import Qualifying, uncounted
from tillbridge.domain.ledger.writes import Absent, Equals, Item, Key, Path, Put, Update
from tillbridge.errors import AccrualNotFound, IdempotencyMismatch, InvalidRequest, NotReversible


@dataclass(frozen=True, slots=True)
class Booked:
    """Points came in or went out, by `delta`. `replayed`: an earlier request did it. `account` is
    as it is after that, where it is known. `points_label` is what the merchant calls points.
    `refused`: nothing went out, for good, since no more
    points than these were available. `pending`: a merchant's own system has not said yet that it is
    done; it will be, without the till."""

    delta: int
    replayed: bool = False
    account: Account | None = None
    refused: int | None = None
    pending: bool = False
    points_label: str = "points"


@dataclass(frozen=True, slots=True)
class Accrual:
    """Earn points by a shop's order, once, whatever keys a till makes up (Toast sends another one
    with each try). `expires_on` is the last day on which they are good, or `never`; `qualifying`
    says what of them counts towards a tier."""

    actor: Actor
    account_id: str
    store_id: str
    order_ref: str
    points: int
    expires_on: str = NEVER
    qualifying: Qualifying | None = None

    def __call__(self, seen: Seen) -> Step[Booked]:
        """Raises `IdempotencyMismatch` for an order that earned another number of points, or none
        since its sale is void or another customer's; and `InvalidRequest` for points that are over
        already."""
        earning = earning_key(self.actor.tenant_id, self.account_id, self.store_id, self.order_ref)
        if (known := seen.get(earning)) is not None:
            if known["points"] != self.points:
                raise _other_points(known["points"])
            return Settled(Booked(self.points, replayed=True))
        if self.expires_on < self.actor.today.isoformat():
            if earning not in seen:
                # They may have been good when they were first sent.
                return Need(earning)
            raise InvalidRequest("expires_on: this day is over", field="expires_on")
        if account_key(self.actor.tenant_id, self.account_id) not in seen:
            return Need(account_key(self.actor.tenant_id, self.account_id))
        book = Book.opened(self.actor, self.account_id, seen)
        change = book.account.give({self.expires_on: self.points}) + self._counted(book.account)
        writes = (
            Put(earning, self._earning(), Absent()),
            *book.writes(change),
            entry(
                EntryKind.EARN,
                self.account_id,
                self.points,
                self.actor,
                self.store_id,
                self.order_ref,
                store_id=self.store_id,
                order_ref=self.order_ref,
            ),
        )
        return Commit(writes, Booked(self.points, account=book.after(change)))

    def _counted(self, account: Account) -> Change:
        if self.qualifying is None:
            return Change()
        earned = self.qualifying.counted_in(account.earned, self.actor.today)
        return Change(earned=added(earned, negative(account.earned)))

    def _earning(self) -> dict[str, Any]:
        item = {"points": self.points, "reversible": self.points, "lot": self.expires_on}
        if self.qualifying is None:
            return item
        day = self.qualifying.day.isoformat()
        points = self.qualifying.points
        return {**item, "qualifying": points, "tier_points": points, "day": day}


@dataclass(frozen=True, slots=True)
class Reversal:
    """Take back what an order has earned, for a return: all that is left of it, or so many points.
    They leave the lot that they came into, then the others; what is spent already becomes a debt,
    which the next points repay (T18). In the same proportion they no longer count towards a tier.
    `return_ref` names the return, which takes back once."""

    actor: Actor
    account_id: str
    store_id: str
    order_ref: str
    return_ref: str
    points: int | None = None

    def __call__(self, seen: Seen) -> Step[Booked]:
        """Raises `AccrualNotFound`, `NotReversible`, `IdempotencyMismatch`."""
        about = (self.store_id, self.order_ref, self.return_ref)
        entered = entry_key(self.actor.tenant_id, self.account_id, EntryKind.UNEARN, *about)
        if (known := seen.get(entered)) is not None:
            return self._replay(-known["delta"])
        earning = earning_key(self.actor.tenant_id, self.account_id, self.store_id, self.order_ref)
        account = account_key(self.actor.tenant_id, self.account_id)
        for key in (earning, account):
            if key not in seen:
                return Need(key)
        earned = seen[earning]
        if earned is None:
            raise AccrualNotFound
        points = earned["reversible"] if self.points is None else self.points
        if points == 0 or points > earned["reversible"]:
            if entered not in seen:
                # Nothing is left, it may be because of this very return.
                return Need(entered)
            raise NotReversible(reversible=earned["reversible"])
        return self._take_back(earning, points, earned, seen)

    def _take_back(self, earning: Key, points: int, earned: Item, seen: Seen) -> Commit[Booked]:
        book = Book.opened(self.actor, self.account_id, seen)
        taken = book.account.take(points, first=earned["lot"])
        less = earned.get("qualifying", 0) * points // earned["reversible"]
        counted = uncounted(book.account.earned, earned["day"], less) if less else {}
        change = taken + Change(debt=points + taken.available, earned=counted)
        left: dict[Path, int] = {("reversible",): -points}
        writes = (
            Update(
                earning,
                Equals("reversible", earned["reversible"]),
                add=left | {("qualifying",): -less} if less else left,
            ),
            *book.writes(change),
            entry(
                EntryKind.UNEARN,
                self.account_id,
                -points,
                self.actor,
                self.store_id,
                self.order_ref,
                self.return_ref,
                store_id=self.store_id,
                order_ref=self.order_ref,
            ),
        )
        return Commit(writes, Booked(-points, account=book.after(change)))

    def _replay(self, points: int) -> Settled[Booked]:
        if self.points not in (None, points):
            raise IdempotencyMismatch(
                "this return has taken back another number of points", points=points
            )
        return Settled(Booked(-points, replayed=True))


def _other_points(points: int) -> IdempotencyMismatch:
    if points:
        return IdempotencyMismatch("this order has earned another number of points", points=points)
    return IdempotencyMismatch(
        "this order earns nothing: its sale is void, or another customer's", points=0
    )
