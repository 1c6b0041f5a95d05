"""What an answer means: the record's own rules first, then what HTTP says."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tillbridge.domain.documents import DocumentUnreadable
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.expression import Expression, ExpressionFailed
from tillbridge.domain.faults import compiled_expression
from tillbridge.domain.integration_record import OutcomeRule
from tillbridge.errors import (
    AnswerUnmappable,
    CallLoop,
    InsufficientPoints,
    NotEnrolled,
    TillbridgeError,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamThrottled,
    UpstreamUnauthorized,
)

_ERRORS: dict[str, type[TillbridgeError]] = {
    "rejected": UpstreamRejected,
    "failed": UpstreamFailed,
    "unauthorized": UpstreamUnauthorized,
    "throttled": UpstreamThrottled,
    "insufficient_points": InsufficientPoints,
    "not_enrolled": NotEnrolled,
}
# Of what moves points: nothing was done, says the system, and the record that it means it.
_REFUSALS = {
    "not_found": NotEnrolled.code,
    **{outcome: error.code for outcome, error in _ERRORS.items() if outcome != "failed"},
}
_MAX_RETRY_AFTER_S = 3_600


class CompiledRule(NamedTuple):
    status: int | None
    body: Expression | None
    outcome: str

    @classmethod
    def compile(cls, rule: OutcomeRule, path: str) -> "CompiledRule":
        """Raises `RecordRefused`; `path` says where in the record the rule is."""
        source, body = rule.when.body, None
        if source is not None:
            body = compiled_expression(source, f"{path}.when.body")
        return cls(rule.when.status, body, rule.outcome)

    def holds(self, answer: UpstreamAnswer, document: Callable[[], Any]) -> bool:
        if self.status is not None and self.status != answer.status:
            return False
        if self.body is None:
            return True
        try:
            return _is_truthy(self.body.evaluate(document()))
        except (ExpressionFailed, DocumentUnreadable):
            return False


def found_something(
    answer: UpstreamAnswer,
    rules: Sequence[CompiledRule],
    document: Callable[[], Any],
    without_content: str = "not_found",
) -> bool:
    """True when the answer holds what was asked for, False when it says that there is none.
    `without_content` is what a 204 means.

    Raises the `UpstreamError` that the answer means otherwise. A 404 is an error unless a rule says
    `not_found`: a wrong URL must not look like an unknown customer (K12).
    """
    if answer.status == 508:
        raise CallLoop
    outcome = _listed_outcome(answer, rules, document) or (
        without_content if answer.status == 204 else _outcome_of_status(answer.status)
    )
    if outcome in ("ok", "not_found"):
        return outcome == "ok"
    raise _error(outcome, answer)


def refusal_in(
    answer: UpstreamAnswer, rules: Sequence[CompiledRule], document: Callable[[], Any]
) -> str | None:
    """The code of the refusal that the answer to a call that moves points certainly is, None when
    the call was done. Only what a rule lists is a refusal; any other failure may come after the
    effect. Raises `UpstreamError`s when it cannot be told."""
    outcome = _listed_outcome(answer, rules, document)
    if outcome in _REFUSALS:
        return _REFUSALS[outcome]
    if outcome is None and any(rule.outcome == "ok" for rule in rules):
        raise AnswerUnmappable("no outcome rule says what this answer means")
    if outcome == "ok" or (outcome is None and 200 <= answer.status < 300):
        return None
    raise _error(outcome or _outcome_of_status(answer.status), answer)


def _listed_outcome(
    answer: UpstreamAnswer, rules: Sequence[CompiledRule], document: Callable[[], Any]
) -> str | None:
    return next((rule.outcome for rule in rules if rule.holds(answer, document)), None)


def _error(outcome: str, answer: UpstreamAnswer) -> TillbridgeError:
    return _ERRORS[outcome](
        retry_after_s=_retry_after_s(answer) if outcome == "throttled" else None,
        upstream_status=answer.status,
    )


def _outcome_of_status(status: int) -> str:
    if 200 <= status < 300:
        return "ok"
    if status in (401, 403):
        return "unauthorized"
    if status == 429:
        return "throttled"
    return "failed" if status >= 500 else "rejected"


def _retry_after_s(answer: UpstreamAnswer) -> int | None:
    # Python refuses to read a number of thousands of digits.
    seconds = re.fullmatch(r"[0-9]{1,9}", answer.headers.get("retry-after", ""))
    return min(int(seconds[0]), _MAX_RETRY_AFTER_S) if seconds else None


def _is_truthy(value: Any) -> bool:
    """JSONata's `$boolean`: an array is true when it holds something true."""
    return any(map(_is_truthy, value)) if isinstance(value, list) else bool(value)
