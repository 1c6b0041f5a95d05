"""A customer's points: available in lots, held for a sale, or owed.

balance = available + held - debt. Lots are the available points by the day on which they are still
good, in the merchant's time zone ("2027-01-31", or "never"); what is spent leaves the lot that
expires first. Beside them stands what was earned, by when (`qualifying`): the customer's tier. All
are whole numbers, and none is ever negative (I1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from tillbridge.domain.ledger.qualifying import Earned
from tillbridge.domain.ledger.writes import (
    Absent,
    AllOf,
    AtLeast,
    Condition,
    Equals,
    Item,
    Key,
    Path,
    Put,
    Update,
    Write,
)
from tillbridge.errors import LedgerInconsistent

# Sorts after every date.
NEVER = "never"
MAX_LOTS = 60

# Points by the last day on which they are good.
Lots = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to an account's numbers; a decrease is negative."""

    available: int = 0
    held: int = 0
    debt: int = 0
    lots: Lots = field(default_factory=dict)
    earned: Earned = field(default_factory=dict)

    @property
    def delta(self) -> int:
        """By how much the balance changes: what the journal says."""
        return self.available + self.held - self.debt

    def __add__(self, other: "Change") -> "Change":
        return Change(
            self.available + other.available,
            self.held + other.held,
            self.debt + other.debt,
            added(self.lots, other.lots),
            added(self.earned, other.earned),
        )


@dataclass(frozen=True, slots=True)
class Account:
    """`version` counts the writes: one that was decided on an older account is refused."""

    available: int = 0
    held: int = 0
    debt: int = 0
    version: int = 0
    lots: Lots = field(default_factory=dict)
    earned: Earned = field(default_factory=dict)

    @classmethod
    def of(cls, item: Item) -> "Account":
        """The account that an item stands for. Raises `LedgerInconsistent`."""
        account = cls(
            available=item["avail"],
            held=item["held"],
            debt=item["debt"],
            version=item["ver"],
            lots=dict(item["lots"]),
            earned=dict(item.get("earned", {})),
        )
        if not account.is_sound:
            raise LedgerInconsistent
        return account

    @property
    def is_sound(self) -> bool:
        """Whether the numbers can be: none negative, the lots all that is available (I1)."""
        parts = (*self.lots.values(), *self.earned.values())
        least = min(self.available, self.held, self.debt, *parts)
        return least >= 0 and self.available == sum(self.lots.values())

    @property
    def balance(self) -> int:
        return self.available + self.held - self.debt

    def plus(self, change: Change) -> "Account":
        return Account(
            available=self.available + change.available,
            held=self.held + change.held,
            debt=self.debt + change.debt,
            version=self.version,
            lots=added(self.lots, change.lots),
            earned=added(self.earned, change.earned),
        )

    def expiry(self, today: date) -> Change:
        """The lots whose last day has passed leave."""
        gone = negative({d: n for d, n in self.lots.items() if d < today.isoformat()})
        return Change(available=sum(gone.values()), lots=gone)

    def take(self, points: int, first: str = "") -> Change:
        """At most so many available points, out of the lot `first`, then out of those that expire
        first."""
        days = sorted(self.lots, key=lambda day: (day != first, day))
        taken = added(_without(self.lots, days, points), negative(self.lots))
        return Change(available=sum(taken.values()), lots=taken)

    def give(self, lots: Lots) -> Change:
        """Points come in: they repay a debt first, those that expire first for it; the rest is
        available."""
        repaid = min(self.debt, sum(lots.values()))
        kept = _without(lots, sorted(lots), repaid)
        return Change(available=sum(kept.values()), debt=-repaid, lots=kept)

    def within_bounds(self, change: Change) -> Change:
        """The change and, where it leaves too many lots, the merging of those that expire first:
        each into the next, for the customer's good."""
        lots = dict(added(self.lots, change.lots))
        for day, next_day in zip(sorted(lots), sorted(lots)[1:], strict=False):
            if len(lots) <= MAX_LOTS:
                break
            lots[next_day] += lots.pop(day)
        return replace(change, lots=added(lots, negative(self.lots)))


def added(lots: Lots, other: Lots) -> Lots:
    """Both together, without empty ones."""
    days = sorted(lots.keys() | other.keys())
    sums = {day: lots.get(day, 0) + other.get(day, 0) for day in days}
    return {day: points for day, points in sums.items() if points}


def redated(lots: Lots, today: date, grace_days: int) -> Lots:
    """The lots as they come back: what has expired meanwhile is good for the days of grace."""
    in_grace = (today + timedelta(days=grace_days)).isoformat()
    fresh: dict[str, int] = {}
    for day, points in lots.items():
        good_until = in_grace if day < today.isoformat() else day
        fresh[good_until] = fresh.get(good_until, 0) + points
    return fresh


def last_of(lots: Lots, points: int) -> Lots:
    """At most so many points, out of the lots that expire last: what was spent last comes back
    first."""
    left = _without(lots, sorted(lots, reverse=True), points)
    return added(lots, negative(left))


def account_write(key: Key, account: Account | None, change: Change) -> Write:
    """The change of an account that was read, or its first one; refused when somebody else was
    faster."""
    if account is None:
        return Put(key, account_item(Account(version=1).plus(change)), Absent())
    after = added(account.lots, change.lots)
    emptied = tuple(("lots", day) for day in change.lots if day not in after)
    update = _update(key, change, Equals("ver", account.version), emptied)
    if not change.earned:
        return update
    # Whole: accounts from before there were tiers have no object to change.
    return replace(update, put={"earned": dict(added(account.earned, change.earned))})


def blind_account_write(key: Key, change: Change) -> Write:
    """The change of an account that was not read: held points leave it or come back, which is right
    whatever else has changed, unless there is a debt to repay first."""
    held: Condition = AtLeast("held", -change.held)
    if change.available:
        held = AllOf((held, Equals("debt", 0)))
    return _update(key, change, held, ())


def account_item(account: Account) -> dict[str, Any]:
    item = {
        "avail": account.available,
        "held": account.held,
        "debt": account.debt,
        "ver": account.version,
        "lots": dict(account.lots),
    }
    return item | {"earned": dict(account.earned)} if account.earned else item


def _update(key: Key, change: Change, condition: Condition, emptied: tuple[Path, ...]) -> Update:
    counts = {"avail": change.available, "held": change.held, "debt": change.debt, "ver": 1}
    paths: dict[Path, int] = {(name,): count for name, count in counts.items() if count}
    lots: dict[Path, int] = {("lots", day): points for day, points in change.lots.items()}
    kept = {path: points for path, points in lots.items() if path not in emptied}
    return Update(key, condition, add={**paths, **kept}, remove=emptied)


def negative(lots: Lots) -> Lots:
    """The lots as they leave."""
    return {day: -points for day, points in lots.items()}


def _without(lots: Lots, days: list[str], points: int) -> Lots:
    """What is left when so many points leave, in the order of `days`."""
    left = dict(lots)
    for day in days:
        gone = min(left[day], points)
        left[day] -= gone
        points -= gone
    return {day: points for day, points in left.items() if points}
