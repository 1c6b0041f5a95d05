"""Going on with a redemption's calls: which is next, who makes it, and what is known after it."""

from dataclasses import dataclass, replace

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State, looked_up
from tillbridge.domain.ledger.writes import Write
from tillbridge.domain.upstream.course import Course
from tillbridge.domain.upstream.heard import Done, Heard, NotFound, NotSent, Refused
from tillbridge.domain.upstream.leg import Action, Leg, LegState
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.domain.upstream.redeem import closing, is_live, written
from tillbridge.domain.upstream.soft_hold import let_go


@dataclass(frozen=True, slots=True)
class Call:
    """A call that somebody has taken up: to send it, or to ask what became of it. What is heard of
    it counts for this epoch. `is_first`: no earlier one can have been sent."""

    redemption: Redemption
    leg: Leg
    action: Action
    is_first: bool


def next_call(
    redemption: Redemption, rules: UpstreamProgrammeRecord, now_s: float
) -> tuple[Leg, Action] | None:
    """What is to be done about which leg now; None when nothing is."""
    current = redemption.leg
    legs = [leg for leg in redemption.legs if leg is current or leg.is_settled]
    actions = ((leg, leg.action(rules, now_s)) for leg in legs)
    return next((each for each in actions if each[1] is not Action.WAIT), None)


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Write down that the next call is about to be made, so that no other makes it as well (its
    epoch fences the answer); or what is decided without one. `expected` is the leg as the caller
    has prepared its call."""

    actor: Actor
    redemption_id: str
    rules: UpstreamProgrammeRecord
    expected: Leg | None = None

    def __call__(self, seen: Seen) -> Step[Call | None]:
        """None when there is nothing to send or to ask. Raises `RedemptionNotFound`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        now_s = self.actor.now_s
        following = next_call(redemption, self.rules, now_s)
        if following is None:
            return self._expired(redemption, seen)
        leg, action = following
        course = Course(self.rules, now_s)
        match action:
            case Action.SEND | Action.QUERY if leg == self.expected:
                taken = leg.taken_up(action, now_s)
                after = _with(redemption, taken)
                call = Call(after, taken, action, is_first=leg.state is LegState.DUE)
                return Commit((written(redemption, after),), call)
            case Action.SEND | Action.QUERY:
                # Somebody else has gone on with it.
                return Settled(None)
            case Action.ABANDON:
                after = course.abandoned(redemption, leg)
            case Action.LAPSE:
                after = course.after(redemption, leg.done(None))
            case _:
                after = course.after(redemption, leg.manual())
        return Commit(writes(self.rules, redemption, after, seen), None)

    def _expired(self, redemption: Redemption, seen: Seen) -> Step[Call | None]:
        """A hold whose time is over ends, and what it has taken comes back."""
        now_s = self.actor.now_s
        if redemption.state is not State.HELD or not redemption.is_overdue(now_s):
            return Settled(None)
        over = replace(redemption, state=State.EXPIRED, held_until_s=None)
        after = Course(self.rules, now_s).undone(over, redemption.points)
        return Commit(writes(self.rules, redemption, after, seen), None)


@dataclass(frozen=True, slots=True)
class Hear:
    """Write down what was heard of a call. That it was done always counts; that it was not, or is
    not known, only while nobody else has taken it up since."""

    actor: Actor
    call: Call
    rules: UpstreamProgrammeRecord
    heard: Heard

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`."""
        redemption = looked_up(self.actor.tenant_id, self.call.redemption.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        leg = next((leg for leg in redemption.legs if leg.name == self.call.leg.name), None)
        if leg is None or leg.attempt != self.call.leg.attempt:
            return Settled(Receipt(redemption))
        outcome = self._outcome(leg)
        if outcome is None:
            return Settled(Receipt(redemption))
        after = Course(self.rules, self.actor.now_s).after(redemption, outcome)
        return Commit(writes(self.rules, redemption, after, seen), Receipt(after))

    def _outcome(self, leg: Leg) -> Leg | None:
        """The leg after this, None when nothing is learnt from it."""
        now_s = self.actor.now_s
        if isinstance(self.heard, Done):
            return None if leg.state is LegState.DONE else leg.done(self.heard.transaction_id)
        is_audit = leg.state is LegState.REFUSED and leg.audits > 0
        if leg.epoch != self.call.leg.epoch or not (leg.is_open or is_audit):
            return None
        match self.heard:
            case Refused(code) if leg.is_open:
                return leg.refused(code)
            case NotSent(code, is_final) if leg.is_open and self.call.is_first:
                is_tills = leg.name == _tills_leg(self.call.redemption)
                return leg.refused(code) if is_final or is_tills else leg.postponed(now_s)
            case NotFound() if leg.age_s(now_s) >= self.rules.settle_s:
                return leg.not_found(now_s)
            case _:
                return leg.unclear(self.rules, now_s)


def _tills_leg(redemption: Redemption) -> str | None:
    """The call that a till waits for: what was not sent for it never will be."""
    return None if redemption.order_ref else redemption.redemption_id


def _with(redemption: Redemption, leg: Leg) -> Redemption:
    legs = tuple(leg if each.name == leg.name else each for each in redemption.legs)
    return replace(redemption, legs=legs)


def writes(
    rules: UpstreamProgrammeRecord, before: Redemption, after: Redemption, seen: Seen
) -> tuple[Write, ...]:
    """What has become of it; its sale is closed when it no longer is its own."""
    closed = (closing(before),) if is_live(before) and not is_live(after) else ()
    soft = let_go(before, after, seen) if rules.may_overdraw else ()
    return (written(before, after), *closed, *soft)
