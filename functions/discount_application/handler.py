"""Discounts: what a merchant's campaigns give on a sale, and why not what they do not; applied to a
sale, finished, and given back."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.caller import Scope
from tillbridge.domain.discount_requests import (
    ApplicationQuery,
    ApplicationRequest,
    CustomerDiscountsQuery,
    EvaluationRequest,
    ReturnRequest,
    VoidApplicationRequest,
)
from tillbridge.domain.loyalty_requests import CaptureRequest, VoidRequest
from tillbridge.entrypoint.api import Answer, Api, Request
from tillbridge.entrypoint.applications import (
    APPLICATION,
    APPLY,
    CAPTURE,
    RETURN,
    VOID,
    application_answer,
    return_answer,
)
from tillbridge.entrypoint.discounts import (
    CUSTOMER_DISCOUNTS,
    EVALUATION,
    customer_discounts_answer,
    evaluation_answer,
)
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.requests import customer_in, require_scope
from tillbridge.entrypoint.wiring.discounts import (
    applications,
    customer_discounts,
    evaluate_discounts,
)

api = Api()

_APPLICATIONS = "/v1/discounts/applications"
_APPLICATION = f"{_APPLICATIONS}/{{application_id}}"


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


@api.operation("POST", _APPLICATIONS, status=201, needs_key=True, input=ApplicationRequest, **APPLY)
def apply(request: Request[ApplicationRequest]) -> Answer:
    """Give a sale its discounts, and hold what is limited until the sale is paid.

    Make the key up and store it before sending. After a lost answer send the same again: it is done
    once. Charge what `decision` says: a campaign whose limit was reached meanwhile is in its
    `exhausted`. To be refused instead of costing more, say in `most_total_minor` what the customer
    was told. A basket that has changed names the application that it replaces in `supersedes`.
    Points need the scope `redeem` as well.
    """
    if request.input.redemption is not None:
        require_scope(Scope.REDEEM, request.caller)
    return application_answer(
        applications().apply(
            request.caller, request.idempotency_key, request.input, request.deadline
        ),
        request.input,
    )


@api.operation("GET", _APPLICATIONS, input=ApplicationQuery, **APPLICATION)
def find_unanswered(request: Request[ApplicationQuery]) -> Answer:
    """Find an application whose answer was lost: by its key, or by the sale."""
    return application_answer(applications().find_unanswered(request.caller, request.input))


@api.operation("POST", f"{_APPLICATIONS}/void", input=VoidApplicationRequest, **VOID)
def void_unanswered(request: Request[VoidApplicationRequest]) -> Answer:
    """Undo an application whose answer was lost: by its key, or by the sale.

    Send it until it is answered. One that comes before its application stops that.
    """
    applied = applications().void_unanswered(request.caller, request.input)
    return application_answer(applied, request.input)


@api.operation("GET", _APPLICATION, **APPLICATION)
def show(request: Request[None]) -> Answer:
    """Say what has become of an application."""
    return application_answer(applications().find(request.caller, request.path["application_id"]))


@api.operation("POST", f"{_APPLICATION}/capture", input=CaptureRequest, **CAPTURE)
def capture(request: Request[CaptureRequest]) -> Answer:
    """Use up what is held: the sale is paid.

    It works after the hold has expired too, while the sale has no other application, even beyond a
    limit: `beyond_limit` says of which campaigns.
    """
    application = request.path["application_id"]
    applied = applications().capture(request.caller, application, request.input)
    return application_answer(applied, request.input)


@api.operation("POST", f"{_APPLICATION}/void", input=VoidRequest, **VOID)
def void(request: Request[VoidRequest]) -> Answer:
    """Undo an application: the sale is off."""
    application = request.path["application_id"]
    applied = applications().void(request.caller, application, request.input)
    return application_answer(applied, request.input)


@api.operation("POST", f"{_APPLICATION}/returns", status=201, input=ReturnRequest, **RETURN)
def give_back(request: Request[ReturnRequest]) -> Answer:
    """Take goods back by what the sale was given for them, whole or in parts.

    The stored decision counts, whatever has become of its campaigns since.
    """
    application = request.path["application_id"]
    returned = applications().give_back(request.caller, application, request.input)
    return return_answer(returned, request.input.return_ref, request.input)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
