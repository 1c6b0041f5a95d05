"""The calls that move points in a merchant's own system: what each is told, and what its answer
means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.integration import Integration
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.redemption import Redemption
from tillbridge.domain.limits import Deadline
from tillbridge.domain.operations import MOVING_POINTS
from tillbridge.domain.placeholders import gives
from tillbridge.domain.upstream.answers import KnownTransaction, LoyaltyBalance
from tillbridge.domain.upstream.course import CANCEL, RESERVE, REVERSE
from tillbridge.domain.upstream.heard import Done, Heard, NotFound, NotSent, Refused, Unclear
from tillbridge.domain.upstream.leg import Action, Leg
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.errors import (
    AnswerUnmappable,
    CallerError,
    InvalidRequest,
    RecordsUnavailable,
    RecordUnusable,
    TenantError,
    UpstreamError,
    UpstreamThrottled,
    UpstreamUnauthorized,
)
from tillbridge.services.ports import ReadIntegration
from tillbridge.services.tenant_system import TenantSystem

QUERY, BALANCE = "loyalty_query", "loyalty_balance"
_REFERENCE = "reference"
# The most that a system has for one call; and what is kept free for writing down what it said.
_LONGEST_CALL_S = 4.0
_WRITING_TAKES_S = 0.7
# With less than that left, a call would only make an outcome unknown.
SHORTEST_CALL_S = 1.0
# What is done once, or found again, by our reference alone. What is cancelled twice is cancelled.
_BY_REFERENCE = (MOVING_POINTS - {CANCEL}) | {QUERY}
_ONE_TRANSACTION = 10
_NO_TRANSACTION = NotSent("transaction_unknown", is_final=True)
# Refusals that say nothing of the call itself.
_TURNED_AWAY = frozenset({UpstreamThrottled.code, UpstreamUnauthorized.code})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that is ready to be made, or why it can never be. What only asks is rendered when it
    is sent."""

    integration: Integration
    inputs: Mapping[str, Any]
    request: OutboundRequest | None = None
    never: NotSent | None = None


