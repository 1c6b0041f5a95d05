"""What a till asks of discounts. Amounts are minor units; what is not known is refused, not
ignored."""

from typing import Any

from pydantic import Field, model_validator

from tillbridge.domain.discounts.case import Basket, Customer, Instant
from tillbridge.domain.discounts.fields import Part, exact


class EvaluationRequest(Part):
    """A sale as it stands."""

    basket: Basket
    customer: Customer | None = Field(
        default=None,
        description="Who buys; `id` alone will do. What else is given is taken as it is, the rest "
        "is read from the merchant's systems where a campaign asks for it.",
    )
    as_of: Instant | None = Field(default=None, description="Another instant than now.")

    @model_validator(mode="before")
    @classmethod
    def _exact_numbers(cls, given: Any) -> Any:
        return exact(given)
