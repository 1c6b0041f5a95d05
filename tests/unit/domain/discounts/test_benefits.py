"""What comes off, line by line, for every benefit, cap and limit."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.discounts import (
    a_campaign,
    a_case,
    a_line,
    amount_off,
    line_discounts,
    outcome_of,
    percentage,
)
from tillbridge.domain.discounts.engine import evaluate

CHEAP, DEAR = a_line("1", 500, quantity=2, tags=["a"]), a_line("2", 1_000, tags=["b"])
TAG_A, TAG_B = {"tags": ["a"]}, {"tags": ["b"]}


def shares(campaign: dict[str, Any], *lines: dict[str, Any], **case: Any) -> dict[str, int]:
    """What one campaign takes off each line of 2 x 5.00 and 1 x 10.00, or of others."""
    return outcome_of(a_case(*(lines or (CHEAP, DEAR)), campaigns=(campaign,), **case)).shares


@pytest.mark.parametrize(
    ("benefit", "expected"),
    [
        (percentage(1_250), {"1": 125, "2": 125}),
        (percentage(10_000), {"1": 1_000, "2": 1_000}),
        (amount_off(501), {"1": 251, "2": 250}),
        (amount_off(9_999), {"1": 1_000, "2": 1_000}),
        (amount_off(300, per="line"), {"1": 300, "2": 300}),
        (amount_off(300, per="unit"), {"1": 600, "2": 300}),
        ({"kind": "new_unit_price", "price": {"DKK": 400}}, {"1": 200, "2": 600}),
        ({"kind": "new_unit_price", "price": {"DKK": 600}}, {"2": 400}),
        ({"kind": "buy_x_get_y", "buy": 2, "get": 1}, {"1": 500}),
        ({"kind": "buy_x_get_y", "buy": 2, "get": 1, "pick": "dearest"}, {"2": 1_000}),
        ({"kind": "buy_x_get_y", "buy": 1, "get": 2, "basis_points": 5_000}, {"1": 500}),
        ({"kind": "n_for_m", "n": 3, "m": 2}, {"1": 500}),
        ({"kind": "n_for_m", "n": 3, "m": 1, "pick": "dearest"}, {"1": 500, "2": 1_000}),
        ({"kind": "free_product", "product_id": "product-1"}, {"1": 500}),
        ({"kind": "free_product", "product_id": "product-1", "quantity": 9}, {"1": 1_000}),
        (
            {
                "kind": "bundle_price",
                "parts": [{"selector": TAG_A, "quantity": 2}, {"selector": TAG_B}],
                "price": {"DKK": 1_500},
            },
            {"1": 250, "2": 250},
        ),
        (
            {
                "kind": "tiered",
                "by": "quantity",
                "tiers": [
                    {"at_least_quantity": 1, "benefit": percentage(500)},
                    {"at_least_quantity": 3, "benefit": percentage(1_000)},
                    {"at_least_quantity": 4, "benefit": percentage(2_000)},
                ],
            },
            {"1": 100, "2": 100},
        ),
        (
            {
                "kind": "tiered",
                "by": "amount",
                "tiers": [{"at_least_amount": {"DKK": 2_000}, "benefit": amount_off(10)}],
            },
            {"1": 5, "2": 5},
        ),
    ],
)
def test_each_benefit_gives_what_it_says(benefit: dict[str, Any], expected: dict[str, int]) -> None:
    assert shares(a_campaign(benefit=benefit)) == expected


def test_given_units_may_be_others_than_those_bought() -> None:
    benefit = {"kind": "buy_x_get_y", "buy": 2, "get": 1, "get_selector": TAG_B}

    assert shares(a_campaign(selector=TAG_A, benefit=benefit)) == {"2": 1_000}


@pytest.mark.parametrize(
    ("benefit", "missing"),
    [
        ({"kind": "buy_x_get_y", "buy": 3, "get": 2}, 1),
        ({"kind": "buy_x_get_y", "buy": 2, "get": 1, "get_selector": {"tags": ["c"]}}, 1),
        ({"kind": "n_for_m", "n": 5, "m": 4}, 2),
        ({"kind": "free_product", "product_id": "mug"}, 1),
        (
            {
                "kind": "bundle_price",
                "parts": [{"selector": TAG_A, "quantity": 3}],
                "price": {"DKK": 1},
            },
            1,
        ),
    ],
)
def test_it_says_how_many_units_are_missing(benefit: dict[str, Any], missing: int) -> None:
    outcome = outcome_of(a_case(CHEAP, DEAR, campaigns=(a_campaign(benefit=benefit),)))

    assert [reason[:2] for reason in outcome.reasons] == [("too_few_units", missing)]


def test_a_bundle_is_sold_as_often_as_the_basket_holds_it() -> None:
    parts = [{"selector": TAG_A}, {"selector": TAG_B}]
    bundle = {"kind": "bundle_price", "parts": parts, "price": {"DKK": 900}}
    lines = (a_line("1", 500, quantity=3, tags=["a"]), a_line("2", 600, quantity=2, tags=["b"]))

    assert sum(shares(a_campaign(benefit=bundle), *lines).values()) == 400


def test_weighed_goods_are_priced_by_weight_and_picked_whole() -> None:
    apples = a_line("1", 2_995, quantity="0.345")  # 10.33 DKK

    assert shares(a_campaign(benefit=percentage(1_000)), apples) == {"1": 103}
    assert shares(a_campaign(benefit=amount_off(1_000, per="unit")), apples) == {"1": 345}
    assert shares(a_campaign(benefit={"kind": "n_for_m", "n": 2, "m": 1}), apples, DEAR) == {
        "2": 1_000
    }


@pytest.mark.parametrize(
    ("remainder", "expected"),
    [
        ("largest", {"1": 34, "2": 33, "3": 33}),
        ("first", {"1": 34, "2": 33, "3": 33}),
        ("last", {"1": 33, "2": 33, "3": 34}),
    ],
)
def test_the_odd_unit_goes_where_the_settings_say(remainder: str, expected: dict[str, int]) -> None:
    lines = [a_line(line_id, 1_000) for line_id in "321"]
    campaign = a_campaign(benefit=amount_off(100))

    assert shares(campaign, *lines, settings={"remainder": remainder}) == expected


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 33), ("DKK", 33), ("JOD", 33)])
def test_amounts_are_minor_units_in_every_currency(currency: str, expected: int) -> None:
    case = a_case(
        a_line("1", 333),
        campaigns=(a_campaign(benefit=percentage(1_000)),),
        basket={"currency": currency},
    )

    assert evaluate(case).discount_minor == expected


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        ({"caps": {"max_amount": {"DKK": 101}}}, {"1": 51, "2": 50}),
        ({"caps": {"max_units": 1}}, {"1": 250}),
        ({"caps": {"max_units": 3}}, {"1": 500, "2": 500}),
        ({"caps": {"floor_unit_price": {"DKK": 450}}}, {"1": 100, "2": 500}),
        ({"caps": {"floor_unit_price": {"DKK": 500}}}, {"2": 500}),
        (
            {"caps": {"floor_unit_price": {"DKK": 500}}, "benefit": amount_off(400)},
            {"2": 400},
        ),
        ({"limits": [{"spend": {"DKK": 700}}]}, {"1": 350, "2": 350}),
    ],
)
def test_caps_and_budgets_end_a_discount(
    campaign: dict[str, Any], expected: dict[str, int]
) -> None:
    half = {"benefit": percentage(5_000), **campaign}

    assert shares(a_campaign(**half)) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"products": ["product-1"]}, {"1"}),
        ({"variants": ["blue"]}, {"2"}),
        ({"tags": ["a", "b"]}, {"1", "2"}),
        ({"tags": ["a", "b"], "categories": ["shoes"]}, {"2"}),
        ({"exclude_tags": ["a"]}, {"2", "3"}),
        ({"exclude_products": ["product-2"], "exclude_categories": ["x"]}, {"1", "3"}),
        ({"min_unit_price": {"DKK": 600}}, {"2", "3"}),
        ({"max_unit_price": {"DKK": 999}}, {"1"}),
        ({"exclude_discounted": True}, {"1", "2"}),
        ({"exclude_gift_cards": False}, {"1", "2", "3", "4"}),
    ],
)
def test_a_selector_finds_its_lines(selector: dict[str, Any], expected: set[str]) -> None:
    lines = (
        CHEAP,
        {**DEAR, "variant_id": "blue", "categories": ["shoes"]},
        a_line("3", 1_000, discounted=True),
        a_line("4", 500, gift_card=True, tags=["a"]) if "exclude_gift_cards" in selector else CHEAP,
        a_line("5", 1_000, returned=True),
    )
    unique = {line["id"]: line for line in lines}.values()

    assert shares(a_campaign(selector=selector), *unique).keys() == expected


def test_gift_cards_and_returned_lines_are_left_alone() -> None:
    card, back = a_line("3", 500, gift_card=True), a_line("4", 500, returned=True)
    result = evaluate(a_case(CHEAP, card, back))

    assert line_discounts(result) == {"1": 100, "3": 0}
    assert result.subtotal_minor == 1_500


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        ({"uses": 5}, ("limit_reached", "uses", "campaign", "month")),
        ({"spent_minor": 10_000}, ("limit_reached", "spend", "campaign", "month")),
    ],
)
def test_a_limit_that_is_reached_ends_it(usage: dict[str, int], reason: tuple[str, ...]) -> None:
    limits = [{"period": "month", "uses": 5, "spend": {"DKK": 10_000}}]
    used = {"campaign_id": "c", "period": "month", **usage}

    outcome = outcome_of(a_case(campaigns=(a_campaign(limits=limits),), usage=[used]))

    assert outcome.reasons == (reason,)


def test_a_limit_per_customer_needs_a_customer() -> None:
    limits = [{"scope": "customer", "uses": 1}]

    assert outcome_of(a_case(campaigns=(a_campaign(limits=limits),))).reasons == (
        ("customer_missing",),
    )


@pytest.mark.parametrize(
    ("period", "key"),
    [
        ("ever", ""),
        ("day", "2026-01-01"),
        ("week", "2026-W01"),
        ("month", "2026-01"),
        ("year", "2026"),
    ],
)
def test_it_says_what_it_uses_up_on_the_merchants_calendar(period: str, key: str) -> None:
    campaign = a_campaign(limits=[{"period": period, "uses": 5}])
    case = a_case(
        campaigns=(campaign,),
        as_of="2025-12-31T23:30:00Z",
        settings={"time_zone": "Europe/Copenhagen"},
    )

    (used,) = evaluate(case).consumes

    assert (used.period_key, used.uses, used.spend_minor) == (key, 1, 100)


def test_a_record_may_come_from_a_table_with_all_numbers_decimal() -> None:
    campaign = a_campaign(priority=Decimal(3), benefit=percentage(Decimal(5_000)))

    assert shares(campaign, a_line("1", Decimal(10))) == {"1": 5}


def test_limits_of_one_scope_and_period_share_a_counter() -> None:
    campaign = a_campaign(limits=[{"uses": 5}, {"spend": {"DKK": 1_000}}, {"uses": 9}])

    (used,) = evaluate(a_case(campaigns=(campaign,))).consumes

    assert (used.uses, used.spend_minor) == (1, 100)
