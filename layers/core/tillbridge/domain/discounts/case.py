"""A case: everything that a decision about discounts depends on."""

from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from tillbridge.domain.discounts.campaign import Campaign, Usage
from tillbridge.domain.discounts.fields import (
    MAX_AMOUNT_MINOR,
    AmountMinor,
    CurrencyCode,
    Identifier,
    Identifiers,
    Instant,
    Part,
    Quantity,
    Whole,
)
from tillbridge.domain.tenant import TimeZone

MAX_LINES = 1_000
MAX_CAMPAIGNS = 2_000
Identified = TypeVar("Identified", "Line", Campaign)


def _by_id(items: tuple[Identified, ...]) -> tuple[Identified, ...]:
    """In the order of their ids, so that the order they came in can make no difference."""
    ordered = tuple(sorted(items, key=attrgetter("id")))
    if len({item.id for item in ordered}) < len(ordered):
        raise ValueError("every id must be there once only")
    return ordered


class Line(Part):
    """One line of the basket, at the price the till shows, with or without tax."""

    id: Identifier = Field(description="Once per basket; decides ties, in the order of its text.")
    product_id: Identifier
    variant_id: Identifier | None = None
    tags: Identifiers = ()
    categories: Identifiers = ()
    unit_price_minor: AmountMinor = Field(description="Per unit, or per kilogram.")
    quantity: Quantity = Field(
        default=Decimal(1), description="Whole units, or a weight with up to 6 decimals."
    )
    amount_minor: AmountMinor | None = Field(
        default=None,
        description="What the line costs before our discounts; default: price times quantity, "
        "rounded half up.",
    )
    gift_card: bool = Field(default=False, description="It sells a gift card.")
    discounted: bool = Field(default=False, description="The till has discounted it already.")
    returned: bool = Field(default=False, description="It comes back: no campaign sees it.")

    @model_validator(mode="after")
    def _within_bounds(self) -> "Line":
        if self.amount_minor is None and self.unit_price_minor * self.quantity > MAX_AMOUNT_MINOR:
            raise ValueError(f"price times quantity is more than {MAX_AMOUNT_MINOR}")
        return self


class Basket(Part):
    """What is on the sale."""

    currency: CurrencyCode
    prices_include_tax: bool = Field(
        default=True, description="Discounts act on prices as given; the receipt says which."
    )
    market: Identifier | None = Field(default=None, description="Compared with `markets`.")
    channel: Identifier | None = Field(default=None, description="Compared with `channels`.")
    shop_id: Identifier | None = Field(default=None, description="Compared with `shops`.")
    codes: Identifiers = Field(default=(), description="Codes that were entered.")
    lines: Annotated[tuple[Line, ...], Field(max_length=MAX_LINES), AfterValidator(_by_id)]


class Order(Part):
    """An earlier order of the customer's."""

    at: AwareDatetime
    total_minor: AmountMinor
    currency: CurrencyCode | None = Field(default=None, description="Default: the basket's.")


class History(Part):
    """The customer's earlier orders: all of them since `known_since`, or ever, if that is null. A
    condition that looks further back is answered `history_unavailable`, unless the totals say."""

    orders: Annotated[tuple[Order, ...], Field(max_length=10_000)] = ()
    known_since: AwareDatetime | None = None
    order_count: Annotated[Whole, Field(ge=0)] | None = Field(
        default=None, description="Of all orders ever, where the list is not complete."
    )
    total_spent_minor: AmountMinor | None = Field(
        default=None, description="On all orders ever, in the basket's currency."
    )
    last_order_at: AwareDatetime | None = None


class Customer(Part):
    """Who buys. A date or a history that is null is unknown; a tier that is null is none, unless
    `unknown` says otherwise."""

    id: Identifier
    tier: Identifier | None = None
    groups: Identifiers = ()
    tags: Identifiers = ()
    member_since: date | None = None
    birthday: date | None = None
    history: History | None = Field(default=None, description="Null: it could not be read.")
    unknown: tuple[Literal["tier", "group", "customer_tag"], ...] = Field(
        default=(), description="What could not be read, by the condition that asks for it."
    )


class Rules(Part):
    """How campaigns go together."""

    strategy: Literal["priority", "best_for_customer"] = Field(
        default="priority",
        description="Every campaign that still can, in order of priority; or those that together "
        "give most.",
    )
    remainder: Literal["largest", "first", "last"] = Field(
        default="largest",
        description="Who bears the minor units that do not divide: the largest remainders, or the "
        "first or last line by id.",
    )
    search_limit: Annotated[Whole, Field(ge=1, le=100_000)] = Field(
        default=4_000, description="How many steps `best_for_customer` may take."
    )


class Settings(Rules):
    """What holds for all of a merchant's campaigns."""

    time_zone: TimeZone = Field(
        default="UTC", description="IANA zone of the merchant's days, hours and periods."
    )


class Case(Part):
    """What `python -m tillbridge.evaluate` reads. The same case gives the same bytes."""

    basket: Basket
    customer: Customer | None = None
    campaigns: Annotated[
        tuple[Campaign, ...], Field(max_length=MAX_CAMPAIGNS), AfterValidator(_by_id)
    ] = ()
    settings: Settings = Settings()
    usage: Annotated[tuple[Usage, ...], Field(max_length=10 * MAX_CAMPAIGNS)] = Field(
        default=(), description="For campaigns with limits; what is not there is zero."
    )
    as_of: Instant = Field(description="The instant that is asked about.")

    @model_validator(mode="after")
    def _usage_once(self) -> "Case":
        counters = {(use.campaign_id, use.scope, use.period) for use in self.usage}
        if len(counters) < len(self.usage):
            raise ValueError("usage: every campaign, scope and period must be there once only")
        return self