@dataclass(frozen=True, slots=True)
class LoyaltyCalls:
    read_integration: ReadIntegration
    system: TenantSystem

    def require(self, tenant_id: str, rules: UpstreamProgrammeRecord) -> None:
        """Raises `NotConfigured` for the record that is missing, and `RecordUnusable` for one by
        which the programme cannot keep its word: nothing is taken that could not be asked about,
        or given back."""
        for operation in rules.operations:
            self.record(tenant_id, operation, rules)

    def record(self, tenant_id: str, operation: str, rules: UpstreamProgrammeRecord) -> Integration:
        """The operation's. Raises `NotConfigured`, and `RecordUnusable` where a call could be
        neither repeated nor asked about as `rules` say: it does not send its reference."""
        integration = self.read_integration(tenant_id, operation)
        needs_it = operation in _BY_REFERENCE and (rules.resend_within_s or rules.can_query)
        if needs_it and not gives(integration.record.request.parts, _REFERENCE):
            raise RecordUnusable(
                f"{operation} does not send {{{_REFERENCE}}}, by which the programme's capability "
                "knows a call again"
            )
        return integration

    def balance(
        self, tenant_id: str, customer_id: str, deadline: Deadline
    ) -> LoyaltyBalance | None:
        """What the customer has, None where the system knows no such customer."""
        integration = self.read_integration(tenant_id, BALANCE)
        inputs = {"customer_id": customer_id}
        items = self.system.ask(tenant_id, integration, inputs, deadline, at_most=1)
        if not items.first:
            return None
        balance = items.first[0]
        if not isinstance(balance, LoyaltyBalance):
            raise AnswerUnmappable(f"{balance.field}: {balance.reason}", field=balance.field)
        return balance

    def prepare(
        self,
        redemption: Redemption,
        leg: Leg,
        action: Action,
        rules: UpstreamProgrammeRecord,
        now_s: float,
        deadline: Deadline,
    ) -> Prepared:
        """The leg's call, or the question what became of it. Raises `TenantError`s,
        `UpstreamError`s and `RecordsUnavailable` when it cannot be made now."""
        tenant_id = redemption.tenant_id
        if action is Action.QUERY:
            asked = {
                "customer_id": redemption.customer_id,
                "reference": leg.reference,
                "operation": leg.operation,
                "points": leg.points,
            }
            return Prepared(self.record(tenant_id, QUERY, rules), asked)
        integration = self.record(tenant_id, leg.operation, rules)
        inputs = _inputs(redemption, leg, rules, now_s)
        if (
            leg.operation == REVERSE
            and rules.reverse == "by_tx"
            and inputs["original_transaction_id"] is None
        ):
            return Prepared(integration, inputs, never=_NO_TRANSACTION)
        try:
            request = self.system.prepare(tenant_id, integration, inputs, deadline)
        except InvalidRequest as invalid:
            if leg.name == redemption.redemption_id and leg.was_never_sent:
                raise
            return Prepared(integration, inputs, never=NotSent(invalid.code, is_final=True))
        return Prepared(integration, inputs, request)

    def make(self, tenant_id: str, prepared: Prepared, deadline: Deadline) -> Heard:
        """Make the call, once. Whatever goes wrong is an outcome as well."""
        if prepared.never is not None:
            return prepared.never
        deadline = deadline.earlier_by(_WRITING_TAKES_S).within(_LONGEST_CALL_S)
        if prepared.request is None:
            return self._asked(tenant_id, prepared, deadline)
        try:
            done = self.system.move(
                tenant_id, prepared.integration, prepared.request, prepared.inputs, deadline
            )
        except UpstreamError:
            return Unclear()
        except (TenantError, CallerError) as never_sent:
            return NotSent(never_sent.code)
        if isinstance(done, str):
            return NotSent(done) if done in _TURNED_AWAY else Refused(done)
        return Done(done.transaction_id)

    def _asked(self, tenant_id: str, prepared: Prepared, deadline: Deadline) -> Heard:
        integration, inputs = prepared.integration, prepared.inputs
        try:
            items = self.system.ask(tenant_id, integration, inputs, deadline, _ONE_TRANSACTION)
        except (UpstreamError, TenantError, CallerError, RecordsUnavailable):
            return Unclear()
        if not items.first:
            return NotFound()
        found = items.first[0]
        if items.total > 1 or not isinstance(found, KnownTransaction) or found.status == "pending":
            # Two under one reference are for a person to see.
            return Unclear()
        if found.points is not None and abs(found.points) != inputs["points"]:
            return Unclear()
        if found.status == "refused":
            return Refused("upstream_rejected")
        return Done(found.transaction_id)


def _inputs(
    redemption: Redemption, leg: Leg, rules: UpstreamProgrammeRecord, now_s: float
) -> dict[str, Any]:
    """What the record's placeholders stand for: the same whenever the call is made, so that a
    system which compares a repeated request finds nothing different in it."""
    inputs: dict[str, Any] = {
        "customer_id": redemption.customer_id,
        "points": leg.points,
        "reference": leg.reference,
        "store_id": redemption.store_id,
        "sale_ref": redemption.sale_ref or None,
        "order_ref": redemption.order_ref or None,
        "at": redemption.created_at,
    }
    if leg.operation == RESERVE and rules.reservation_ttl_s is not None:
        begun_s = int(now_s) if leg.first_sent_s is None else leg.first_sent_s
        inputs |= {
            "ttl_s": rules.reservation_ttl_s,
            "expires_at": instant(begun_s + rules.reservation_ttl_s),
        }
    if leg.of:
        inputs |= {
            "original_reference": leg.of,
            "original_transaction_id": _transaction_id(redemption, leg.of),
            "original_points": redemption.points,
        }
    return inputs


def _transaction_id(redemption: Redemption, reference: str) -> str | None:
    """The system's own name for a call; a commit without one has its reservation's."""
    leg = next((leg for leg in redemption.legs if leg.reference == reference), None)
    if leg is None or leg.transaction_id is not None:
        return None if leg is None else leg.transaction_id
    return _transaction_id(redemption, leg.of) if leg.of else None
