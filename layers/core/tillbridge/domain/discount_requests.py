"""What a till asks of discounts. Amounts are minor units; what is not known is refused, not
ignored."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from tillbridge.domain.discounts.case import Basket, Customer, Instant
from tillbridge.domain.discounts.fields import AmountMinor, Part, exact
from tillbridge.domain.discounts.returns import Policy, ReturnedLine
from tillbridge.domain.loyalty_requests import (
    IdempotencyKey,
    LoyaltyRequest,
    Points,
    Reference,
)


class SaleRequest(Part):
    """A sale as it stands."""

    basket: Basket
    customer: Customer | None = Field(
        default=None,
        description="Who buys; `id` alone will do. What else is given is taken as it is, the rest "
        "is read from the merchant's systems where a campaign asks for it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _exact_numbers(cls, given: Any) -> Any:
        return exact(given)


class EvaluationRequest(SaleRequest):
    """A sale, to be told its discounts."""

    as_of: Instant | None = Field(default=None, description="Another instant than now.")


class PointsWanted(Part):
    """Points of the customer's for the same sale."""

    points: Points
    supersedes: Reference | None = Field(
        default=None, description="The sale's earlier redemption, which is over."
    )


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
