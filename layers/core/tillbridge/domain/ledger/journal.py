"""The journal: one immutable entry for every change of an account's balance, and for every hold
that came and went. Σ delta = balance (I2)."""

from enum import StrEnum
from typing import Any

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.keys import entry_key
from tillbridge.domain.ledger.writes import Absent, Put


class EntryKind(StrEnum):
    HOLD = "hold"
    POST = "post"
    VOID = "void"
    HOLD_EXPIRED = "exp"
    LATE = "late"
    REFUND = "refund"
    EARN = "earn"
    UNEARN = "unearn"
    ADJUST = "adjust"
    POINTS_EXPIRED = "expire"


def entry(
    kind: EntryKind, account: str, delta: int, actor: Actor, *about: str, **facts: Any
) -> Put:
    """The write of one entry. Its key says what it is for, so that nothing is entered twice; facts
    that are None are left out."""
    known = {name: value for name, value in facts.items() if value is not None}
    return Put(
        entry_key(actor.tenant_id, account, kind, *about),
        {"kind": str(kind), "delta": delta, "at": actor.at, **actor.facts, **known},
        Absent(),
    )
