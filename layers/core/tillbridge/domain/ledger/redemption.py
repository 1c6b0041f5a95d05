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
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from tillbridge.domain.ledger.account import Account, Lots
from tillbridge.domain.ledger.actor import Actor, instant
from tillbridge.domain.ledger.decision import Need, Seen
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import due_shard, is_operation_id, redemption_key
from tillbridge.domain.ledger.writes import Absent, AllOf, Equals, Item, Key, Put, Update
from tillbridge.errors import RedemptionNotFound

# While these are there, the due index holds the item: only a held redemption has to end by itself.
_DUE = ("due_shard", "due_at")


class State(StrEnum):
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
    back. `reward` is what the customer gets for them: what was said once is said again, whatever
    the merchant changes. `refusal` says why it was rejected: a code and its facts. A tombstone has
    no points and nobody's fingerprint."""

    tenant_id: str
    redemption_id: str
    state: State
    mode: Mode = Mode.HOLD
    points: int = 0
    reward: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    store_id: str = ""
    sale_ref: str = ""
    fingerprint: str = ""
    refundable: int = 0
    lots: Lots = field(default_factory=dict)
    created_at: str = ""
    held_until_s: int | None = None
    refusal: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return redemption_key(self.tenant_id, self.redemption_id)

    @property
    def is_tombstone(self) -> bool:
        """Whether nobody's request was ever decided under this id."""
        return not self.fingerprint

    @classmethod
    def of(cls, key: Key, item: Item) -> "Redemption":
        """The redemption that an item stands for."""
        tenant_id, redemption_id = id_in(key)
        known = {name: item[name] for name in cls.__slots__ if name in item}
        return cls(
            tenant_id,
            redemption_id,
            **{**known, "state": State(item["state"]), "mode": Mode(item["mode"])},
        )

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
        kept = {name: value for name, value in asdict(self).items() if value not in (None, "", {})}
        del kept["tenant_id"], kept["redemption_id"]
        item = {**kept, "state": str(self.state), "mode": str(self.mode)}
        if self.state is State.HELD and self.held_until_s is not None:
            due = (due_shard(self.redemption_id), instant(self.held_until_s))
            item |= dict(zip(_DUE, due, strict=True))
        return item


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
