"""Asking a tenant's system: the one mechanism that every operation's record runs through."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tillbridge.domain.credential import place
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import NoAuth
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem
from tillbridge.domain.operations import READING
from tillbridge.errors import (
    TillbridgeError,
    UpstreamTruncated,
    UpstreamUnreachable,
)
from tillbridge.services.ports import Exchange, ReadSecret
from tillbridge.services.retry_budget import RetryBudgets

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TenantSystem:
    """Renders a record's request, sends it with the tenant's secret, and maps what comes back."""

    exchange: Exchange
    read_secret: ReadSecret
    retry_budgets: RetryBudgets = field(default_factory=RetryBudgets)

    def ask(
        self,
        tenant_id: str,
        integration: Integration,
        inputs: Mapping[str, Any],
        deadline: Deadline,
    ) -> list[Any | BadItem]:
        """The answer's items in their operation's shape, each bad one as a `BadItem`; none when the
        system says so. Raises `TenantError`s, `UpstreamError`s, and `InvalidRequest` for inputs
        that the record cannot send."""
        request = self._request(tenant_id, integration, inputs)
        return integration.items(self._answer(tenant_id, integration, request, deadline))

    def _request(
        self, tenant_id: str, integration: Integration, inputs: Mapping[str, Any]
    ) -> OutboundRequest:
        draft = integration.request.render(inputs)
        auth = integration.record.auth
        secret = None
        if not isinstance(auth, NoAuth):
            secret = self.read_secret(tenant_id, auth.secret).bound_to(integration.request.origin)
        place(auth, secret, draft)
        return draft.seal()

    def _answer(
        self,
        tenant_id: str,
        integration: Integration,
        request: OutboundRequest,
        deadline: Deadline,
    ) -> UpstreamAnswer:
        record = integration.record
        budget = self.retry_budgets.of(tenant_id, record.operation)
        budget.earn()
        retries_left = record.request.retries if record.operation in READING else 0
        while True:
            outcome = self._attempt(
                request, deadline.within(record.request.timeout_ms / 1_000), record.operation
            )
            if not (_is_passing(outcome) and retries_left and budget.spend()):
                break
            retries_left -= 1
        if isinstance(outcome, TillbridgeError):
            raise outcome
        return outcome

    def _attempt(
        self, request: OutboundRequest, deadline: Deadline, operation: str
    ) -> UpstreamAnswer | TillbridgeError:
        started_s = time.monotonic()
        outcome: UpstreamAnswer | TillbridgeError
        try:
            outcome = self.exchange(request, deadline)
        except TillbridgeError as error:
            outcome = error
        logger.info(
            "asked a tenant's system",
            extra={
                "operation": operation,
                "upstream_host": urlsplit(request.url).hostname,
                "upstream_status": outcome.status
                if isinstance(outcome, UpstreamAnswer)
                else outcome.code,
                "upstream_ms": round((time.monotonic() - started_s) * 1_000),
            },
        )
        return outcome


def _is_passing(outcome: UpstreamAnswer | TillbridgeError) -> bool:
    """Whether the same request may well succeed at once. A slow system is not asked twice."""
    if isinstance(outcome, UpstreamAnswer):
        return outcome.status in (502, 503, 504)
    return isinstance(outcome, UpstreamUnreachable | UpstreamTruncated)
