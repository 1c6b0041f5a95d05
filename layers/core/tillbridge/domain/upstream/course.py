"""Which calls follow from what is known: of a redemption, after each outcome.

A redemption's state is what a till was told, and what the gateway answers for; its legs are the
calls that make it so: a void is done for the till once it is written down, and the points follow.
"""

from dataclasses import dataclass, replace

from tillbridge.domain.ledger.redemption import Mode, Redemption, State
from tillbridge.domain.upstream.leg import MOST_ATTEMPTS, NOT_APPLIED, Leg, LegState
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord

REDEEM, RESERVE = "loyalty_redeem", "loyalty_reserve"
COMMIT, CANCEL = "loyalty_commit", "loyalty_cancel"
REVERSE, ACCRUE = "loyalty_reverse", "loyalty_accrue"
_TAKING = (REDEEM, RESERVE)
_LATE, _COMMIT, _CANCEL, _REVERSE, _CREDIT = "late", "commit", "cancel", "rev", "credit"


@dataclass(frozen=True, slots=True)
class Course:
    rules: UpstreamProgrammeRecord
    now_s: float

    def first(self, redemption: Redemption) -> Redemption:
        """A new one, its first call to be made."""
        operation = ACCRUE if redemption.order_ref else self._taking
        return self._with(redemption, self._leg(operation, redemption, redemption.redemption_id))

    def captured(self, redemption: Redemption) -> Redemption:
        """The discount was given. What a hold had taken is kept, and taken again where its end has
        given it back already."""
        undo = redemption.legs[-1]
        kept = replace(
            redemption,
            state=State.CAPTURED,
            refundable=redemption.points,
            held_until_s=None,
            legs=redemption.legs[:-1] if undo.was_never_sent else redemption.legs,
        )
        if redemption.state is State.EXPIRED and not undo.was_never_sent:
            return self._taken_late(kept)
        return self._committed(kept, kept.legs[0])

    def undone(self, redemption: Redemption, points: int) -> Redemption:
        """So many points have to come back, if they were taken. What is still to be learnt is
        undone once it is."""
        taken = _last(redemption, *_TAKING)
        if taken is not None and taken.was_never_sent:
            return _without_plans(redemption)
        if taken is None or taken.state is not LegState.DONE:
            return redemption
        if taken.operation == REDEEM:
            return self.given_back(redemption, points, _REVERSE)
        commit = _last(redemption, COMMIT)
        if commit is None or commit.of != taken.reference or commit.was_never_sent:
            return self._cancelled(_without_plans(redemption), taken)
        return self.given_back(redemption, points, _REVERSE)

    def given_back(self, redemption: Redemption, points: int, about: str) -> Redemption:
        """So many of the points that were taken come back, by a call that is `about` this."""
        taken = _last(redemption, REDEEM, COMMIT) or redemption.legs[0]
        is_whole = points == redemption.points
        reverses = self.rules.reverse != "none" and (is_whole or self.rules.partial_reverse)
        is_credit = not reverses and self.rules.credits and not redemption.order_ref
        operation = ACCRUE if is_credit else REVERSE
        name = f"{redemption.redemption_id}-{about}"
        leg = Leg.due(operation, name, points, self.now_s, of=taken.reference)
        return self._with(redemption, leg)

    def after(self, redemption: Redemption, leg: Leg) -> Redemption:
        """What follows once a leg has this outcome."""
        legs = tuple(leg if each.name == leg.name else each for each in redemption.legs)
        known = replace(redemption, legs=legs)
        if leg.state is LegState.DONE:
            return self._after_success(known, leg)
        if leg.state is not LegState.REFUSED:
            return known
        if leg.refusal == NOT_APPLIED and (known.order_ref or leg.name != known.redemption_id):
            return self._once_more(known, leg)
        if leg.name == redemption.redemption_id:
            return self._after_refusal_of_first(known, leg)
        return self._after_refusal(known, leg)

    def _after_success(self, redemption: Redemption, leg: Leg) -> Redemption:
        if leg.operation in _TAKING and redemption.state in (State.VOIDED, State.REJECTED):
            # Voided meanwhile, or taken for not done: whatever the till was told stands.
            return self.undone(redemption, redemption.points - sum(redemption.returns.values()))
        if leg.name != redemption.redemption_id:
            is_late = leg.operation == RESERVE
            return self._committed(redemption, leg) if is_late else redemption
        if redemption.state is not State.UNKNOWN:
            return redemption
        if redemption.mode is Mode.HOLD and not redemption.order_ref:
            return replace(redemption, state=State.HELD)
        burnt = replace(redemption, state=State.CAPTURED, refundable=redemption.points)
        return self._committed(burnt, leg)

    def _after_refusal_of_first(self, redemption: Redemption, leg: Leg) -> Redemption:
        if redemption.state is not State.UNKNOWN:
            return redemption
        return replace(redemption, state=State.REJECTED, refusal={"code": leg.refusal})

    def _after_refusal(self, redemption: Redemption, leg: Leg) -> Redemption:
        if leg.operation == CANCEL:
            # What cannot be cancelled lapses.
            return redemption
        if leg.operation == COMMIT:
            return self._after_lapse(redemption, leg)
        if leg.operation == REVERSE and self.rules.credits and not redemption.order_ref:
            credit = Leg.due(ACCRUE, f"{leg.name}-{_CREDIT}", leg.points, self.now_s, of=leg.of)
            return self._instead(redemption, leg, leg, credit)
        return self._instead(redemption, leg, leg.manual())

    def _once_more(self, redemption: Redemption, leg: Leg) -> Redemption:
        """What must be done and certainly was not."""
        if leg.attempt == MOST_ATTEMPTS:
            return self._instead(redemption, leg, leg.manual())
        again = leg.anew(self.now_s)
        return self._instead(_pointed(redemption, leg.reference, again.reference), leg, again)

    def _after_lapse(self, redemption: Redemption, commit: Leg) -> Redemption:
        """The reservation was over before it was committed: nothing was taken."""
        if redemption.state is State.VOIDED:
            kept = tuple(leg for leg in redemption.legs if leg.of != commit.reference)
            return replace(redemption, legs=kept)
        if commit.of == redemption.redemption_id:
            return self._taken_late(redemption, after=commit)
        return self._instead(redemption, commit, commit.manual())

    def abandoned(self, redemption: Redemption, leg: Leg) -> Redemption:
        """A reservation that may or may not be: it is cancelled, and lapses in any case."""
        refused = leg.refused(NOT_APPLIED)
        name = f"{leg.reference}-{_CANCEL}"
        cancel = Leg.due(CANCEL, name, leg.points, self.now_s, of=leg.reference)
        if leg.name == redemption.redemption_id:
            known = self._instead(redemption, leg, refused, cancel)
            return self._after_refusal_of_first(known, refused)
        again = leg.anew(self.now_s) if leg.attempt < MOST_ATTEMPTS else refused.manual()
        return self._instead(redemption, leg, cancel, again)

    def _taken_late(self, redemption: Redemption, after: Leg | None = None) -> Redemption:
        late = self._leg(self._taking, redemption, f"{redemption.redemption_id}-{_LATE}")
        if after is None:
            return self._with(redemption, late)
        # What is to be given back is what this takes.
        known = _pointed(redemption, after.reference, f"{late.name}-{_COMMIT}")
        return self._instead(known, after, after, late)

    def _committed(self, redemption: Redemption, reserved: Leg) -> Redemption:
        """The points that were reserved are taken, where they were no more than that."""
        if reserved.operation != RESERVE:
            return redemption
        name = f"{reserved.name}-{_COMMIT}"
        commit = Leg.due(COMMIT, name, redemption.points, self.now_s, of=reserved.reference)
        return self._instead(redemption, reserved, reserved, commit)

    def _cancelled(self, redemption: Redemption, reserved: Leg) -> Redemption:
        name = f"{reserved.reference}-{_CANCEL}"
        known = next((leg for leg in redemption.legs if leg.name == name), None)
        if known is None:
            leg = Leg.due(CANCEL, name, redemption.points, self.now_s, of=reserved.reference)
            return self._with(redemption, leg)
        if known.is_open:
            return redemption
        # The reservation came after it.
        return self._instead(redemption, known, known.anew(self.now_s))

    @property
    def _taking(self) -> str:
        return REDEEM if self.rules.reservation_ttl_s is None else RESERVE

    def _leg(self, operation: str, redemption: Redemption, name: str) -> Leg:
        return Leg.due(operation, name, redemption.points, self.now_s)

    def _with(self, redemption: Redemption, *legs: Leg) -> Redemption:
        return replace(redemption, legs=(*redemption.legs, *legs))

    def _instead(self, redemption: Redemption, leg: Leg, *legs: Leg) -> Redemption:
        """The legs in the place of one."""
        at = [each.name for each in redemption.legs].index(leg.name)
        return replace(redemption, legs=(*redemption.legs[:at], *legs, *redemption.legs[at + 1 :]))


def _without_plans(redemption: Redemption) -> Redemption:
    """It without the calls that nobody has made yet: there is nothing for them to be about."""
    legs = tuple(leg for leg in redemption.legs if not leg.was_never_sent)
    return replace(redemption, legs=legs)


def _pointed(redemption: Redemption, reference: str, other: str) -> Redemption:
    """What was about one call is about another."""
    legs = tuple(replace(leg, of=other) if leg.of == reference else leg for leg in redemption.legs)
    return replace(redemption, legs=legs)


def _last(redemption: Redemption, *operations: str) -> Leg | None:
    """The last leg of one of these operations."""
    legs = [leg for leg in redemption.legs if leg.operation in operations]
    return legs[-1] if legs else None
