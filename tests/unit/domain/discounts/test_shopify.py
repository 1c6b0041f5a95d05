"""Discounts as calls on a Shopify POS cart: exact literals, and every minor unit accounted for."""

import re
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.discounts import a_campaign, a_case, a_line, amount_off, cases, percentage
from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.shopify import (
    CartChanges,
    DiscountType,
    ShopifyCart,
    cart_changes,
)
from tillbridge.domain.money import exponent

DECIMALS = {"DKK": 2, "JPY": 0, "JOD": 3}


def changes_of(case: Case, **cart: Any) -> CartChanges:
    given_cart = ShopifyCart.model_validate(cart)
    return cart_changes(case.basket, case.campaigns, evaluate(case), given_cart)


def calls(changes: CartChanges) -> list[tuple[Any, ...]]:
    return [(action.api, *action.args) for action in changes.pos_actions]


def on_line(line_id: str, title: str, amount: str) -> dict[str, Any]:
    discount = {"title": title, "type": "FixedAmount", "amount": amount}
    return {"lineItemUuid": line_id, "lineItemDiscount": discount}


class Cart:
    """Shopify's cart as its documentation has it: a fixed amount on a line is per unit, one on the
    cart is once; a type that is not known does nothing."""

    def __init__(self, case: Case) -> None:
        self.units = {line.id: line.quantity for line in case.basket.lines}
        self.scale = 10 ** exponent(case.basket.currency)
        self.discount_minor = Decimal(0)
        self.cart_discounts = 0

    def play(self, changes: CartChanges) -> None:
        for action in changes.pos_actions:
            getattr(self, action.api)(*action.args)

    def applyCartDiscount(self, kind: str, _title: str, amount: str) -> None:  # noqa: N802
        self.cart_discounts += 1
        self._take(kind, amount, Decimal(1))

    def bulkSetLineItemDiscounts(self, items: list[dict[str, Any]]) -> None:  # noqa: N802
        for item in items:
            discount = item["lineItemDiscount"]
            self._take(discount["type"], discount["amount"], self.units[item["lineItemUuid"]])

    def _take(self, kind: str, amount: str, units: Decimal) -> None:
        if kind == "FixedAmount":
            self.discount_minor += Decimal(amount) * self.scale * units


@pytest.mark.requirement("S4")
@given(cases(campaigns=20), st.booleans(), st.integers(0, 5_000))
def test_the_cart_gets_all_but_what_is_told(
    drawn: dict[str, Any], has_discount: bool, points_minor: int
) -> None:
    case = Case.model_validate(drawn)
    points = {"title": "Points", "amount_minor": points_minor}
    changes = changes_of(case, has_discount=has_discount, points_off=points)
    cart = Cart(case)

    cart.play(changes)

    left_out = sum(one.amount_minor for one in changes.not_applied)
    assert cart.discount_minor + left_out == evaluate(case).discount_minor + points_minor
    assert cart.cart_discounts <= (0 if has_discount else 1)
    assert cart.discount_minor <= evaluate(case).subtotal_minor


@given(cases(campaigns=20))
def test_amounts_are_texts_with_the_currencys_decimals(drawn: dict[str, Any]) -> None:
    case = Case.model_validate(drawn)
    decimals = DECIMALS[case.basket.currency]
    shape = re.compile(rf"\d+\.\d{{{decimals}}}" if decimals else r"\d+")

    for action in changes_of(case).pos_actions:
        items = action.args[0] if action.api == "bulkSetLineItemDiscounts" else []
        amounts = [item["lineItemDiscount"]["amount"] for item in items] or [action.args[2]]
        assert all(shape.fullmatch(amount) for amount in amounts)


@pytest.mark.requirement("S4")
def test_types_are_the_three_that_shopify_knows() -> None:
    assert get_args(DiscountType) == ("Percentage", "FixedAmount", "Code")


