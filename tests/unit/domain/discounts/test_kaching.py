"""Campaigns as Ka-ching's discount objects: what they say is what the engine gives, and what they
cannot say is told."""

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.discounts import a_campaign, a_case, a_line, amount_off, percentage
from tillbridge.domain.discounts.case import Basket, Case, Customer
from tillbridge.domain.discounts.compiled import compile_campaigns
from tillbridge.domain.discounts.conditions import Situation
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.kaching import Offered, expressed, offered
from tillbridge.domain.discounts.matching import IndexedBasket
from tillbridge.domain.discounts.record import campaign_of

GOLD = {"kind": "tier", "any_of": ["gold"]}


def offered_to(
    *campaigns: dict[str, Any], customer: dict[str, Any] | None = None, currency: str = "DKK"
) -> Offered:
    ready = compile_campaigns(map(campaign_of, campaigns), currency)
    who = Customer.model_validate({"id": "jane", **(customer or {})})
    basket = IndexedBasket(Basket(currency=currency, lines=()))
    now = a_case().as_of
    return offered(map(expressed, ready), Situation(basket, who, frozenset(), now))


def as_json(found: Offered) -> list[dict[str, Any]]:
    """As the till gets them: through JSON, in which a number is a double."""
    return list(json.loads(json.dumps([one.model_dump(mode="json") for one in found.objects])))


def tills_discount(objects: list[dict[str, Any]], case: Case) -> int:
    """Ka-ching's rules as its documentation words them: so much off what has a tag, or off a
    product from a count on, or another price for it, where that is less."""
    return sum(_one_discount(one, case) for one in objects)


