"""Customer lookup: what a cashier typed, to the merchant's customers; and the API's health."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.customer import CustomerQuery
from tillbridge.entrypoint.api import Answer, Api, Request
from tillbridge.entrypoint.customers import CUSTOMER_LOOKUP, Health, customer_list
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.wiring.customer_lookup import look_up_customers

api = Api()


@api.operation("GET", "/v1/customers", **CUSTOMER_LOOKUP)
@api.operation("POST", "/v1/customers", **CUSTOMER_LOOKUP)
def find_customers(request: Request[CustomerQuery]) -> Answer:
    """Find the merchant's customers by what a cashier typed."""
    found = look_up_customers()(request.caller, request.input, request.deadline)
    return customer_list(found)


@api.operation("GET", "/v1/health", answer=Health)
def check_health(_request: Request[None]) -> Answer:
    """Say that the API answers: no credential, no detail."""
    return Answer(Health().model_dump())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
