"""Discounts: what a merchant's campaigns give on a sale, and why not what they do not."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.discount_requests import CustomerDiscountsQuery, EvaluationRequest
from tillbridge.entrypoint.api import Answer, Api, Request
from tillbridge.entrypoint.discounts import (
    CUSTOMER_DISCOUNTS,
    EVALUATION,
    customer_discounts_answer,
    evaluation_answer,
)
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.requests import customer_in
from tillbridge.entrypoint.wiring.discounts import customer_discounts, evaluate_discounts

api = Api()


@api.operation("POST", "/v1/discounts/evaluations", **EVALUATION)
def evaluate(request: Request[EvaluationRequest]) -> Answer:
    """Say what discounts a sale gets, by line and campaign, and why not the others.

    Nothing is changed by asking. What the merchant's systems could not say of the customer is among
    the `limitations`, and the campaigns that ask for it say so.
    """
    decided = evaluate_discounts()(request.caller, request.input, request.deadline)
    return evaluation_answer(decided, request.input)


@api.operation("GET", "/v1/customers/{customer_id}/discounts", **CUSTOMER_DISCOUNTS)
def list_customer_discounts(request: Request[CustomerDiscountsQuery]) -> Answer:
    """List the discounts that a customer may have, as objects for Ka-ching's till.

    The till works them out by itself whenever the basket changes. Whether the customer may have one
    is decided here; a campaign that no object can say is named in `Tillbridge-Not-Expressed`.
    """
    found = customer_discounts()(
        request.caller, customer_in(request.path), request.input, request.deadline
    )
    return customer_discounts_answer(found)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
