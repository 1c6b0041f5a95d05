"""Giving captured points back, in parts."""

from dataclasses import dataclass
from datetime import timedelta

from tillbridge.domain.ledger.account import added, last_of, negative, redated
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import released
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.keys import entry_key
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State, looked_up
from tillbridge.errors import IdempotencyMismatch, NotRefundable


@dataclass(frozen=True, slots=True)
class Refund:
    """Give points of a captured redemption back to where they came from. `refund_ref` is the till's
    own name for this return: the same one is given back once (T14)."""

    actor: Actor
    redemption_id: str
    refund_ref: str
    points: int
    grace_days: int

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, `NotRefundable`, `IdempotencyMismatch`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        about = (self.redemption_id, self.refund_ref)
        entered = entry_key(self.actor.tenant_id, redemption.account, EntryKind.REFUND, *about)
        if (known := seen.get(entered)) is not None:
            if known["delta"] != self.points:
                raise IdempotencyMismatch(operation_ref=self.redemption_id)
            return Settled(Receipt(redemption, replayed=True))
        if redemption.state is State.CAPTURED and redemption.refundable >= self.points:
            return giving_back(
                self.actor, redemption, self.points, self.grace_days, seen, self.refund_ref
            )
        if entered not in seen:
            # Nothing is left, it may be because of this very refund.
            return Need(entered)
        raise NotRefundable(
            operation_ref=self.redemption_id,
            operation_state=str(redemption.state),
            refundable=redemption.refundable,
        )


def giving_back(
    actor: Actor,
    redemption: Redemption,
    points: int,
    grace_days: int,
    seen: Seen,
    refund_ref: str | None = None,
) -> Commit[Receipt]:
    """So many of a redemption's points go back to their lots: by a refund that a till has named, or
    all that are left, by a void. Points that were never in a lot, since they were owed, get the
    days of grace."""
    returned = last_of(redemption.lots, points)
    after, moved = redemption.moved(
        State.VOIDED if refund_ref is None else State.CAPTURED,
        refundable=redemption.refundable - points,
        lots=added(redemption.lots, negative(returned)),
    )
    in_grace = (actor.today + timedelta(days=grace_days)).isoformat()
    owed = {in_grace: points - sum(returned.values())}
    lots = added(redated(returned, actor.today, grace_days), owed)
    # A void has no name: whatever a till calls its returns, it is another entry.
    about = () if refund_ref is None else (refund_ref,)
    writes = (
        moved,
        *released(actor, redemption.account, lots, held=0, seen=seen),
        redemption.entry(EntryKind.REFUND, points, actor, *about),
    )
    return Commit(writes, Receipt(after))
