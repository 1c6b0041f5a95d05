"""Asking a tenant's system: the one mechanism that every operation's record runs through."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import Items
from tillbridge.domain.operations import READING
from tillbridge.domain.request_template import DraftRequest
from tillbridge.errors import UpstreamTruncated, UpstreamUnreachable
from tillbridge.services.calls import call
from tillbridge.services.credentials import Credentials
from tillbridge.services.drift import DriftWatch
from tillbridge.services.ports import CountDrift, Exchange
from tillbridge.services.retry_budget import RetryBudget, RetryBudgets

if TYPE_CHECKING:
    from tillbridge.domain.upstream.answers import LoyaltyTransaction

logger = logging.getLogger(__name__)

# With less than this left, a retry would only turn the system's own fault into a timeout.
_RETRY_TAKES_S = 0.3
# What reading and mapping an answer may take, kept free of the time that the system has.
MAPPING_TAKES_S = 0.3


def _count_nothing(_tenant_id: str, _operation: str) -> None:
    """Where nobody keeps count."""


class Question(NamedTuple):
    """What one of a tenant's records makes of the inputs of a request."""

    tenant_id: str
    integration: Integration
    inputs: Mapping[str, Any]
    draft: DraftRequest


@dataclass(frozen=True, slots=True)
class TenantSystem:
    """Renders a record's request, sends it with the tenant's credential, and maps what comes
    back. A record's expressions run in the main thread alone: to ask several systems at once,
    `question` and `items` are called there, and `answer` from a thread for each."""

    exchange: Exchange
    credentials: Credentials
    retry_budgets: RetryBudgets = field(default_factory=RetryBudgets)
    drift_watch: DriftWatch = field(default_factory=DriftWatch)
    count_drift: CountDrift = _count_nothing

    def ask(
        self,
        tenant_id: str,
        integration: Integration,
        inputs: Mapping[str, Any],
        deadline: Deadline,
        at_most: int,
    ) -> Items:
        """The answer's first items in their operation's shape, each bad one as a `BadItem`; none
        when the system says so. Raises `TenantError`s, `UpstreamError`s, `RecordsUnavailable`, and
        `InvalidRequest` for inputs that the record cannot send."""
        question = self.question(tenant_id, integration, inputs)
        answer = self.answer(question, deadline.earlier_by(MAPPING_TAKES_S))
        return self.items(question, answer, at_most)

    def question(
        self, tenant_id: str, integration: Integration, inputs: Mapping[str, Any]
    ) -> Question:
        """Main thread only. Raises `InvalidRequest`, `RecordUnusable`."""
        return Question(tenant_id, integration, inputs, integration.request.render(inputs))

    def answer(self, question: Question, deadline: Deadline) -> UpstreamAnswer:
        """Whatever the system answers, in any thread. Raises as `ask`."""
        answer = self._answer(question, deadline)
        auth = question.integration.record.auth
        if answer.status == 401 and self.credentials.forget_token(question.tenant_id, auth):
            answer = self._answer(question, deadline)
        return answer

    def items(self, question: Question, answer: UpstreamAnswer, at_most: int) -> Items:
        """What the answer means. Main thread only. Raises `UpstreamError`s."""
        items = question.integration.items(answer, question.inputs, at_most)
        self._watch(question.tenant_id, question.integration, items)
        return items

    def prepare(
        self,
        tenant_id: str,
        integration: Integration,
        inputs: Mapping[str, Any],
        deadline: Deadline,
    ) -> OutboundRequest:
        """A request that is ready to be sent once it is written down that it will be. Raises as
        `ask`; nothing that moves points has been sent then."""
        draft = integration.request.render(inputs)
        return self.credentials.seal(tenant_id, integration.record.auth, draft, deadline)

    def move(
        self,
        tenant_id: str,
        integration: Integration,
        request: OutboundRequest,
        inputs: Mapping[str, Any],
        deadline: Deadline,
    ) -> "LoyaltyTransaction | str":
        """Send, once, what moves points: what was done, or the code of a certain refusal. Raises
        `UpstreamError`s when neither is certain, and `TenantError`s or `InvalidRequest` when it was
        not sent."""
        record = integration.record
        attempt_deadline = deadline.within(record.request.timeout_ms / 1_000)
        answer = call(self.exchange, request, attempt_deadline, record.operation, attempt=1)
        if answer.status == 401:
            self.credentials.forget_token(tenant_id, record.auth)
        return integration.done(answer, inputs)

    def _watch(self, tenant_id: str, integration: Integration, items: Items) -> None:
        drift = self.drift_watch.observe(tenant_id, integration, items)
        if drift:
            operation = integration.record.operation
            logger.warning(
                "a tenant's answer drifted", extra={"operation": operation, **drift._asdict()}
            )
            self.count_drift(tenant_id, operation)

    def _answer(self, question: Question, deadline: Deadline) -> UpstreamAnswer:
        tenant_id, record = question.tenant_id, question.integration.record
        request = self.credentials.seal(tenant_id, record.auth, question.draft, deadline)
        budget = self.retry_budgets.of(tenant_id, record.operation)
        budget.earn()
        retries = record.request.retries if record.operation in READING else 0
        attempt = 0
        while True:
            attempt += 1
            attempt_deadline = deadline.within(record.request.timeout_ms / 1_000)
            try:
                answer = call(self.exchange, request, attempt_deadline, record.operation, attempt)
            # Not `UpstreamTimeout`: a slow system is not asked twice.
            except (UpstreamUnreachable, UpstreamTruncated):
                if not _may_ask_again(attempt, retries, budget, deadline):
                    raise
            else:
                passes = answer.status in (502, 503, 504)
                if not passes or not _may_ask_again(attempt, retries, budget, deadline):
                    return answer


def _may_ask_again(attempt: int, retries: int, budget: RetryBudget, deadline: Deadline) -> bool:
    """Whether the same request may be sent once more after a failure that may well pass."""
    return attempt <= retries and deadline.remaining_s() > _RETRY_TAKES_S and budget.spend()
