"""The points that come with an application: decided as any redemption is, and written with it."""

from dataclasses import dataclass, replace

from tillbridge.domain.applications.application import Application
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Decide, Need, Seen
from tillbridge.domain.ledger.finish import Void
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.keys import account_key
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State, looked_up
from tillbridge.domain.ledger.rehold import Rehold
from tillbridge.domain.ledger.writes import Write


@dataclass(frozen=True, slots=True)
class PointsPart:
    """What a transaction writes about points, and the redemption after it."""

    writes: tuple[Write, ...] = ()
    redemption: Redemption | None = None


def part(decide: Decide[Receipt] | None, seen: Seen) -> PointsPart | Need:
    """What a decision about a redemption adds to one about its application; nothing where there is
    none. Raises what it raises."""
    if decide is None:
        return PointsPart()
    step = decide(seen)
    if isinstance(step, Need):
        return step
    writes = step.writes if isinstance(step, Commit) else ()
    return PointsPart(writes, step.outcome.redemption)


def voiding(actor: Actor, redemption_id: str) -> Void:
    """The void of points that came with an application: they are held, never burnt, so that none
    has expired when it comes back."""
    return Void(actor, redemption_id, grace_days=0)


def held_anew(
    actor: Actor, hold: Hold | None, replaced: Application | None, seen: Seen
) -> PointsPart | Need:
    """The points of an application, those of the one that it replaces given back. Raises what
    `Hold` and `Void` raise."""
    if replaced is None or not replaced.last_redemption_id:
        return part(hold, seen)
    if hold is not None:
        # Before its redemption: what is held by that one then is held in the account as well.
        account = account_key(actor.tenant_id, hold.account_id)
        if account not in seen:
            return Need(account)
    before = looked_up(actor.tenant_id, replaced.last_redemption_id, seen)
    if isinstance(before, Need):
        return before
    if hold is not None and hold.account_id == before.account:
        if before.state is State.HELD:
            return part(Rehold(hold, before), seen)
        hold = replace(hold, supersedes=before.redemption_id)
    voided = part(voiding(actor, before.redemption_id), seen)
    if isinstance(voided, Need):
        return voided
    held = part(hold, seen)
    if isinstance(held, Need):
        return held
    return PointsPart((*voided.writes, *held.writes), held.redemption)
