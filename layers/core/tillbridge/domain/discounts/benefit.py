"""What a campaign gives, as it is written.

A *unit* is one piece; a line whose quantity is not whole (weighed goods) is one unit. Benefits that
pick units go by the unit's price as given, ties by line id.
"""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tillbridge.domain.discounts.fields import (
    Amounts,
    BasisPoints,
    Count,
    Identifier,
    Part,
    Quantity,
)
from tillbridge.domain.discounts.selector import Selector

Pick = Literal["cheapest", "dearest"]


class Percentage(Part):
    """So much of what the selected lines still cost, or of what they cost as they came. Computed on
    their sum, rounded half up once, and shared among them."""

    kind: Literal["percentage"]
    basis_points: BasisPoints
    base: Literal["running", "original"] = "running"


class AmountOff(Part):
    """So much off: once, shared by price; or off each line; or off each unit (or kilogram)."""

    kind: Literal["amount_off"]
    amount: Amounts
    per: Literal["order", "line", "unit"] = "order"


class NewUnitPrice(Part):
    """The selected lines cost so much per unit (or kilogram), where that is less."""

    kind: Literal["new_unit_price"]
    price: Amounts


class BuyXGetY(Part):
    """For each `buy` units, `get` units of the same lines (or of `get_selector`'s) are cheaper.
    Units that are bought are not among those that are given."""

    kind: Literal["buy_x_get_y"]
    buy: Count
    get: Count
    basis_points: BasisPoints = 10_000
    pick: Pick = "cheapest"
    get_selector: Selector | None = None


class NForM(Part):
    """Of each `n` units, `m` are paid."""

    kind: Literal["n_for_m"]
    n: Count
    m: Count
    pick: Pick = "cheapest"

    @model_validator(mode="after")
    def _gives(self) -> "NForM":
        if self.m >= self.n:
            raise ValueError("`m` must be less than `n`")
        return self


class BundlePart(Part):
    """So many units of these lines. A unit serves the first part that can use it."""

    selector: Selector
    quantity: Count = 1


class BundlePrice(Part):
    """One of each part, together for a price; as often as the basket holds them and it is less. The
    dearest units are taken first. The campaign's own selector narrows every part."""

    kind: Literal["bundle_price"]
    parts: Annotated[tuple[BundlePart, ...], Field(min_length=1, max_length=20)]
    price: Amounts


class Tier(Part):
    """From this quantity or amount of the selected lines on, this benefit."""

    at_least_quantity: Quantity | None = None
    at_least_amount: Amounts | None = None
    benefit: Annotated[Percentage | AmountOff | NewUnitPrice, Field(discriminator="kind")]


class Tiered(Part):
    """The highest tier that is reached, by the quantity of the selected lines or by what they came
    to."""

    kind: Literal["tiered"]
    by: Literal["quantity", "amount"]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _rising(self) -> "Tiered":
        for tier in self.tiers:
            given = tier.at_least_quantity, tier.at_least_amount
            if (given[0] is None) != (self.by == "amount") or (given[1] is None) != (
                self.by == "quantity"
            ):
                raise ValueError(f"every tier needs `at_least_{self.by}`, and nothing else")
        for lower, higher in pairwise(self.tiers):
            if not _is_above(higher, lower):
                raise ValueError("tiers must rise, in every currency and in the same currencies")
        return self


def _is_above(higher: Tier, lower: Tier) -> bool:
    if higher.at_least_quantity and lower.at_least_quantity:
        return higher.at_least_quantity > lower.at_least_quantity
    above, below = higher.at_least_amount or {}, lower.at_least_amount or {}
    return above.keys() == below.keys() and all(above[c] > below[c] for c in above)


class FreeProduct(Part):
    """So many units of a product are free once they are in the basket. The campaign's selector does
    not narrow it."""

    kind: Literal["free_product"]
    product_id: Identifier
    quantity: Count = 1


Benefit = Annotated[
    Percentage | AmountOff | NewUnitPrice | BuyXGetY | NForM | BundlePrice | Tiered | FreeProduct,
    Field(discriminator="kind"),
]
