"""Counting a sale: what it earns, what its returns take back, and nothing of it when it is void."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from tillbridge.domain.ledger.account import Account, Change, added, negative
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import (
    account_key,
    earning_key,
    fingerprint,
    tally_id,
    tally_key,
)
from tillbridge.domain.ledger.qualifying import uncounted
from tillbridge.domain.ledger.tally import Earning, Order, TalliedLine, TalliedReturn, Tally
from tillbridge.domain.ledger.writes import (
    Absent,
    AllOf,
    Condition,
    Equals,
    Item,
    Key,
    Lacks,
    Put,
    Write,
)
from tillbridge.domain.programme import Programme
from tillbridge.domain.sale import Return, Sale
from tillbridge.domain.sale_report import SaleReport

# Why nothing of an earning is left: for good, or until the sale is that account's again.
_VOID, _LEFT = "void", "left"


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of the sale now. `delta` is by how much the balance of its customer's account
    changed; `replayed`: it was all known before."""

    tally: Tally
    delta: int = 0
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Add a report to what is known of its sale, and bring the customer's account to what that
    makes of it. `account_id` is '' when the report names no customer."""

    actor: Actor
    account_id: str
    report: SaleReport
    programme: Programme

    def __call__(self, seen: Seen) -> Step[Counted]:
        key = tally_key(self.actor.tenant_id, self.report.scope, self.report.ref)
        if key not in seen:
            return Need(key)
        known = Tally.of(key, seen[key])
        what = self.report.what
        if isinstance(what, Return):
            lines = tuple(TalliedLine.of(line) for line in what.lines)
            returned = TalliedReturn(self.report.revision, lines)
            return self._settled(known, known.with_return(what.return_ref, returned), seen)
        named = known.naming(self.account_id)
        if what.is_voided:
            if not named.account:
                named = replace(named, store_id=what.store_id, sale_ref=what.sale_ref)
            return self._settled(known, replace(named, is_voided=True), seen)
        return self._with_sale(known, named, what, seen)

    def _with_sale(self, known: Tally, named: Tally, sale: Sale, seen: Seen) -> Step[Counted]:
        """A sale that names no customer takes nothing from whom an earlier report named; the same
        one again keeps what it has earned."""
        content = self._fingerprint(sale)
        is_newer = (self.report.revision, content) > (known.revision, known.fingerprint)
        if not self.account_id or not is_newer:
            return self._settled(known, named, seen)
        if known.fingerprint == content:
            return self._settled(known, replace(named, revision=self.report.revision), seen)
        account = account_key(self.actor.tenant_id, self.account_id)
        if account not in seen:
            return Need(account)
        after = replace(
            named,
            account=self.account_id,
            store_id=sale.store_id,
            sale_ref=sale.sale_ref,
            revision=self.report.revision,
            fingerprint=content,
            earning=self._earning(sale, Book.opened(self.actor, self.account_id, seen).account),
            lines=self._lines(sale),
        )
        return self._settled(known, after, seen)

    def _earning(self, sale: Sale, account: Account) -> Earning:
        """By the tier that the sale's day began with. Its points are good from that day on, however
        late it is heard of; those that are over by then are in no lot."""
        day = min(self.programme.day_of(sale.at_s), self.actor.today)
        tier = self.programme.tier_for(account, sale)
        lot = self.programme.expiry_from(day)
        qualifying = self.programme.qualifying(self.programme.points_for(sale, None), day)
        return Earning(
            points=self.programme.points_for(sale, tier),
            lot="" if lot < self.actor.today.isoformat() else lot,
            qualifying=0 if qualifying is None else qualifying.points,
            day=day.isoformat(),
        )

    def _lines(self, sale: Sale) -> tuple[TalliedLine, ...]:
        worths = (self.programme.worth_minor(sale.currency, line) for line in sale.lines)
        return tuple(map(TalliedLine.of, sale.lines, worths))

    def _fingerprint(self, sale: Sale) -> str:
        lines = [
            {**asdict(line), "quantity": str(line.quantity), "tags": sorted(line.tags)}
            for line in sale.lines
        ]
        # With the pseudonym, so that the fingerprint leads back to nobody either.
        content = {**asdict(sale), "customer_id": self.account_id, "lines": lines}
        return fingerprint("sale", self.actor.tenant_id, self.report.scope, content)

    def _settled(self, before: Tally, after: Tally, seen: Seen) -> Step[Counted]:
        """The accounts are brought from what they had of the sale to what they have of it now."""
        if after == before:
            return Settled(Counted(after, replayed=True))
        orders = _in_question(before, after)
        for order in orders:
            if self._key(order) not in seen:
                return Need(self._key(order))
        if after.order in orders:
            earning = self._by_another(seen[self._key(after.order)])
            after = after if earning is None else replace(after, earning=earning)
        writes: list[Write] = [after.written()]
        delta = 0
        for account_id in sorted({order.account for order in orders}):
            moves = [
                self._move(order, before, after, seen)
                for order in orders
                if order.account == account_id
            ]
            step = self._moved(account_id, moves, str(before.version + 1), seen)
            if isinstance(step, Need):
                return step
            change, account_writes = step
            writes += account_writes
            delta = change.delta if account_id == after.account else delta
        return Commit(tuple(writes), Counted(after, delta))

    def _move(self, order: Order, before: Tally, after: Tally, seen: Seen) -> "_Move":
        """What becomes of an order in question. An earning that somebody else has made keeps what
        it says of its points."""
        earned = seen[self._key(order)]
        known = earned or {}
        over = _VOID if after.is_voided else "" if order == after.order else _LEFT
        over = _VOID if known.get("over") == _VOID else over
        made = known
        if self._by_another(earned) is None:
            whole = Earning() if over else after.earning
            made = {
                "by": self._tally_id,
                "points": whole.points,
                "lot": whole.lot,
                "tier_points": whole.qualifying,
                "day": whole.day,
            }
        was, now = self._was(order, before, earned), after.kept_of(order)
        return _Move(order, self._key(order), earned, was, Earning() if over else now, over, made)

    def _was(self, order: Order, before: Tally, earned: Item | None) -> Earning:
        """What an account has had of an order. Of what somebody else has credited all, where the
        sale has not been reckoned with it yet."""
        earning = self._by_another(earned)
        if earned is None or earning is None:
            return before.kept_of(order)
        if before.order == order and before.earning.points:
            return replace(before, earning=earning).kept_of(order)
        return Earning() if "over" in earned else earning

    def _moved(
        self, account_id: str, moves: Sequence["_Move"], number: str, seen: Seen
    ) -> Need | tuple[Change, tuple[Write, ...]]:
        """By what an account changes, and what writes that. `number` is the change's in the
        tally."""
        change = Change()
        writes = [move.written() for move in moves if move.is_to_be_written]
        moving = [move for move in moves if move.moves_points]
        if not moving:
            return change, tuple(writes)
        key = account_key(self.actor.tenant_id, account_id)
        if key not in seen:
            return Need(key)
        book = Book.opened(self.actor, account_id, seen)
        for move in moving:
            account = book.account.plus(change)
            change += _points(account, move) + self._counts(account, move)
            store_id, sale_ref = move.order.store_id, move.order.sale_ref
            entered = entry(
                EntryKind.EARN if move.delta >= 0 else EntryKind.UNEARN,
                account_id,
                move.delta,
                self.actor,
                store_id,
                sale_ref,
                self._tally_id,
                number,
                store_id=store_id,
                order_ref=sale_ref,
            )
            writes.append(entered)
        return change, (*writes, *book.writes(change))

    def _counts(self, account: Account, move: "_Move") -> Change:
        """What counts towards a tier: it leaves its day, as far as it is there, and joins the
        other."""
        gone, come = move.counts
        earned = account.earned
        if gone:
            earned = added(earned, uncounted(earned, move.was.day, gone))
        day = move.now.day
        qualifying = self.programme.qualifying(come, date.fromisoformat(day)) if come else None
        if qualifying is not None:
            earned = qualifying.counted_in(earned, self.actor.today)
        return Change(earned=added(earned, negative(account.earned)))

    def _by_another(self, earned: Item | None) -> Earning | None:
        """What the till has credited for the order by itself, or another channel by which the sale
        is reported as well: that stands, and returns take from it. None when nobody has."""
        if earned is None or earned.get("by") == self._tally_id:
            return None
        if earned.get("over") == _LEFT and not earned["points"]:
            # Another sale was called so, and is not any more.
            return None
        counting = earned.get("tier_points", earned.get("qualifying", 0))
        return Earning(earned["points"], earned["lot"], counting, earned.get("day", ""))

    def _key(self, order: Order) -> Key:
        about = (order.account, order.store_id, order.sale_ref)
        return earning_key(self.actor.tenant_id, *about)

    @property
    def _tally_id(self) -> str:
        return tally_id(tally_key(self.actor.tenant_id, self.report.scope, self.report.ref))


@dataclass(frozen=True, slots=True)
class _Move:
    """What an account has of an order goes from `was` to `now`. `earned` is the earning as it
    stands in the table; `made` is what it says of who has credited how much, from now on. `over`
    says why nothing of it is left, '' where something may be."""

    order: Order
    key: Key
    earned: Item | None
    was: Earning
    now: Earning
    over: str
    made: Item

    @property
    def moves_points(self) -> bool:
        return self.was != self.now and bool(self.was.points or self.now.points)

    @property
    def points(self) -> tuple[int, int]:
        """How many go and how many come. What a till has reversed by itself does not go again."""
        same = self.was.lot == self.now.lot
        gone, come = _apart(self.was.credited, self.now.credited, same=same)
        return min(gone, self._left("reversible")), come

    @property
    def counts(self) -> tuple[int, int]:
        """How many go and how many come of those that count towards a tier."""
        same = self.was.day == self.now.day
        gone, come = _apart(self.was.qualifying, self.now.qualifying, same=same)
        return min(gone, self._left("qualifying")), come

    @property
    def delta(self) -> int:
        gone, come = self.points
        return come - gone

    @property
    def is_to_be_written(self) -> bool:
        return self._item != self.earned and bool(self.earned or self.over or self.made["points"])

    def written(self) -> Put:
        """The write of the earning; refused when somebody else was faster."""
        return Put(self.key, self._item, _unchanged(self.earned))

    @property
    def _item(self) -> Item:
        gone, come = self.counts
        left = {
            "reversible": self._left("reversible") + self.delta,
            "qualifying": self._left("qualifying") + come - gone,
        }
        item = {name: value for name, value in self.made.items() if name != "over"} | left
        return item | {"over": self.over} if self.over else item

    def _left(self, name: str) -> int:
        return int((self.earned or {}).get(name, 0))


def _in_question(before: Tally, after: Tally) -> tuple[Order, ...]:
    """Where points may move. A sale that has earned nothing is looked at again: a till may have
    credited it since. Of a void one, and of one that is another's, nothing is left to whomever a
    report has named."""
    orders = {
        tally.order
        for tally in (before, after)
        if tally.account and before.kept_of(tally.order) != after.kept_of(tally.order)
    }
    if after.account and not after.earning.points:
        orders.add(after.order)
    is_new_void = after.is_voided and not before.is_voided
    named = set(after.named) - (set() if is_new_void else set(before.named))
    orders |= {replace(after.order, account=account) for account in named}
    return tuple(sorted(orders))


def _points(account: Account, move: _Move) -> Change:
    """Points that go leave the lot that they came into, then the others; what is spent already
    becomes a debt (T18)."""
    gone, come = move.points
    taken = account.take(gone, first=move.was.lot)
    change = taken + Change(debt=gone + taken.available)
    return change + account.plus(change).give({move.now.lot: come})


def _apart(was: int, now: int, *, same: bool) -> tuple[int, int]:
    """How many go and how many come: the difference, where it is the same lot or day."""
    return (max(0, was - now), max(0, now - was)) if same else (was, now)


def _unchanged(earned: Item | None) -> Condition:
    if earned is None:
        return Absent()
    over = Equals("over", earned["over"]) if "over" in earned else Lacks("over")
    return AllOf((Equals("reversible", earned["reversible"]), over))
