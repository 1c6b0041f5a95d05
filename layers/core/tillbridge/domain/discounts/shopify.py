"""A sale's discounts as calls that a Shopify POS extension makes on its cart (docs/discounts.md).

Every amount is a `FixedAmount`: what Shopify would make of a percentage is its own rounding, and
the customer was told ours. A line's discount is per unit there, and a cart has one discount of its
own: what does not fit is told, with the amount.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, Field

from tillbridge.domain.discounts.benefit import AmountOff, Percentage
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket, Line
from tillbridge.domain.discounts.fields import AmountMinor, Part
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.discounts.selector import EVERY_LINE
from tillbridge.domain.discounts.units import amount_text

_TITLE_CHARACTERS = 255

NotAppliedCode: TypeAlias = Literal[
    "cart_discount_exists",
    "line_discount_exists",
    "indivisible",
    "not_whole_units",
    "exceeds_total",
]
# Another name, or another type, does nothing at all there, and no error says so.
CartApi: TypeAlias = Literal[
    "applyCartDiscount",
    "addCartCodeDiscount",
    "bulkSetLineItemDiscounts",
    "removeCartDiscount",
    "addCartProperties",
    "setCustomer",
    "addLineItem",
]
DiscountType: TypeAlias = Literal["Percentage", "FixedAmount", "Code"]
_FIXED: DiscountType = "FixedAmount"


class PointsOff(Part):
    """What points that were redeemed for this sale take off it."""

    title: str = Field(min_length=1, max_length=_TITLE_CHARACTERS)
    amount_minor: AmountMinor


class ShopifyCart(Part):
    """What of the cart decides how discounts get into it. A basket's line ids are then the line
    items' `uuid`s."""

    has_discount: bool = Field(default=False, description="`cart.cartDiscount` is set.")
    points_off: PointsOff | None = Field(
        default=None,
        description="A redemption for this sale: it goes into the same cart discount.",
    )


class PosAction(BaseModel):
    """One call on `shopify.cart`, its arguments in their order."""

    api: CartApi
    args: list[Any]


class NotApplied(BaseModel):
    """A part of the discounts that these calls do not bring into the cart."""

    code: NotAppliedCode
    amount_minor: int
    line_id: str | None = None


class CartChanges(NamedTuple):
    """The calls to make, in their order, and what they leave out."""

    pos_actions: list[PosAction]
    not_applied: list[NotApplied]


def cart_changes(
    basket: Basket, campaigns: Iterable[Campaign], evaluation: Evaluation, cart: ShopifyCart
) -> CartChanges:
    """What brings the evaluation into the cart. A campaign that takes something off everything goes
    on the cart while that has no discount, any other on its lines."""
    plan = _Plan(basket.currency, cart)
    of_cart = {campaign.id for campaign in campaigns if _is_of_cart(campaign)}
    costing = {line.line_id for line in evaluation.lines if line.amount_minor}
    on_lines: dict[str, list[_Titled]] = defaultdict(list)
    for outcome in evaluation.campaigns:
        takes_all = outcome.campaign_id in of_cart and outcome.shares.keys() == costing
        if outcome.applied and takes_all and not cart.has_discount:
            plan.put_on_cart(_Titled(outcome.display_name, outcome.discount_minor))
            continue
        for line_id, share in outcome.shares.items():
            on_lines[line_id].append(_Titled(outcome.display_name, share))
    if cart.points_off is not None:
        plan.put_points(cart.points_off, evaluation.total_minor)
    for line in basket.lines:
        if parts := on_lines.get(line.id):
            plan.put_on_line(line, parts)
    return plan.changes()


def _is_of_cart(campaign: Campaign) -> bool:
    benefit = campaign.benefit
    is_once = isinstance(benefit, AmountOff) and benefit.per == "order"
    return campaign.selector == EVERY_LINE and (is_once or isinstance(benefit, Percentage))


class _Titled(NamedTuple):
    title: str
    amount_minor: int


class _Plan:
    def __init__(self, currency: str, cart: ShopifyCart) -> None:
        self._currency = currency
        self._cart = cart
        self._on_cart: list[_Titled] = []
        self._items: list[dict[str, Any]] = []
        self._rests: dict[str, int] = {}
        self._not_applied: list[NotApplied] = []

    def put_on_cart(self, part: _Titled) -> None:
        if self._cart.has_discount:
            self._leave_out("cart_discount_exists", part.amount_minor)
        elif part.amount_minor:
            self._on_cart.append(part)

    def put_points(self, points: PointsOff, at_most_minor: int) -> None:
        amount_minor = min(points.amount_minor, at_most_minor)
        if points.amount_minor > amount_minor:
            self._leave_out("exceeds_total", points.amount_minor - amount_minor)
        self.put_on_cart(_Titled(points.title, amount_minor))

    def put_on_line(self, line: Line, parts: Sequence[_Titled]) -> None:
        amount_minor = sum(part.amount_minor for part in parts)
        if line.discounted:
            # Ours would take the place of the cashier's.
            self._leave_out("line_discount_exists", amount_minor, line.id)
        elif line.quantity != int(line.quantity):
            self._put_weighed(line, parts, amount_minor)
        else:
            per_unit_minor, rest = divmod(amount_minor, int(line.quantity))
            if per_unit_minor:
                self._items.append(
                    {
                        "lineItemUuid": line.id,
                        "lineItemDiscount": {
                            "title": _title(parts),
                            "type": _FIXED,
                            "amount": amount_text(per_unit_minor, self._currency),
                        },
                    }
                )
            if rest:
                self._rests[line.id] = rest

    def changes(self) -> CartChanges:
        actions = []
        if self._items:
            actions.append(PosAction(api="bulkSetLineItemDiscounts", args=[self._items]))
        if self._on_cart:
            # It is there already, and takes up what does not divide.
            amount = sum(part.amount_minor for part in self._on_cart) + sum(self._rests.values())
            args = [_FIXED, _title(self._on_cart), amount_text(amount, self._currency)]
            actions.append(PosAction(api="applyCartDiscount", args=args))
        else:
            for line_id, rest in self._rests.items():
                self._leave_out("indivisible", rest, line_id)
        return CartChanges(actions, self._not_applied)

    def _put_weighed(self, line: Line, parts: Sequence[_Titled], amount_minor: int) -> None:
        if self._cart.has_discount:
            self._leave_out("not_whole_units", amount_minor, line.id)
        else:
            self._on_cart += parts

    def _leave_out(
        self, code: NotAppliedCode, amount_minor: int, line_id: str | None = None
    ) -> None:
        left_out = NotApplied(code=code, amount_minor=amount_minor, line_id=line_id)
        self._not_applied.append(left_out)


def _title(parts: Iterable[_Titled]) -> str:
    """Each name once."""
    return " + ".join(dict.fromkeys(part.title for part in parts))[:_TITLE_CHARACTERS]
