"""The customer's screen: one customer shown, changed and served, and what was done for them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.customer_requests import (
    InteractionsQuery,
    ProfileChange,
    ScreenQuery,
    ServiceRequest,
)
from tillbridge.entrypoint.api import Answer, Api, Request
from tillbridge.entrypoint.customer_details import (
    INTERACTIONS,
    SCREEN,
    SERVICE,
    interactions_answer,
    profile_answer,
    screen_answer,
    service_answer,
    starts_after,
)
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.requests import customer_in
from tillbridge.entrypoint.wiring.customer_details import (
    serve_customer,
    shopify_customers,
    show_customer,
)

api = Api()

_CUSTOMER = "/v1/customers/{customer_id}"


@api.operation("GET", _CUSTOMER, input=ScreenQuery, **SCREEN)
def show(request: Request[ScreenQuery]) -> Answer:
    """Show a customer: status, purchases, and what can be done.

    Part by part: what cannot be read is named in `limitations`, and the rest is there.
    """
    customer_id = _own_id(request)
    screen = show_customer()(request.caller, customer_id, request.input, request.deadline)
    return screen_answer(screen)


@api.operation("PATCH", _CUSTOMER, input=ProfileChange, **SERVICE)
def change_profile(request: Request[ProfileChange]) -> Answer:
    """Change a customer's preferences and consent, in the merchant's system.

    Consent is recorded with its channel, when it was stated and to whom. After a lost answer send
    the same again.
    """
    served = serve_customer().change_profile(
        request.caller,
        request.idempotency_key,
        _own_id(request),
        request.input,
        request.deadline,
    )
    return profile_answer(served, request.input)


@api.operation("POST", f"{_CUSTOMER}/service-requests", status=201, input=ServiceRequest, **SERVICE)
def request_service(request: Request[ServiceRequest]) -> Answer:
    """Ask the merchant's people to do something for a customer.

    Where no system takes service requests it is recorded, and stands in the interactions. One that
    a system may have got is not sent again by itself: `outcome_unknown`.
    """
    served = serve_customer().request_service(
        request.caller,
        request.idempotency_key,
        _own_id(request),
        request.input,
        request.deadline,
    )
    return service_answer(served, request.input)


@api.operation("GET", f"{_CUSTOMER}/interactions", input=InteractionsQuery, **INTERACTIONS)
def show_interactions(request: Request[InteractionsQuery]) -> Answer:
    """List what was done for a customer, the newest first: with points and without."""
    query = request.input
    items, following = serve_customer().interactions(
        request.caller, _own_id(request), query.limit, starts_after(query.before)
    )
    return interactions_answer(items, following)


def _own_id(request: Request[Any]) -> str:
    """The merchant's identifier of the customer whom the path names, by Shopify's id maybe."""
    named = customer_in(request.path)
    return shopify_customers().own_id(request.caller, named, request.deadline)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
