"""One call to a merchant's loyalty system, from before it is sent until its outcome is certain.

::

    DUE ──written ahead──▶ SENT ──yes──▶ DONE
                            │ ├──a listed no──▶ REFUSED
                            │ └──anything else, or silence──▶ UNKNOWN ──▶ DONE, REFUSED or MANUAL

A leg that may have been sent is never taken for one that was not: what becomes of it depends on
what the system promises.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tillbridge.domain.ledger.writes import Item
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord

# Longer than any execution lives that has written it ahead (T24), wrong clocks included.
LEASE_S = 30
# Till and cashier wait: the first look comes soon, the later ones ever more rarely.
_FIRST_PAUSE_S = 2
_LONGEST_PAUSE_S = 900
# A system that has not said for so long what became of a call is a person's to ask.
_GIVE_UP_S = 86_400
# When what was not found is looked for once more: it may have been done after all (T11).
AUDITS_AFTER_S = (3_600, 86_400)
_AUDITED_FOR_S = 7 * 86_400
# A call that was certainly not done is made anew, under another reference, so often.
MOST_ATTEMPTS = 8
NOT_APPLIED = "not_applied"


class LegState(StrEnum):
    DUE = "due"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    MANUAL = "manual"


class Action(StrEnum):
    """What is to be done about a leg now."""

    SEND = "send"
    QUERY = "query"
    ABANDON = "abandon"
    LAPSE = "lapse"
    GIVE_UP = "give_up"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Leg:
    """`of` is the name of the leg that it finishes or undoes. `epoch` counts who has taken it up: a
    refusal counts from the newest only. `due_s` is when to look at it again, `audits` how often to
    look for it although it was not done."""

    operation: str
    name: str
    points: int
    of: str = ""
    state: LegState = LegState.DUE
    epoch: int = 0
    attempt: int = 1
    first_sent_s: int | None = None
    due_s: int | None = None
    transaction_id: str | None = None
    refusal: str | None = None
    audits: int = 0

    @classmethod
    def due(cls, operation: str, name: str, points: int, now_s: float, of: str = "") -> "Leg":
        return cls(operation, name, points, of, due_s=int(now_s))

    @classmethod
    def stored(cls, item: Item) -> "Leg":
        return cls(**{**item, "state": LegState(item["state"])})

    def item(self) -> dict[str, Any]:
        values = ((name, getattr(self, name)) for name in self.__slots__)
        kept = {name: value for name, value in values if value not in (None, "")}
        return {**kept, "state": str(self.state)}

    @property
    def reference(self) -> str:
        """Our name for the call: letters, digits and `-`, which any system takes. Another attempt
        is another call."""
        return self.name if self.attempt == 1 else f"{self.name}-{self.attempt}"

    @property
    def is_open(self) -> bool:
        """Whether its outcome is still to be learnt."""
        return self.state in (LegState.DUE, LegState.SENT, LegState.UNKNOWN)

    @property
    def is_settled(self) -> bool:
        """Whether what comes after it may begin."""
        return self.state in (LegState.DONE, LegState.REFUSED)

    @property
    def was_never_sent(self) -> bool:
        return self.state is LegState.DUE and not self.epoch

    def age_s(self, now_s: float) -> float:
        """How long ago it was first sent."""
        return 0.0 if self.first_sent_s is None else now_s - self.first_sent_s

    def action(self, rules: UpstreamProgrammeRecord, now_s: float) -> Action:
        """What the system's promises allow now."""
        if self.due_s is None or self.due_s > now_s:
            return Action.WAIT
        if self.state is LegState.DUE:
            return Action.SEND
        if self.state is LegState.REFUSED:
            return Action.QUERY
        age_s = self.age_s(now_s)
        lasts_s = rules.reservation_ttl_s or 0
        if self.operation == "loyalty_reserve":
            return Action.SEND if age_s < min(rules.resend_within_s, lasts_s) else Action.ABANDON
        if self.operation == "loyalty_cancel":
            return Action.SEND if age_s < lasts_s + rules.settle_s else Action.LAPSE
        if age_s < rules.resend_within_s:
            return Action.SEND
        if rules.can_query:
            return Action.QUERY
        if age_s >= rules.settle_s:
            return Action.GIVE_UP
        return Action.WAIT

    def taken_up(self, action: Action, now_s: float) -> "Leg":
        """It as it is written ahead of sending it, or of asking about it."""
        first_sent_s = int(now_s) if self.first_sent_s is None else self.first_sent_s
        return replace(
            self,
            state=LegState.SENT if action is Action.SEND else self.state,
            epoch=self.epoch + 1,
            first_sent_s=first_sent_s,
            due_s=int(now_s) + LEASE_S,
        )

    def unclear(self, rules: UpstreamProgrammeRecord, now_s: float) -> "Leg":
        """It after an answer that is neither yes nor no."""
        if self.state is LegState.REFUSED:
            is_over = self.age_s(now_s) > _AUDITED_FOR_S
            return replace(self, due_s=None if is_over else int(now_s) + _LONGEST_PAUSE_S)
        if rules.can_query and self.age_s(now_s) > _GIVE_UP_S:
            return self.manual()
        pause_s = min(_FIRST_PAUSE_S * 2 ** min(self.epoch - 1, 20), _LONGEST_PAUSE_S)
        due_s = int(now_s) + pause_s
        settled_s = (self.first_sent_s or int(now_s)) + rules.settle_s
        if not rules.resend_within_s and now_s < settled_s:
            # Nothing but that moment decides where there is nobody to ask.
            due_s = min(due_s, settled_s) if rules.can_query else settled_s
        return replace(self, state=LegState.UNKNOWN, due_s=due_s)

    def done(self, transaction_id: str | None) -> "Leg":
        return replace(
            self,
            state=LegState.DONE,
            transaction_id=transaction_id or self.transaction_id,
            refusal=None,
            due_s=None,
            audits=0,
        )

    def refused(self, code: str) -> "Leg":
        return replace(self, state=LegState.REFUSED, refusal=code, due_s=None)

    def postponed(self, now_s: float) -> "Leg":
        """It, still to be sent, since what would have been the first time never was."""
        pause_s = min(_FIRST_PAUSE_S * 2 ** min(self.epoch - 1, 20), _LONGEST_PAUSE_S)
        return replace(self, state=LegState.DUE, first_sent_s=None, due_s=int(now_s) + pause_s)

    def not_found(self, now_s: float) -> "Leg":
        """It, when the system knows nothing of it after all the time that it may take; and when
        that was looked for once more."""
        audits = len(AUDITS_AFTER_S) if self.state is not LegState.REFUSED else self.audits - 1
        after_s = AUDITS_AFTER_S[-audits] if audits else None
        return replace(
            self.refused(NOT_APPLIED),
            audits=audits,
            due_s=None if after_s is None else int(now_s) + after_s,
        )

    def manual(self) -> "Leg":
        return replace(self, state=LegState.MANUAL, due_s=None)

    def anew(self, now_s: float) -> "Leg":
        """The same once more, under another reference, since this was certainly not done."""
        fresh = Leg.due(self.operation, self.name, self.points, now_s, self.of)
        return replace(fresh, attempt=self.attempt + 1)
