"""Points that are on their way out of a system which lets a balance fall below zero: nobody spends
them a second time before it is known what became of them (T13).

An item beside the account, `SOFT`, names them by redemption. Who would take points reads it, asks
for the balance, and writes only if it is still as it was read: whatever has become known in between
may be in that balance or not.
"""

from dataclasses import dataclass

from tillbridge.domain.ledger.decision import Need, Seen, Settled, Step
from tillbridge.domain.ledger.keys import account_key
from tillbridge.domain.ledger.redemption import Redemption
from tillbridge.domain.ledger.writes import Absent, AtLeast, Equals, Item, Key, Put, Update, Write


class BalanceOutdated(Exception):
    """Points have moved since the balance was asked for."""


@dataclass(frozen=True, slots=True)
class SoftHold:
    """What is on its way out of an account, as it was read; `version` None when nothing ever was.
    `available` is what the system said after that."""

    points: int
    version: int | None
    available: int = 0

    @property
    def spendable(self) -> int:
        return self.available - self.points


@dataclass(frozen=True, slots=True)
class ReadSoftHold:
    tenant_id: str
    account: str

    def __call__(self, seen: Seen) -> Step[SoftHold]:
        key = soft_hold_key(self.tenant_id, self.account)
        if key not in seen:
            return Need(key)
        item = seen[key]
        if item is None:
            return Settled(SoftHold(0, None))
        return Settled(SoftHold(sum(item["open"].values()), item["ver"]))


def soft_hold_key(tenant_id: str, account: str) -> Key:
    return Key(account_key(tenant_id, account).pk, "SOFT")


def held_softly(redemption: Redemption, hold: SoftHold) -> Write:
    """The write that adds a redemption's points; refused when anything has moved since."""
    key = soft_hold_key(redemption.tenant_id, redemption.account)
    if hold.version is None:
        return Put(key, {"ver": 1, "open": {redemption.redemption_id: redemption.points}}, Absent())
    return Update(
        key,
        Equals("ver", hold.version),
        add={("ver",): 1, ("open", redemption.redemption_id): redemption.points},
    )


def let_go(before: Redemption, after: Redemption, seen: Seen) -> tuple[Write, ...]:
    """What writes that it is known what became of a redemption's points, once it is."""
    key = soft_hold_key(before.tenant_id, before.account)
    is_known = after.legs[0].is_settled and not before.legs[0].is_settled
    if not is_known or _is_missing(key, seen):
        return ()
    change = Update(
        key, AtLeast("ver", 1), add={("ver",): 1}, remove=(("open", before.redemption_id),)
    )
    return (change,)


def _is_missing(key: Key, seen: Seen) -> bool:
    """The programme has not always asked for balances."""
    item: Item | None = seen.get(key, {})
    return item is None
