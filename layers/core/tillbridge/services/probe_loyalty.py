"""Trying a merchant's loyalty system against what its record promises, before it goes live (T12).

It moves points of a customer who is there for that, and gives them back. What is found is compared
by balances: a system that lies says one thing and does another.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.redemption import Redemption, State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.upstream.course import (
    ACCRUE,
    CANCEL,
    COMMIT,
    REDEEM,
    RESERVE,
    REVERSE,
)
from tillbridge.domain.upstream.heard import Done, Heard, NotFound, NotSent, Refused
from tillbridge.domain.upstream.leg import Action, Leg
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.errors import AnswerUnmappable
from tillbridge.services.loyalty_calls import LoyaltyCalls

_A_CALL_TAKES_S = 10.0
_PROBE = "tillbridge-probe"
_DONE, _REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise, and whether it holds. `detail` says what was seen."""

    promise: str
    holds: bool
    detail: str


@dataclass(slots=True)
class ProbeLoyalty:
    """`reference` is a name that the system has never seen; every call's begins with it."""

    calls: LoyaltyCalls
    rules: UpstreamProgrammeRecord
    tenant_id: str
    customer_id: str
    points: int
    reference: str
    now_s: Callable[[], float] = time.time
    _legs: tuple[Leg, ...] = ()
    _created_at: str = ""

    def __call__(self) -> Iterator[Finding]:
        """Each promise in turn, up to one without which the rest cannot be tried. Raises
        `TenantError`s, `UpstreamError`s and `RecordsUnavailable` where a record, or the balance,
        cannot be had."""
        self._created_at = instant(self.now_s())
        self.calls.require(self.tenant_id, self.rules)
        start = self._balance()
        yield Finding("the balance can be read", True, f"{start} points")
        taken = self._compared("points are taken", _words(self._taken()), start - self.points)
        yield taken
        if not taken.holds:
            return
        if self.rules.resend_within_s:
            again = _words(self._sent(self._legs[-1]))
            promise = "the same reference twice takes points once"
            yield self._compared(promise, again, start - self.points)
        if self.rules.can_query:
            yield from self._queried()
        yield from self._given_back(start)
        if self.rules.reservation_ttl_s is not None:
            yield from self._cancelled(start)
        yield from self._too_many(start)

    def _taken(self) -> Heard:
        if self.rules.reservation_ttl_s is None:
            return self._made(REDEEM, "", self.points)
        reserved = self._made(RESERVE, "", self.points)
        if not isinstance(reserved, Done):
            return reserved
        return self._made(COMMIT, "-commit", self.points, of=self.reference)

    def _queried(self) -> Iterator[Finding]:
        found = self._asked(self._legs[-1])
        yield Finding("a query finds what was done", isinstance(found, Done), _words(found))
        nowhere = replace(self._legs[-1], name=f"{self.reference}-never")
        missing = self._asked(nowhere)
        yield Finding(
            "a query does not find what was never done",
            isinstance(missing, NotFound),
            _words(missing),
        )

    def _given_back(self, start: int) -> Iterator[Finding]:
        of = self._legs[-1].reference
        operation = ACCRUE if self.rules.reverse == "none" else REVERSE
        part = self.points // 2 if self.rules.partial_reverse and self.points > 1 else 0
        if part:
            heard = self._made(operation, "-part", part, of=of)
            expected = start - self.points + part
            yield self._compared("some of the points come back", _words(heard), expected)
        heard = self._made(operation, "-rev", self.points - part, of=of)
        yield self._compared("points come back", _words(heard), start)
        if self.rules.resend_within_s:
            again = self._sent(self._legs[-1])
            yield self._compared(
                "the same reference twice gives points back once", _words(again), start
            )

    def _cancelled(self, start: int) -> Iterator[Finding]:
        name = f"{self.reference}-other"
        self._made(RESERVE, "-other", self.points)
        heard = self._made(CANCEL, "-other-cancel", self.points, of=name)
        yield self._compared("a reservation can be cancelled", _words(heard), start)

    def _too_many(self, start: int) -> Iterator[Finding]:
        """More than there is: refused by an answer that the record lists, or `may_overdraw`."""
        operation = REDEEM if self.rules.reservation_ttl_s is None else RESERVE
        heard = self._made(operation, "-many", start + 1)
        if isinstance(heard, Refused):
            yield self._compared("more than there is is refused", _REFUSED, start)
            return
        is_known = isinstance(heard, Done) and self.rules.may_overdraw
        yield Finding(
            "more than there is is refused, or `may_overdraw` says that it is not",
            is_known,
            _words(heard),
        )
        if isinstance(heard, Done):
            undo = CANCEL if operation == RESERVE else REVERSE
            undo = ACCRUE if undo == REVERSE and self.rules.reverse == "none" else undo
            self._made(undo, "-many-undo", start + 1, of=self._legs[-1].reference)

    def _made(self, operation: str, suffix: str, points: int, of: str = "") -> Heard:
        """A new call, made."""
        leg = Leg.due(operation, f"{self.reference}{suffix}", points, self.now_s(), of)
        self._legs = (*self._legs, leg)
        heard = self._sent(leg)
        if isinstance(heard, Done):
            done = leg.done(heard.transaction_id)
            self._legs = tuple(done if each.name == leg.name else each for each in self._legs)
        return heard

    def _sent(self, leg: Leg) -> Heard:
        return self._run(leg, Action.SEND)

    def _asked(self, leg: Leg) -> Heard:
        return self._run(leg, Action.QUERY)

    def _run(self, leg: Leg, action: Action) -> Heard:
        deadline = Deadline.after(_A_CALL_TAKES_S)
        redemption = self._redemption
        prepared = self.calls.prepare(redemption, leg, action, self.rules, self.now_s(), deadline)
        return self.calls.make(self.tenant_id, prepared, deadline)

    @property
    def _redemption(self) -> Redemption:
        return Redemption(
            self.tenant_id,
            self.reference,
            State.UNKNOWN,
            points=self.points,
            store_id=_PROBE,
            sale_ref=_PROBE,
            created_at=self._created_at,
            customer_id=self.customer_id,
            legs=self._legs,
        )

    def _balance(self) -> int:
        deadline = Deadline.after(_A_CALL_TAKES_S)
        said = self.calls.balance(self.tenant_id, self.customer_id, deadline)
        if said is None:
            raise AnswerUnmappable("the system knows no such customer: name one that it has")
        return said.available

    def _compared(self, promise: str, said: str, expected: int) -> Finding:
        balance = self._balance()
        holds = said in (_DONE, _REFUSED) and balance == expected
        detail = f"it says {said}; {balance} points"
        return Finding(promise, holds, detail if holds else f"{detail}, not {expected}")


def _words(heard: Heard) -> str:
    match heard:
        case Done():
            return _DONE
        case Refused(code):
            return f"refused as {code}"
        case NotSent(code):
            return f"not sent: {code}"
        case NotFound():
            return "nothing found"
        case _:
            return "nothing that its record lists"
