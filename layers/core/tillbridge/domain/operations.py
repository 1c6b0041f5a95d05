"""What the gateway knows of an operation beyond its record. The set is open: an operation that is
not named here runs by the same mechanism, its items unjudged."""

from pydantic import BaseModel

from tillbridge.domain.customer import Customer
from tillbridge.domain.customer_details import (
    CustomerDetails,
    ProfileUpdated,
    Purchase,
    ServiceRequested,
)

# Asking these twice changes nothing, so a passing failure may be retried.
READING = frozenset(
    {
        "customer_by_shopify_id",
        "customer_details",
        "customer_lookup",
        "loyalty_balance",
        "loyalty_query",
        "purchase_history",
    }
)

# A success without a body is all that a system may say of these: it is done.
CHANGING = frozenset({"profile_update", "service_request"})

# What every request that changes something says of itself: `request_id` is the same when it is sent
# again.
_BY_WHOM = frozenset({"customer_id", "request_id", "at", "staff_id", "store_id"})

# What a till's request gives the record of an operation: no other placeholder is ever filled.
INPUTS: dict[str, frozenset[str]] = {
    "customer_lookup": frozenset({"search_term", "currency_code"}),
    "customer_by_shopify_id": frozenset({"customer_id"}),
    "customer_details": frozenset({"customer_id", "currency_code"}),
    "purchase_history": frozenset({"customer_id", "currency_code"}),
    "profile_update": _BY_WHOM | {"preferences", "communication"},
    "service_request": _BY_WHOM | {"subject", "text"},
}

# The shape that every item of an operation must have before it leaves the gateway.
SHAPES: dict[str, type[BaseModel]] = {
    "customer_lookup": Customer,
    "customer_by_shopify_id": Customer,
    "customer_details": CustomerDetails,
    "purchase_history": Purchase,
    "profile_update": ProfileUpdated,
    "service_request": ServiceRequested,
}
