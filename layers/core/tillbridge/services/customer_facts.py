"""What campaigns want to know of the customer on the sale, and nothing else: from the request, or
from the merchant's systems."""

from collections.abc import Mapping
from dataclasses import dataclass

from tillbridge.domain.discounts.case import Customer

# The members of a customer of which nothing says that they are not known.
_UNKNOWN: Mapping[str, str] = {"tier": "tier", "groups": "group", "tags": "customer_tag"}


@dataclass(frozen=True, slots=True)
class Limitation:
    """Something that could not be looked at: `what` it was, and the `code` of why."""

    what: str
    code: str

    def as_json(self) -> dict[str, str]:
        return {"what": self.what, "code": self.code}


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    def __call__(
        self, given: Customer, needed: frozenset[str]
    ) -> tuple[Customer, tuple[Limitation, ...]]:
        """The customer with as much of what is `needed` as there is."""
        missing = sorted(needed - given.model_fields_set)
        unknown = tuple(_UNKNOWN[member] for member in missing if member in _UNKNOWN)
        customer = given.model_copy(update={"unknown": given.unknown + unknown})
        return customer, tuple(Limitation(member, "not_configured") for member in missing)
