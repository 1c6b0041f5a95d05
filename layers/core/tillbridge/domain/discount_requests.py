"""What a till asks of discounts. Amounts are minor units; what is not known is refused, not
ignored."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tillbridge.domain.discounts.case import Basket, Customer, Instant
from tillbridge.domain.discounts.fields import Identifier, Part, exact
from tillbridge.domain.discounts.shopify import ShopifyCart


class EvaluationRequest(Part):
    """A sale as it stands."""

    basket: Basket
    customer: Customer | None = Field(
        default=None,
        description="Who buys; `id` alone will do. What else is given is taken as it is, the rest "
        "is read from the merchant's systems where a campaign asks for it.",
    )
    as_of: Instant | None = Field(default=None, description="Another instant than now.")
    shopify: ShopifyCart | None = Field(
        default=None,
        description="Give it, `{}` at least, to get the calls that bring the discounts into a "
        "Shopify POS cart.",
    )

    @model_validator(mode="before")
    @classmethod
    def _exact_numbers(cls, given: Any) -> Any:
        return exact(given)

    @model_validator(mode="after")
    def _names_line_items(self) -> "EvaluationRequest":
        if self.shopify is not None:
            for number, line in enumerate(self.basket.lines):
                _check_uuid(line.id, number)
        return self


def _check_uuid(line_id: str, number: int) -> None:
    try:
        UUID(line_id)
    except ValueError:
        message = f"basket.lines.{number}.id: with `shopify` it is the line item's uuid"
        raise ValueError(message) from None


class CustomerDiscountsQuery(BaseModel):
    """What Ka-ching's till asks when a customer is added to a sale."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    currency_code: str | None = Field(
        default=None,
        pattern="^[A-Z]{3}$",
        description="The market's currency (ISO 4217); the profile's, when left out.",
        examples=["DKK"],
    )
    market: Identifier | None = Field(
        default=None, description="The market, for campaigns that are for some only."
    )
