"""An application of discounts to a sale, and its states: those of a redemption that is held.

::

    (none) ──apply──▶ HELD ──capture──▶ CAPTURED ──return*──▶ CAPTURED, less kept
       │               │                   └──the POS reports the sale void──▶ VOIDED
       │               ├──void, or another takes its place──▶ VOIDED
       │               └──time──▶ EXPIRED ──late capture, while the sale is its own──▶ CAPTURED
       ├──refused──▶ REJECTED, for good
       └──void──▶ VOIDED: a tombstone, which a late request finds
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tillbridge.domain.applications.decided import Decided
from tillbridge.domain.applications.take import Take, Takes
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.decision import Need, Seen
from tillbridge.domain.ledger.keys import (
    application_key,
    decided_key,
    discounts_sale_key,
    due_shard,
    is_operation_id,
)
from tillbridge.domain.ledger.redemption import Redemption, State, id_in
from tillbridge.domain.ledger.writes import Absent, AllOf, Equals, Item, Key, Put, Update
from tillbridge.errors import ApplicationNotFound, LedgerInconsistent


@dataclass(frozen=True, slots=True)
class Application:
    """`takes` are what it holds, or has used up, of limited campaigns; `redemption_id` names the
    points that came with it, `earlier_redemption_id` those of the sale's applications before;
    `returns` counts what has come back. `beyond_limit` are campaigns that a late capture has
    counted beyond their limits. `refusal` says why it was rejected: a code and its facts. A
    tombstone has nobody's fingerprint."""

    tenant_id: str
    application_id: str
    state: State
    store_id: str = ""
    sale_ref: str = ""
    account: str = ""
    fingerprint: str = ""
    created_at: str = ""
    held_until_s: int | None = None
    takes: Takes = ()
    redemption_id: str = ""
    earlier_redemption_id: str = ""
    returns: int = 0
    beyond_limit: tuple[str, ...] = ()
    refusal: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return application_key(self.tenant_id, self.application_id)

    @property
    def sale_key(self) -> Key:
        return discounts_sale_key(self.tenant_id, self.store_id, self.sale_ref)

    @property
    def is_tombstone(self) -> bool:
        """Whether nobody's request was ever decided under this id."""
        return not self.fingerprint

    @property
    def facts(self) -> dict[str, Any]:
        """What an error says of it."""
        return {"operation_ref": self.application_id, "operation_state": str(self.state)}

    @classmethod
    def of(cls, key: Key, item: Item) -> "Application":
        """The application that an item stands for."""
        tenant_id, application_id = id_in(key)
        known = {name: item[name] for name in cls.__slots__ if name in item}
        read = {
            "state": State(item["state"]),
            "takes": tuple(map(Take.of, item.get("takes", ()))),
            "beyond_limit": tuple(item.get("beyond_limit", ())),
        }
        return cls(tenant_id, application_id, **{**known, **read})

    @property
    def last_redemption_id(self) -> str:
        """Of the sale's points: who holds some anew supersedes it."""
        return self.redemption_id or self.earlier_redemption_id

    def is_overdue(self, now_s: float) -> bool:
        """Whether the time of a hold is over."""
        return self.held_until_s is not None and self.held_until_s <= now_s

    def created(self) -> Put:
        """The write of a new one: refused when the key was used."""
        return Put(self.key, self._item(), Absent())

    def moved(self, state: State, **changes: Any) -> "tuple[Application, Update]":
        """It in another state, and the write. That holds only while nobody else has moved it or
        returned of it."""
        after = replace(self, state=state, **changes)
        before, item = self._item(), after._item()
        unchanged = AllOf((Equals("state", str(self.state)), Equals("returns", self.returns)))
        put = {name: value for name, value in item.items() if before.get(name) != value}
        remove = tuple((name,) for name in before if name not in item)
        return after, Update(self.key, unchanged, put=put, remove=remove)

    def _item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "state": str(self.state),
            "store_id": self.store_id,
            "sale_ref": self.sale_ref,
            "account": self.account,
            "fingerprint": self.fingerprint,
            "created_at": self.created_at,
            "held_until_s": self.held_until_s,
            "takes": [take.as_item() for take in self.takes],
            "redemption_id": self.redemption_id,
            "earlier_redemption_id": self.earlier_redemption_id,
            "beyond_limit": list(self.beyond_limit),
            "refusal": dict(self.refusal),
        }
        if self.state is State.HELD and self.held_until_s is not None:
            item["due_shard"] = due_shard(self.application_id)
            item["due_at"] = instant(self.held_until_s)
        kept = {name: value for name, value in item.items() if value not in (None, "", [], {})}
        return {**kept, "returns": self.returns}


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of an application: `decided` and `redemption` where they were looked at.
    `replayed`: it was so before this request."""

    application: Application
    decided: Decided | None = None
    redemption: Redemption | None = None
    replayed: bool = False


def looked_up(tenant_id: str, application_id: str, seen: Seen) -> Application | Need:
    """Raises `ApplicationNotFound`."""
    if not is_operation_id(application_id):
        raise ApplicationNotFound
    key = application_key(tenant_id, application_id)
    if key not in seen:
        return Need(key)
    item = seen[key]
    if item is None:
        raise ApplicationNotFound(operation_ref=application_id)
    return Application.of(key, item)


def decided_in(application: Application, seen: Seen) -> Decided | Need:
    """What was decided of an application that was not refused. Raises `LedgerInconsistent`."""
    key = decided_key(application.key)
    if key not in seen:
        return Need(key)
    item = seen[key]
    if item is None:
        raise LedgerInconsistent
    return Decided.of(item)
