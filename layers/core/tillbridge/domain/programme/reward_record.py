"""The `REWARD#<id>` record: what points buy (docs/programme.md). These models are its schema."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tillbridge.domain.discounts.fields import (
    AmountMinor,
    Amounts,
    BasisPoints,
    Count,
    CurrencyCode,
    Identifier,
    Identifiers,
    Instant,
    Part,
)
from tillbridge.domain.programme.record import SomePoints, WholePoints, Words

RewardId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class AmountOff(Part):
    """So much off the sale, by currency."""

    kind: Literal["amount_off"]
    amount: Amounts


class PercentOff(Part):
    """So much of the sale's subtotal off."""

    kind: Literal["percentage"]
    basis_points: BasisPoints = Field(description="Hundredths of a per cent: 1000 is 10 %.")


class FreeProduct(Part):
    """So many of a product, free."""

    kind: Literal["free_product"]
    product_id: Identifier
    product_label: Words | None = Field(
        default=None, description="For the reward's label; default: the product's id."
    )
    quantity: Count = 1


Gain = Annotated[AmountOff | PercentOff | FreeProduct, Field(discriminator="kind")]


class Choice(Part):
    """The customer chooses the points, and what they give grows with them."""

    min_points: SomePoints
    max_points: SomePoints | None = None
    step_points: SomePoints = Field(default=1, description="From `min_points` on, in such steps.")

    @model_validator(mode="after")
    def _leaves_a_choice(self) -> "Choice":
        if self.max_points is not None and self.max_points < self.min_points:
            raise ValueError("`max_points` must not be less than `min_points`")
        return self


class Valid(Part):
    """From `from` on and before `until`."""

    begin: Instant | None = Field(default=None, alias="from")
    until: Instant | None = None

    @model_validator(mode="after")
    def _ever(self) -> "Valid":
        if self.begin is not None and self.until is not None and self.begin >= self.until:
            raise ValueError("`from` must be before `until`")
        return self


class ExampleHolder(Part):
    """Who asks for the reward, when, and for which sale."""

    available: WholePoints
    tier: Identifier | None = None
    at: Instant | None = Field(default=None, description="Default: while it is valid.")
    currency: CurrencyCode | None = None
    subtotal_minor: AmountMinor | None = None
    points: SomePoints | None = Field(default=None, description="What is chosen.")


class ExampleAward(Part):
    """What comes of it: points and, where it is known, their worth; or the code of the reason why
    not."""

    points: SomePoints | None = None
    amount_minor: AmountMinor | None = None
    reason: str | None = None


class RewardExample(Part):
    name: Words
    given: ExampleHolder
    expect: ExampleAward


class RewardRecord(Part):
    """One reward: so many points for a gain; with `choice`, as many as the customer likes for a
    gain in proportion."""

    id: RewardId
    schema_version: Literal[1] = 1
    enabled: bool = True
    label: Words | None = Field(
        default=None,
        description="Default: made of cost and gain, `Redeem 100 points for 5.00 off`.",
    )
    points: SomePoints = Field(description="What the gain costs.")
    gain: Gain
    choice: Choice | None = None
    minimum_subtotal: Amounts | None = Field(
        default=None, description="The sale must come to so much, in minor units by currency."
    )
    maximum_value: Amounts | None = Field(
        default=None, description="No more than so much off, in minor units by currency."
    )
    valid: Valid = Valid()
    tiers: Identifiers = Field(default=(), description="For these alone; empty: for all.")
    currencies: tuple[CurrencyCode, ...] = Field(
        default=(), description="In these alone; empty: in those it names amounts in, or in any."
    )
    examples: Annotated[tuple[RewardExample, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "RewardRecord":
        if self.choice is not None and not isinstance(self.gain, AmountOff):
            raise ValueError("`choice` goes with a gain of the kind amount_off")
        if isinstance(self.gain, AmountOff) and min(self.gain.amount.values()) == 0:
            raise ValueError("gain.amount: 0 is no reward")
        if isinstance(self.gain, FreeProduct) and self.maximum_value is not None:
            raise ValueError("`maximum_value` goes with money off: a product has no value here")
        for name, amounts in self._amounts():
            if missing := self.named_currencies - amounts.keys():
                raise ValueError(f"{name} has no amount in {min(missing)}")
        return self

    @property
    def named_currencies(self) -> frozenset[str]:
        """The currencies in which it can be had; empty for any."""
        if self.currencies:
            return frozenset(self.currencies)
        return frozenset(next((amounts for _, amounts in self._amounts()), ()))

    def _amounts(self) -> Iterator[tuple[str, Amounts]]:
        if isinstance(self.gain, AmountOff):
            yield "gain.amount", self.gain.amount
        if self.minimum_subtotal is not None:
            yield "minimum_subtotal", self.minimum_subtotal
        if self.maximum_value is not None:
            yield "maximum_value", self.maximum_value