def test_what_is_off_everything_goes_on_the_cart_and_the_rest_on_its_lines() -> None:
    socks = a_campaign("socks", selector={"products": ["product-2"]}, benefit=percentage(5_000))
    case = a_case(
        a_line("1", 1_000), a_line("2", 500, quantity=2), campaigns=(a_campaign("all"), socks)
    )

    assert calls(changes_of(case)) == [
        ("bulkSetLineItemDiscounts", [on_line("2", "socks", "2.25")]),
        ("applyCartDiscount", "FixedAmount", "all", "2.00"),
    ]


def test_points_and_discount_are_one_cart_discount() -> None:
    changes = changes_of(a_case(), points_off={"title": "100 points", "amount_minor": 500})

    assert calls(changes) == [("applyCartDiscount", "FixedAmount", "c + 100 points", "6.00")]


def test_a_cart_that_has_a_discount_gets_ours_on_its_lines_and_points_are_told() -> None:
    points = {"title": "100 points", "amount_minor": 500}

    changes = changes_of(a_case(), has_discount=True, points_off=points)

    assert calls(changes) == [("bulkSetLineItemDiscounts", [on_line("1", "c", "1.00")])]
    (left_out,) = changes.not_applied
    assert (left_out.code, left_out.amount_minor) == ("cart_discount_exists", 500)


SOCKS = a_campaign("c", selector={"products": ["product-1"]}, benefit=amount_off(1_000))


def test_what_does_not_divide_by_the_units_is_told() -> None:
    changes = changes_of(a_case(a_line("1", 1_000, quantity=3), campaigns=(SOCKS,)))

    assert calls(changes) == [("bulkSetLineItemDiscounts", [on_line("1", "c", "3.33")])]
    (left_out,) = changes.not_applied
    assert left_out.model_dump() == {"code": "indivisible", "amount_minor": 1, "line_id": "1"}


def test_what_does_not_divide_goes_on_a_cart_discount_that_is_there_anyway() -> None:
    case = a_case(a_line("1", 1_000, quantity=3), campaigns=(SOCKS,))

    changes = changes_of(case, points_off={"title": "Points", "amount_minor": 500})

    assert calls(changes)[1] == ("applyCartDiscount", "FixedAmount", "Points", "5.01")
    assert changes.not_applied == []


def test_weighed_goods_are_discounted_on_the_cart() -> None:
    case = a_case(a_line("1", 1_000, quantity="1.5"), campaigns=(SOCKS,))

    assert calls(changes_of(case)) == [("applyCartDiscount", "FixedAmount", "c", "10.00")]
    (left_out,) = changes_of(case, has_discount=True).not_applied
    assert (left_out.code, left_out.amount_minor) == ("not_whole_units", 1_000)


def test_a_cashiers_own_discount_on_a_line_stays() -> None:
    changes = changes_of(a_case(a_line("1", 2_000, discounted=True), campaigns=(SOCKS,)))

    assert changes.pos_actions == []
    (left_out,) = changes.not_applied
    assert (left_out.code, left_out.amount_minor, left_out.line_id) == (
        "line_discount_exists",
        1_000,
        "1",
    )


def test_points_take_off_no_more_than_the_sale_costs() -> None:
    changes = changes_of(a_case(), points_off={"title": "Points", "amount_minor": 2_000})

    assert calls(changes) == [("applyCartDiscount", "FixedAmount", "c + Points", "10.00")]
    (left_out,) = changes.not_applied
    assert (left_out.code, left_out.amount_minor) == ("exceeds_total", 1_100)


def test_no_discount_is_no_call() -> None:
    assert changes_of(a_case(campaigns=())) == CartChanges([], [])


def test_a_line_of_a_shopify_cart_is_named_by_its_uuid() -> None:
    line = a_line(str(UUID(int=1)))
    basket = {"currency": "DKK", "lines": [line, {**line, "id": "2"}]}

    EvaluationRequest.model_validate({"basket": basket})
    with pytest.raises(ValidationError, match=r"basket\.lines\.1\.id.*uuid"):
        EvaluationRequest.model_validate({"basket": basket, "shopify": {}})
