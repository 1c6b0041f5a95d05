"""Customer lookup as HTTP: what its operations declare, and its answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from tillbridge.domain.caller import Scope
from tillbridge.domain.customer import Customer, CustomerQuery
from tillbridge.entrypoint.api import Answer
from tillbridge.errors import TenantError, UpstreamError, catalogue
from tillbridge.services.look_up_customers import FoundCustomers

CUSTOMER_LOOKUP: dict[str, Any] = {
    "scope": Scope.LOOKUP,
    "input": CustomerQuery,
    "answer": list[Customer],
    "headers": {
        "Tillbridge-Truncated": "`true` when there were more customers than the merchant's cap.",
        "Tillbridge-Skipped": "How many of the system's customers could not be used.",
    },
    "errors": tuple(e for e in catalogue() if issubclass(e, TenantError | UpstreamError)),
}


class Health(BaseModel):
    """The API answers."""

    model_config = ConfigDict(defer_build=True)

    status: str = "ok"


def customer_list(found: FoundCustomers) -> Answer:
    """A bare array of customers in Ka-ching's shape, `[]` when there is none."""
    headers = {}
    if found.truncated:
        headers["Tillbridge-Truncated"] = "true"
    if found.skipped:
        headers["Tillbridge-Skipped"] = str(found.skipped)
    return Answer(to_json(found.customers, exclude_none=True), headers)
