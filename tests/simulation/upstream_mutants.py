"""The defences of what merchants' own systems keep, each taken away as in `mutants`."""

from tests.simulation.mutants import Edit
from tillbridge.domain.ledger import sale_register
from tillbridge.domain.upstream import redeem, soft_hold
from tillbridge.domain.upstream.course import Course
from tillbridge.domain.upstream.leg import Leg
from tillbridge.domain.upstream.redeem import Capture, Refund, Void
from tillbridge.domain.upstream.resolve import Hear, TakeUp
from tillbridge.services import loyalty_calls
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.upstream_redemptions import UpstreamRedemptions

_UNKNOWN = "except UpstreamError:\n        return Unclear()"

UPSTREAM: dict[str, tuple[Edit, ...]] = {
    "nothing is written before it is sent": (
        Edit(
            Leg.taken_up,
            "state=LegState.SENT if action is Action.SEND else self.state,",
            "state=self.state,",
        ),
    ),
    "a reservation that is sent again is another request": (
        Edit(
            loyalty_calls._inputs,
            "int(now_s) if leg.first_sent_s is None else leg.first_sent_s",
            "int(now_s)",
        ),
    ),
    "what has failed was not done": (
        Edit(LoyaltyCalls.make, _UNKNOWN, _UNKNOWN.replace("Unclear()", 'Refused("failed")')),
    ),
    "what is not known is sent again whatever is promised": (
        Edit(Leg.action, "if age_s < rules.resend_within_s:", "if True:"),
    ),
    "what is not found was never done": (
        Edit(Hear._outcome, "if leg.age_s(now_s) >= self.rules.settle_s", "if True"),
    ),
    "what was done after it was refused is never looked for": (
        Edit(
            Leg.not_found, "after_s = AUDITS_AFTER_S[-audits] if audits else None", "after_s = None"
        ),
    ),
    "two write over each other": (
        Edit(redeem.written, 'AllOf((update.condition, Equals("version", version)))', "AllOf(())"),
    ),
    "two send the same call": (
        Edit(TakeUp.__call__, "if leg == self.expected:", "if True:"),
        Edit(redeem.written, 'AllOf((update.condition, Equals("version", version)))', "AllOf(())"),
    ),
    "a void forgets what is on its way": (
        Edit(
            Course._after_success,
            "redemption.state in (State.VOIDED, State.REJECTED):",
            "redemption.state is State.REJECTED:",
        ),
    ),
    "a void gives nothing back": (
        Edit(
            Void.of,
            "undone = course.undone(voided, redemption.points)",
            "undone = voided",
        ),
    ),
    "an expired hold gives nothing back": (
        Edit(
            TakeUp._expired,
            "after = Course(self.rules, now_s).undone(over, redemption.points)",
            "after = over",
        ),
    ),
    "a late capture takes nothing": (
        Edit(Course.captured, "return self._taken_late(kept)", "return kept"),
    ),
    "a late capture need not own the sale": (
        Edit(
            Capture._take_late,
            "return _written(redemption, self._captured(redemption), reopened)",
            "return _written(redemption, self._captured(redemption))",
        ),
    ),
    "a refund is given twice": (Edit(Refund.__call__, "if known is not None:", "if False:"),),
    "more is refunded than was captured": (
        Edit(Refund.__call__, "or redemption.refundable < self.points", ""),
    ),
    "a reservation is never committed": (
        Edit(Course._committed, "if reserved.operation != RESERVE:", "if True:"),
    ),
    "a reservation that lapsed is taken for taken": (
        Edit(
            Course._after_lapse,
            "return self._taken_late(redemption, after=commit)",
            "return redemption",
        ),
    ),
    "what gives points back is tried once": (
        Edit(
            Course._once_more,
            "again = leg.anew(self.now_s)",
            "return redemption",
        ),
    ),
    "a sale takes any number of redemptions": (
        Edit(sale_register.taken, "closed}, free)", "closed}, AllOf(()))"),
    ),
    "nobody asks for the balance": (
        Edit(
            UpstreamRedemptions._written_ahead,
            "if not programme.rules.may_overdraw:",
            "if True:",
        ),
    ),
}

# What a story has to kill (test_upstream_scenarios).
UPSTREAM_RARE: dict[str, tuple[Edit, ...]] = {
    "a refusal counts whoever has gone on since": (
        Edit(Hear._outcome, "leg.epoch != self.call.leg.epoch or", ""),
    ),
    "a turned away repetition refuses the first": (
        Edit(Hear._outcome, "if leg.is_open and self.call.is_first:", "if leg.is_open:"),
    ),
    "a balance is spent by who asks at the same time": (
        Edit(soft_hold.held_softly, 'Equals("ver", hold.version)', "AllOf(())"),
    ),
    "what is on its way out is spent": (
        Edit(
            vars(soft_hold.SoftHold)["spendable"].fget,
            "self.available - self.points",
            "self.available",
        ),
    ),
}
# Where seeds of every capability find it too rarely.
OF_CAPABILITY = {
    "what is not found was never done": "query",
    "what was done after it was refused is never looked for": "query",
}
