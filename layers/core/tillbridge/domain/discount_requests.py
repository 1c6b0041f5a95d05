"""What a till asks of discounts. Amounts are minor units; what is not known is refused, not
ignored."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tillbridge.domain.discounts.case import Basket, Customer
from tillbridge.domain.discounts.fields import AmountMinor, Identifier, Instant, Part, exact
from tillbridge.domain.discounts.returns import Policy, ReturnedLine
from tillbridge.domain.discounts.shopify import ShopifyCart
from tillbridge.domain.loyalty_requests import (
    IdempotencyKey,
    LoyaltyRequest,
    Points,
    Reference,
)
from tillbridge.domain.programme.reward_record import RewardId


class SaleRequest(Part):
    """A sale as it stands."""

    basket: Basket
    customer: Customer | None = Field(
        default=None,
        description="Who buys; `id` alone will do. What else is given is taken as it is, the rest "
        "is read from the merchant's systems where a campaign asks for it.",
    )
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
    def _names_line_items(self) -> Self:
        if self.shopify is not None:
            for number, line in enumerate(self.basket.lines):
                _check_uuid(line.id, number)
        return self


class EvaluationRequest(SaleRequest):
    """A sale, to be told its discounts."""

    as_of: Instant | None = Field(default=None, description="Another instant than now.")


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


class PointsWanted(Part):
    """Points of the customer's for the same sale: a reward of the merchant's, or so many points
    whose worth the till knows."""

    points: Points | None = Field(
        default=None,
        description="Alone, or with a reward that lets the customer choose how many.",
    )
    reward_id: RewardId | None = Field(
        default=None, description="What it costs and gives is worked out here, on what is to pay."
    )
    supersedes: Reference | None = Field(
        default=None, description="The sale's earlier redemption, which is over."
    )

    @model_validator(mode="after")
    def _points_or_reward(self) -> "PointsWanted":
        if self.points is None and self.reward_id is None:
            raise ValueError("give reward_id, points, or both")
        return self


class ApplicationRequest(SaleRequest, LoyaltyRequest):
    """A sale, to be given its discounts."""

    store_id: Reference = Field(description="The shop; a sale's reference is its own.")
    sale_ref: Reference = Field(
        description="The till's name for the sale: the same through retries and restarts."
    )
    redemption: PointsWanted | None = Field(
        default=None, description="Points with it: both are held, or neither is."
    )
    supersedes: Reference | None = Field(
        default=None,
        description="The sale's application that this one replaces, held or over: what it holds "
        "is free for this one.",
    )
    most_total_minor: AmountMinor | None = Field(
        default=None,
        description="What the customer was told: a sale that would cost more is refused.",
    )

    @model_validator(mode="after")
    def _points_are_somebodys(self) -> "ApplicationRequest":
        if self.redemption is not None and self.customer is None:
            raise ValueError("redemption: name the customer whose points they are")
        return self


class ApplicationQuery(Part):
    """An application whose id the till never learnt: by its key, or by the sale."""

    idempotency_key: IdempotencyKey | None = None
    store_id: Reference | None = None
    sale_ref: Reference | None = None

    @model_validator(mode="after")
    def _by_key_or_sale(self) -> "ApplicationQuery":
        sale = (self.store_id, self.sale_ref)
        by_key = self.idempotency_key is not None and not any(sale)
        by_sale = self.idempotency_key is None and all(sale)
        if not (by_key or by_sale):
            raise ValueError("give either idempotency_key, or store_id with sale_ref")
        return self


class VoidApplicationRequest(ApplicationQuery, LoyaltyRequest):
    """The sale is off, and the till never learnt the application's id."""


class ReturnRequest(LoyaltyRequest):
    """Goods of a sale that come back."""

    return_ref: Reference = Field(
        description="The till's name for this return: the same one is given back once."
    )
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=1_000)]
    policy: Policy = Field(
        default="keep",
        description="A discount whose threshold the kept goods no longer meet stays, or is taken "
        "off the refund, as far as that goes.",
    )

    @model_validator(mode="before")
    @classmethod
    def _exact_numbers(cls, given: Any) -> Any:
        return exact(given)
