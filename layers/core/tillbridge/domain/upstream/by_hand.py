"""What only a person could find out: whether a call was done."""

from dataclasses import dataclass, replace

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Step
from tillbridge.domain.ledger.redemption import Receipt, looked_up
from tillbridge.domain.upstream.course import Course
from tillbridge.domain.upstream.leg import NOT_APPLIED, LegState
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.domain.upstream.resolve import writes
from tillbridge.errors import NothingToResolve


@dataclass(frozen=True, slots=True)
class SayByHand:
    """Say what became of the call that a redemption waits for; who says so, and how they know, is
    kept with it. What follows from that happens as if the system had said it."""

    actor: Actor
    redemption_id: str
    is_applied: bool
    reason: str
    rules: UpstreamProgrammeRecord
    # The system's own name for it, by which it may have to be undone.
    transaction_id: str | None = None

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, and `NothingToResolve` when it waits for no person."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        leg = redemption.leg
        if leg is None or leg.state is not LegState.MANUAL:
            raise NothingToResolve(operation_ref=self.redemption_id)
        said = {
            "applied": self.is_applied,
            "actor": self.actor.principal,
            "reason": self.reason,
            "at": self.actor.at,
        }
        known = replace(redemption, said_by_hand={**redemption.said_by_hand, leg.reference: said})
        outcome = leg.done(self.transaction_id) if self.is_applied else leg.refused(NOT_APPLIED)
        after = Course(self.rules, self.actor.now_s).after(known, outcome)
        return Commit(writes(self.rules, redemption, after, seen), Receipt(after))
