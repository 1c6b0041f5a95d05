"""A redemption and its states.

::

    (none) ──hold──▶ HELD ──capture──▶ CAPTURED ──refund*──▶ CAPTURED, less refundable
       │              ├──void──▶ VOIDED
       │              └──time──▶ EXPIRED ──late capture, while the sale is still its own──▶ CAPTURED
       ├──burn──▶ CAPTURED ──void──▶ VOIDED
       ├──refused──▶ REJECTED, for good
       └──void──▶ VOIDED: a tombstone, which a late hold finds
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from tillbridge.domain.ledger.account import Account, Lots
from tillbridge.domain.ledger.actor import Actor, instant
from tillbridge.domain.ledger.decision import Need, Seen
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import (
    CALL_SHARDS,
    DUE_SHARDS,
    MANUAL_SHARD,
    due_shard,
    is_operation_id,
    redemption_key,
    sale_key,
)
from tillbridge.domain.ledger.writes import Absent, AllOf, Equals, Item, Key, Put, Update
from tillbridge.domain.upstream.leg import Leg, LegState
from tillbridge.errors import RedemptionNotFound

# While these are there, the due index holds the item: a held redemption has to end by itself, and
# a call to be made or asked about.
_DUE = ("due_shard", "due_at")


class State(StrEnum):
    """`unknown`: a merchant's own system has not said yet whether it has taken the points."""

    UNKNOWN = "unknown"
    HELD = "held"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"
    REJECTED = "rejected"


class Mode(StrEnum):
    """`hold` reserves points until they are captured; `burn` takes them at once."""

    HOLD = "hold"
    BURN = "burn"


@dataclass(frozen=True, slots=True)
class Redemption:
    """`lots` are where its points came from, less what went back; `refundable` is what may still go
    back. `reward` is what the customer gets for them, `points_label` what the merchant calls them:
    what was said once is said again, whatever the merchant changes. `refusal` says why it was
    rejected: a code and its facts. A tombstone has no points and nobody's fingerprint."""

    tenant_id: str
    redemption_id: str
    state: State
    mode: Mode = Mode.HOLD
    points: int = 0
    reward: Mapping[str, Any] = field(default_factory=dict)
    points_label: str = "points"
    account: str = ""
    store_id: str = ""
    sale_ref: str = ""
    fingerprint: str = ""
    refundable: int = 0
    lots: Lots = field(default_factory=dict)
    created_at: str = ""
    held_until_s: int | None = None
    refusal: Mapping[str, Any] = field(default_factory=dict)
    # Of a merchant whose own system keeps the points: whom it is called about, the calls, what went
    # back by which return, what a person has said of which call, and how often this was written. An
    # accrual is kept alike, with the order that earned it.
    customer_id: str = ""
    order_ref: str = ""
    legs: tuple[Leg, ...] = ()
    returns: Mapping[str, int] = field(default_factory=dict)
    said_by_hand: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None

    @property
    def key(self) -> Key:
        return redemption_key(self.tenant_id, self.redemption_id)

    @property
    def sale_key(self) -> Key:
        """Of the register's item of its sale."""
        return sale_key(self.tenant_id, self.store_id, self.sale_ref, self.account)

    @property
    def is_tombstone(self) -> bool:
        """Whether nobody's request was ever decided under this id."""
        return not self.fingerprint

    @classmethod
    def of(cls, key: Key, item: Item) -> "Redemption":
        """The redemption that an item stands for."""
        tenant_id, redemption_id = id_in(key)
        known = {name: item[name] for name in cls.__slots__ if name in item}
        parts = {
            "state": State(item["state"]),
            "mode": Mode(item["mode"]),
            "legs": tuple(map(Leg.stored, item.get("legs", ()))),
        }
        return cls(tenant_id, redemption_id, **{**known, **parts})

    @property
    def leg(self) -> Leg | None:
        """The call that is to be made or asked about: each waits for those before it."""
        return next((leg for leg in self.legs if not leg.is_settled), None)

    def is_overdue(self, now_s: float) -> bool:
        """Whether the time of a hold is over."""
        return self.held_until_s is not None and self.held_until_s <= now_s

    def entry(self, kind: EntryKind, delta: int, actor: Actor, *about: str) -> Put:
        """The write of a journal entry about it."""
        return entry(
            kind,
            self.account,
            delta,
            actor,
            self.redemption_id,
            *about,
            redemption_id=self.redemption_id,
            points=self.points,
            reward_id=self.reward.get("reward_id"),
            store_id=self.store_id,
            sale_ref=self.sale_ref,
        )

    def created(self) -> Put:
        """The write of a new one: refused when the key was used."""
        return Put(self.key, self._item(), Absent())

    def moved(self, state: State, **changes: Any) -> "tuple[Redemption, Update]":
        """It in another state, and the write. That holds only while nobody else has moved it or
        refunded of it: neither ever comes back to what it was."""
        after = replace(self, state=state, **changes)
        before, item = self._item(), after._item()
        unchanged = AllOf((Equals("state", str(self.state)), Equals("refundable", self.refundable)))
        put = {name: value for name, value in item.items() if before.get(name) != value}
        remove = tuple((name,) for name in before if name not in item)
        return after, Update(self.key, unchanged, put=put, remove=remove)

    def _item(self) -> dict[str, Any]:
        values = ((name, getattr(self, name)) for name in self.__slots__)
        kept = {name: value for name, value in values if value not in (None, "", {})}
        del kept["tenant_id"], kept["redemption_id"], kept["legs"]
        item = {**kept, "state": str(self.state), "mode": str(self.mode)}
        if self.legs:
            item["legs"] = [leg.item() for leg in self.legs]
        if (due := self._due()) is not None:
            shard, at_s = due
            item |= dict(zip(_DUE, (shard, instant(at_s)), strict=True))
        return item

    def _due(self) -> tuple[str, int] | None:
        """Under which shard, and when, it has to be looked at by itself."""
        leg = self.leg
        if leg is not None and leg.state is LegState.MANUAL:
            return MANUAL_SHARD, leg.first_sent_s or 0
        times_s = [each.due_s for each in self.legs if each is leg or each.is_settled]
        if self.state is State.HELD:
            times_s.append(self.held_until_s)
        known_s = [at_s for at_s in times_s if at_s is not None]
        shards = DUE_SHARDS if self.version is None else CALL_SHARDS
        return (due_shard(self.redemption_id, shards), min(known_s)) if known_s else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a redemption. `replayed`: it was so before this request. `account` is as it is
    after that, where it is known."""

    redemption: Redemption
    replayed: bool = False
    account: Account | None = None


def id_in(key: Key) -> tuple[str, str]:
    """The tenant and the redemption that a key is of."""
    _, tenant_id, _, redemption_id = key.pk.split("#")
    return tenant_id, redemption_id


def looked_up(tenant_id: str, redemption_id: str, seen: Seen) -> Redemption | Need:
    """Raises `RedemptionNotFound`."""
    if not is_operation_id(redemption_id):
        raise RedemptionNotFound
    key = redemption_key(tenant_id, redemption_id)
    if key not in seen:
        return Need(key)
    item = seen[key]
    if item is None:
        raise RedemptionNotFound(operation_ref=redemption_id)
    return Redemption.of(key, item)
