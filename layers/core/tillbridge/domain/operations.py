"""What the gateway knows of an operation beyond its record. The set is open: an operation that is
not named here runs by the same mechanism, its items unjudged."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from tillbridge.domain.customer import Customer, as_plain

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

# Each of these moves points: an answer that its record does not name is neither yes nor no.
MOVING_POINTS = frozenset(
    {
        "loyalty_redeem",
        "loyalty_reserve",
        "loyalty_commit",
        "loyalty_cancel",
        "loyalty_reverse",
        "loyalty_accrue",
    }
)

# `reference` is our name for this call, which the system keeps, or by which it knows it again.
_MOVE = frozenset({"customer_id", "points", "reference", "store_id", "at"})
_FOR_A_SALE = _MOVE | {"sale_ref"}
# Of the call that this one finishes or undoes: our reference, and the system's own name.
_OF_ANOTHER = _FOR_A_SALE | {"original_reference", "original_transaction_id", "original_points"}

# A success without a body is all that a system may say of these: it is done.
CHANGING = frozenset({"profile_update", "service_request"})

# What every request that changes something says of itself: `request_id` is the same when it is sent
# again.
_BY_WHOM = frozenset({"customer_id", "request_id", "at", "staff_id", "store_id"})

# What a till's request gives the record of an operation: no other placeholder is ever filled.
INPUTS: dict[str, frozenset[str]] = {
    "customer_lookup": frozenset({"search_term", "currency_code"}),
    "loyalty_balance": frozenset({"customer_id"}),
    "loyalty_query": frozenset({"customer_id", "reference", "operation", "points"}),
    "loyalty_redeem": _FOR_A_SALE,
    "loyalty_reserve": _FOR_A_SALE | {"ttl_s", "expires_at"},
    "loyalty_commit": _OF_ANOTHER,
    "loyalty_cancel": _OF_ANOTHER,
    "loyalty_reverse": _OF_ANOTHER | {"order_ref"},
    "loyalty_accrue": _OF_ANOTHER | {"order_ref"},
    "customer_by_shopify_id": frozenset({"customer_id"}),
    "customer_details": frozenset({"customer_id", "currency_code"}),
    "purchase_history": frozenset({"customer_id", "currency_code"}),
    "profile_update": _BY_WHOM | {"preferences", "communication"},
    "service_request": _BY_WHOM | {"subject", "text"},
}

# What a request must say: how many points are moved, and by which name the call is found, or known
# again when it is repeated.
REQUIRED_INPUTS: dict[str, tuple[str, ...]] = {
    "loyalty_query": ("reference",),
    **dict.fromkeys(
        ("loyalty_redeem", "loyalty_reserve", "loyalty_accrue"), ("reference", "points")
    ),
}

_FINDING_CUSTOMERS = frozenset({"customer_by_shopify_id", "customer_lookup"})


def shape_of(operation: str) -> type[BaseModel] | None:
    """The shape that every item of an operation must have before it leaves the gateway; None for
    one that is not named here."""
    return Customer if operation in _FINDING_CUSTOMERS else _other_shapes().get(operation)


@cache
def _other_shapes() -> dict[str, type[BaseModel]]:
    # Imported by who asks for one: a lookup does without.
    from tillbridge.domain import customer_details as details
    from tillbridge.domain.upstream import answers

    return {
        "loyalty_balance": answers.LoyaltyBalance,
        "loyalty_query": answers.KnownTransaction,
        **dict.fromkeys(MOVING_POINTS, answers.LoyaltyTransaction),
        "customer_details": details.CustomerDetails,
        "purchase_history": details.Purchase,
        "profile_update": details.ProfileUpdated,
        "service_request": details.ServiceRequested,
    }


# Where items come in numbers: what takes most of them as they are, since judging would change
# nothing. None for the others.
PLAIN: Mapping[str, Callable[[Any], Any | None]] = {"customer_lookup": as_plain}
