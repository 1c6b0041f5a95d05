"""The `PROGRAM` record: the rules of the built-in ledger (docs/programme.md). These models are its
schema."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tillbridge.domain.discounts.fields import (
    AmountMinor,
    CurrencyCode,
    Day,
    Identifier,
    Identifiers,
    Part,
    Quantity,
    Whole,
)
from tillbridge.domain.ledger.qualifying import Window
from tillbridge.domain.point_value import PointValue
from tillbridge.domain.sale import LineKind

_MOST_POINTS = 1_000_000_000
_MAX_EXAMPLES = 50

WholePoints = Annotated[Whole, Field(ge=0, le=_MOST_POINTS)]
SomePoints = Annotated[Whole, Field(ge=1, le=_MOST_POINTS)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class EarnRate(Part):
    """`points` for each `per_minor` minor units: 1 and 1000 are a point for every 10.00 DKK."""

    points: SomePoints
    per_minor: Annotated[AmountMinor, Field(ge=1)]
    minimum_minor: AmountMinor = Field(
        default=0, description="A sale with less that counts than this earns nothing."
    )


class EarnRules(Part):
    """What a sale earns. What is paid for its lines after all discounts counts; a gift card that is
    bought never does. The points of a sale are rounded once, when all is added up."""

    rates: Annotated[dict[CurrencyCode, EarnRate], Field(min_length=1, max_length=50)] = Field(
        description="By currency; a sale in another one earns nothing."
    )
    tax: Literal["included", "excluded"] = Field(
        default="included", description="Whether the tax in a price earns points."
    )
    rounding: Literal["down", "half_up", "up"] = "down"
    on_shipping: bool = Field(default=False, description="Whether shipping earns points.")
    on_deposits: bool = Field(default=False, description="Whether deposits earn points.")
    on_gift_card_payments: bool = Field(
        default=True, description="Whether what is paid with a gift card earns points."
    )
    exclude_products: Identifiers = Field(
        default=(), description="Products, or variants, that earn nothing."
    )
    exclude_categories: Identifiers = ()
    exclude_tags: Identifiers = ()


class Tier(Part):
    """What customers are who have earned so many points within the window."""

    code: Identifier
    label: Words
    points: WholePoints = Field(description="Needed within the window; 0: whoever has points.")
    multiplier_percent: Annotated[Whole, Field(ge=100, le=10_000)] = Field(
        default=100, description="Of the points a sale earns: 150 is one and a half times as many."
    )
    badge: Words | None = Field(
        default=None,
        description="For the till's screen, such as `VIP customer - expedited service`.",
    )


class TierRules(Part):
    """Tiers go up and down by what was earned within the window, before any multiplier."""

    window_months: Annotated[Whole, Field(ge=1, le=36)] | None = Field(
        default=None, description="The month it is, and so many months before it."
    )
    window_days: Annotated[Whole, Field(ge=1, le=92)] | None = Field(
        default=None, description="The day it is, and the days before it, so many in all."
    )
    levels: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=20)] = Field(
        description="The lowest first."
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> "TierRules":
        if (self.window_months is None) == (self.window_days is None):
            raise ValueError("give either `window_months` or `window_days`")
        for lower, higher in pairwise(self.levels):
            if higher.points <= lower.points:
                raise ValueError(f"the points of {higher.code} must be more than {lower.code}'s")
        if len({tier.code for tier in self.levels}) < len(self.levels):
            raise ValueError("each of `levels` has a code of its own")
        return self

    @property
    def window(self) -> Window:
        return Window(self.window_months, self.window_days)


class ExampleLine(Part):
    """A line of an example's sale: what was paid for it, with tax, after all discounts."""

    amount_minor: AmountMinor
    tax_minor: AmountMinor = 0
    kind: LineKind = LineKind.GOODS
    quantity: Quantity = Field(default=1, validate_default=True)
    product_id: Identifier | None = None
    variant_id: Identifier | None = None
    category: Identifier | None = None
    tags: Identifiers = ()


class ExampleSale(Part):
    currency: CurrencyCode
    lines: Annotated[tuple[ExampleLine, ...], Field(max_length=100)]
    gift_card_paid_minor: AmountMinor = 0
    is_voided: bool = False


class EarningExample(Part):
    """This sale, of a customer of this tier, earns so many points."""

    name: Words
    sale: ExampleSale
    tier: Identifier | None = None
    expect: WholePoints


class TierExample(Part):
    """Who has earned these points on these days is of this tier on that one."""

    name: Words
    earned: Annotated[dict[Day, WholePoints], Field(max_length=100)]
    on: Day
    expect: Identifier | None = Field(description="The tier's code, null for none.")


class ProgrammeExamples(Part):
    """The record's own tests: they are run before it goes live."""

    earning: Annotated[tuple[EarningExample, ...], Field(max_length=_MAX_EXAMPLES)] = ()
    tiers: Annotated[tuple[TierExample, ...], Field(max_length=_MAX_EXAMPLES)] = ()


class ProgrammeRecord(BaseModel):
    """The rules of the built-in ledger. Every member may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    schema_version: Literal[1] = 1
    provider: Literal["ledger"] = Field(
        default="ledger", description="Who keeps the points: the built-in ledger."
    )
    points_label: Words = Field(default="points", description="What customers call them.")
    hold_ttl_s: Whole = Field(
        default=900,
        ge=60,
        le=86_400,
        description="How long points stay held for a sale that nobody finishes, in seconds.",
    )
    points_good_for_days: Whole | None = Field(
        default=None,
        ge=1,
        le=3_650,
        description="How many days points are good, in the merchant's time zone; for ever, when "
        "left out.",
    )
    points_good_to_end_of: Literal["day", "month", "year"] = Field(
        default="day",
        description="Points are good to the end of the day, month or year they would expire in.",
    )
    refund_grace_days: Whole = Field(
        default=30,
        ge=0,
        le=3_650,
        description="How many days points are still good that come back after they have expired.",
    )
    point_values: dict[CurrencyCode, PointValue] = Field(
        default={},
        description="What points are worth where a till pays with them as with money (docs/"
        "kaching.md), by currency.",
    )
    earn: EarnRules | None = Field(
        default=None, description="What sales earn; nothing by themselves, when left out."
    )
    tiers: TierRules | None = None
    examples: ProgrammeExamples = ProgrammeExamples()

    @model_validator(mode="after")
    def _examples_can_be_run(self) -> "ProgrammeRecord":
        if self.examples.earning and self.earn is None:
            raise ValueError("examples.earning: there is no `earn` that they could be of")
        if self.examples.tiers and self.tiers is None:
            raise ValueError("examples.tiers: there are no `tiers` that they could be of")
        codes = {tier.code for tier in self.tiers.levels} if self.tiers else set()
        for number, example in enumerate(self.examples.earning):
            if example.tier is not None and example.tier not in codes:
                raise ValueError(f"examples.earning.{number}.tier: there is no such tier")
        return self
