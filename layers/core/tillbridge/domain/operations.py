"""What the gateway knows of an operation beyond its record. The set is open: an operation that is
not named here runs by the same mechanism, its items unjudged."""

from pydantic import BaseModel

from tillbridge.domain.customer import Customer

# Asking these twice changes nothing, so a passing failure may be retried.
READING = frozenset(
    {"customer_lookup", "customer_details", "purchase_history", "loyalty_balance", "loyalty_query"}
)

# What a till's request gives the record of an operation: no other placeholder is ever filled.
INPUTS: dict[str, frozenset[str]] = {
    "customer_lookup": frozenset({"search_term", "currency_code"}),
}

# The shape that every item of an operation must have before it leaves the gateway.
SHAPES: dict[str, type[BaseModel]] = {"customer_lookup": Customer}