def _one_discount(one: dict[str, Any], case: Case) -> int:
    lines = [
        line
        for line in case.basket.lines
        if line.product_id == one.get("product_id") or one.get("tag") in line.tags
    ]
    amounts = [line.unit_price_minor * int(line.quantity) for line in lines]
    if sum(line.quantity for line in lines) < one.get("count", 1):
        return 0
    if "percentage" in one:
        off = sum(amounts) * Decimal(str(one["percentage"]))
        return int(off.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    price_minor = Decimal(str(one["new_price_per_item"])) * 100
    return sum(
        max(0, amount - int(price_minor * line.quantity))
        for line, amount in zip(lines, amounts, strict=True)
    )


GOODS = st.fixed_dictionaries(
    {
        "product_id": st.sampled_from(["jumper", "socks"]),
        "unit_price_minor": st.integers(0, 100_000),
        "quantity": st.integers(1, 6),
        "tags": st.lists(st.sampled_from(["wool", "sale"]), max_size=2, unique=True),
    }
)
BASIS_POINTS = st.integers(1, 10_000)


@st.composite
def sayable_campaigns(draw: st.DrawFn) -> dict[str, Any]:
    by_tag = draw(st.booleans())
    selector = {"tags": ["wool"]} if by_tag else {"products": ["jumper"]}
    new_price = {"kind": "new_unit_price", "price": {"DKK": draw(st.integers(0, 100_000))}}
    percent = percentage(draw(BASIS_POINTS))
    count = draw(st.integers(1, 5))
    campaign = a_campaign(
        selector=selector,
        benefit=percent if by_tag else draw(st.sampled_from([percent, new_price])),
    )
    if not by_tag and draw(st.booleans()):
        at_least = {"kind": "selected_quantity", "selector": selector, "at_least": count}
        campaign["condition"] = {"kind": "all", "of": [{"kind": "customer_present"}, at_least]}
    return campaign


@pytest.mark.requirement("K4")
@given(sayable_campaigns(), st.lists(GOODS, max_size=5))
def test_the_till_works_out_what_the_engine_gives(
    campaign: dict[str, Any], goods: list[dict[str, Any]]
) -> None:
    lines = [{"id": str(number), **one} for number, one in enumerate(goods)]
    case = Case.model_validate(
        {
            "basket": {"currency": "DKK", "lines": lines},
            "customer": {"id": "jane"},
            "campaigns": [campaign],
            "as_of": "2026-11-25T12:00:00Z",
        }
    )
    found = offered_to(campaign)

    assert found.not_expressed == {}
    assert tills_discount(as_json(found), case) == evaluate(case).discount_minor


@given(BASIS_POINTS)
def test_a_percentage_comes_through_json_as_it_was(basis_points: int) -> None:
    campaign = a_campaign(selector={"tags": ["wool"]}, benefit=percentage(basis_points))

    (one,) = as_json(offered_to(campaign))

    assert Decimal(str(one["percentage"])) * 10_000 == basis_points


@given(st.integers(0, 10**12), st.sampled_from([("DKK", 2), ("JPY", 0), ("JOD", 3)]))
def test_a_price_comes_through_json_as_it_was(price_minor: int, currency: tuple[str, int]) -> None:
    code, decimals = currency
    benefit = {"kind": "new_unit_price", "price": {code: price_minor}}

    (one,) = as_json(
        offered_to(a_campaign(selector={"products": ["a"]}, benefit=benefit), currency=code)
    )

    assert Decimal(str(one["new_price_per_item"])) * 10**decimals == price_minor


def test_the_objects_are_exactly_the_documented_ones() -> None:
    jumper: dict[str, Any] = {"products": ["jumper"]}
    three = {"kind": "selected_quantity", "selector": jumper, "at_least": 3}
    price = {"kind": "new_unit_price", "price": {"DKK": 4_200}}
    common = {"name": "Week 42", "display_name": "Jumpers", "priority": 40}
    found = offered_to(
        {**a_campaign("a", selector={"tags": ["wool"]}, benefit=percentage(4_200)), **common},
        {**a_campaign("b", selector=jumper, benefit=percentage(4_200), condition=three), **common},
        {**a_campaign("c", selector=jumper, benefit=price), **common},
        {**a_campaign("d", selector=jumper, benefit=price, condition=three), **common},
    )

    assert as_json(found) == [
        {"id": "a:wool", **common, "type": "percentage_discount-tag", "tag": "wool"}
        | {"percentage": 0.42},
        {"id": "b:jumper", **common}
        | {"type": "percentage_discount-count_or_more-single_product", "product_id": "jumper"}
        | {"percentage": 0.42, "count": 3},
        {"id": "c:jumper", **common, "type": "new_price_discount-single_product"}
        | {"product_id": "jumper", "new_price_per_item": 42.0},
        {"id": "d:jumper", **common}
        | {"type": "new_price_discount-count_or_more-single_product", "product_id": "jumper"}
        | {"new_price_per_item": 42.0, "count": 3},
    ]


def test_several_products_are_several_objects_with_ids_that_stay() -> None:
    selector = {"products": ["a.b", "c/d"]}

    objects = as_json(offered_to(a_campaign("spring", selector=selector)))

    assert [one["id"] for one in objects] == ["spring:a%2Eb", "spring:c%2Fd"]
    assert [one["product_id"] for one in objects] == ["a.b", "c/d"]


def test_several_tags_are_several_objects_and_their_overlap_is_told() -> None:
    found = offered_to(a_campaign(selector={"tags": ["wool", "sale"]}))

    assert len(found.objects) == 2
    assert found.not_expressed == {"c": ("tags_may_overlap",)}


@pytest.mark.parametrize(("tier", "count"), [("gold", 1), ("silver", 0), (None, 0)])
def test_whether_the_customer_may_have_it_is_decided_here(tier: str | None, count: int) -> None:
    campaign = a_campaign(condition=GOLD, selector={"tags": ["wool"]})

    found = offered_to(campaign, customer={"tier": tier})

    assert (len(found.objects), found.not_expressed) == (count, {})


def test_what_could_not_be_read_is_told_and_gives_nothing() -> None:
    campaign = a_campaign(
        condition={"kind": "nth_order", "n": 5}, selector={"products": ["jumper"]}
    )

    found = offered_to(campaign, customer={"history": None})

    assert (found.objects, found.not_expressed) == ((), {"c": ("history_unavailable",)})


JUMPER: dict[str, Any] = {"selector": {"products": ["jumper"]}}
NEW_PRICE = {"kind": "new_unit_price", "price": {"DKK": 1}}
OR_MORE: dict[str, Any] = {"kind": "selected_quantity", "at_least": 2}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({**JUMPER, "limits": [{"uses": 1}]}, ("limits",)),
        ({**JUMPER, "caps": {"max_units": 1}}, ("caps",)),
        ({**JUMPER, "combination": {"exclusive": True}}, ("combination",)),
        ({**JUMPER, "shops": ["aarhus"]}, ("shops",)),
        ({}, ("selector",)),
        ({"selector": {"categories": ["x"]}}, ("selector.categories", "selector")),
        (
            {"selector": {"products": ["a"], "exclude_tags": ["b"]}},
            ("selector.exclude_tags",),
        ),
        ({**JUMPER, "benefit": amount_off(500)}, ("benefit.amount_off",)),
        (
            {
                "selector": {"tags": ["a"]},
                "benefit": {"kind": "new_unit_price", "price": {"DKK": 1}},
            },
            ("selector.tags", "selector"),
        ),
        (
            {**JUMPER, "condition": {"kind": "basket_subtotal", "at_least": {"DKK": 1}}},
            ("condition.basket_subtotal",),
        ),
        ({**JUMPER, "condition": {"kind": "code", "any_of": ["x"]}}, ("condition.code",)),
        ({**JUMPER, "condition": OR_MORE}, ("condition.selected_quantity",)),
        (
            {
                "selector": {"tags": ["wool"]},
                "condition": {**OR_MORE, "selector": {"tags": ["wool"]}},
            },
            ("condition.selected_quantity",),
        ),
        (
            {**JUMPER, "condition": {"kind": "any", "of": [GOLD, {**OR_MORE, **JUMPER}]}},
            ("condition.any",),
        ),
    ],
)
def test_what_no_object_can_say_is_told_and_gives_nothing(
    changes: dict[str, Any], why: tuple[str, ...]
) -> None:
    found = offered_to(a_campaign(**changes), customer={"tier": "gold"})

    assert (found.objects, found.not_expressed) == ((), {"c": why})


def test_a_line_of_the_model_till_costs_what_it_does_here() -> None:
    """The model of the till is not so lenient that anything would agree with it."""
    case = a_case(a_line("1", 1_000, product_id="jumper"), campaigns=())
    said = [{"product_id": "jumper", "percentage": 0.1, "count": 1}]

    assert tills_discount(said, case) == 100
    assert tills_discount([{**said[0], "count": 2}], case) == 0
