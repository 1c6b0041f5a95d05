"""The conditions of a campaign as they are written: a tree over a closed list of predicates.

Windows of days end at the instant of the evaluation. Thresholds look at the basket as it came, not
at what earlier campaigns left of it, so that no condition depends on another campaign.
"""

from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from tillbridge.domain.discounts.fields import Amounts, Count, Identifier, Part, Quantity, Whole
from tillbridge.domain.discounts.selector import EVERY_LINE, Selector

Days = Annotated[Whole, Field(ge=1, le=36_500)]
Ranged = TypeVar("Ranged", "_CountRange", "_AmountRange", "SelectedQuantity")
Values = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=1_000)]


class All(Part):
    """Every one of them holds; an empty list holds."""

    kind: Literal["all"]
    of: Annotated[tuple["Condition", ...], Field(max_length=50)]


class Any(Part):
    """One of them holds at least."""

    kind: Literal["any"]
    of: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=50)]


class Not(Part):
    """It does not hold. What is unknown stays unknown."""

    kind: Literal["not"]
    of: "Condition"


class CustomerPresent(Part):
    """A customer is on the sale."""

    kind: Literal["customer_present"]


class CustomerIn(Part):
    """The customer has one of these tiers, groups or tags."""

    kind: Literal["tier", "group", "customer_tag"]
    any_of: Values


class MemberFor(Part):
    """The customer joined at least so many days ago."""

    kind: Literal["member_for"]
    days: Days


class MemberSince(Part):
    """The customer joined on this day or before."""

    kind: Literal["member_since"]
    on_or_before: date


def _has_a_bound(given: Ranged) -> Ranged:
    if given.at_least is None and given.at_most is None:
        raise ValueError("give `at_least`, `at_most` or both")
    return given


class _CountRange(Part):
    at_least: Annotated[Whole, Field(ge=0)] | None = None
    at_most: Annotated[Whole, Field(ge=0)] | None = None

    _bounded = model_validator(mode="after")(_has_a_bound)


class _AmountRange(Part):
    at_least: Amounts | None = Field(default=None, description="Minor units by currency.")
    at_most: Amounts | None = Field(default=None, description="Minor units by currency.")

    _bounded = model_validator(mode="after")(_has_a_bound)


class OrderCount(_CountRange):
    """How many orders the customer has placed, ever or within so many days."""

    kind: Literal["order_count"]
    within_days: Days | None = None


class TotalSpent(_AmountRange):
    """What the customer has spent, ever or within so many days, in the basket's currency."""

    kind: Literal["total_spent"]
    within_days: Days | None = None


class LastPurchase(Part):
    """The last order lies within so many days, or lies further back (and there was one)."""

    kind: Literal["last_purchase"]
    within_days: Days | None = None
    not_within_days: Days | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "LastPurchase":
        if (self.within_days is None) == (self.not_within_days is None):
            raise ValueError("give either `within_days` or `not_within_days`")
        return self


class Birthday(Part):
    """The birthday is at most so many days ahead, or so many days past. A 29 February counts as
    1 March in other years."""

    kind: Literal["birthday"]
    days_before: Annotated[Whole, Field(ge=0, le=182)] = 0
    days_after: Annotated[Whole, Field(ge=0, le=182)] = 0


class NthOrder(Part):
    """This sale is the customer's n-th order, or every n-th."""

    kind: Literal["nth_order"]
    n: Count
    every: bool = False


class CodeEntered(Part):
    """One of these codes was entered; case does not matter."""

    kind: Literal["code"]
    any_of: Values


class BasketSubtotal(_AmountRange):
    """What all lines that are sold come to, gift cards included."""

    kind: Literal["basket_subtotal"]


class ItemCount(_CountRange):
    """How many items are sold; a line whose quantity is not whole (weighed goods) is one item."""

    kind: Literal["item_count"]


class SelectedQuantity(Part):
    """How much the selected lines sell, in their own units: pieces, or the weight as given."""

    kind: Literal["selected_quantity"]
    selector: Selector = EVERY_LINE
    at_least: Quantity | None = None
    at_most: Quantity | None = None

    _bounded = model_validator(mode="after")(_has_a_bound)


class SelectedAmount(_AmountRange):
    """What the selected lines come to."""

    kind: Literal["selected_amount"]
    selector: Selector = EVERY_LINE


class DistinctProducts(_CountRange):
    """How many different products the selected lines hold."""

    kind: Literal["distinct_products"]
    selector: Selector = EVERY_LINE


Condition = Annotated[
    All
    | Any
    | Not
    | CustomerPresent
    | CustomerIn
    | MemberFor
    | MemberSince
    | OrderCount
    | TotalSpent
    | LastPurchase
    | Birthday
    | NthOrder
    | CodeEntered
    | BasketSubtotal
    | ItemCount
    | SelectedQuantity
    | SelectedAmount
    | DistinctProducts,
    Field(discriminator="kind"),
]
