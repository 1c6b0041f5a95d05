"""What the customer's screen offers of the merchant's campaigns."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_line
from tests.support.gateway import Gateway
from tests.support.screen import (
    CUSTOMER,
    READING,
    ScreenShop,
    a_screen_gateway,
    screen_shop_in,
)
from tillbridge.domain.caller import Scope

GOLD = {"kind": "tier", "any_of": ["gold"]}
SPEND = {"kind": "basket_subtotal", "at_least": {"DKK": 50_000}}
CAMPAIGNS = [
    a_campaign("gold", display_name="Gold", condition=GOLD),
    a_campaign("spend", display_name="Large", condition={"kind": "all", "of": [GOLD, SPEND]}),
    a_campaign("tenth", condition={"kind": "nth_order", "n": 10}),
    a_campaign("anybody"),
]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_screen_gateway() as gateway:
        yield gateway


@pytest.fixture
def shop(gateway: Gateway) -> ScreenShop:
    return screen_shop_in(gateway)


def discounts(screen: Any) -> dict[str, Any]:
    return {one["id"]: one for one in screen["actions"] if one["kind"] == "discount"}


@pytest.mark.requirement("S4", "S19")
def test_campaigns_that_ask_who_it_is_are_offered_with_why_not(shop: ScreenShop) -> None:
    shop.open(*READING, campaigns=CAMPAIGNS)
    shop.earn(1_240)  # gold

    offered = discounts(shop.screen(subtotal="449.00"))

    assert [(one["label"], one["eligible"]) for one in offered.values()] == [
        ("Apply Gold: 10% off", True),
        ("Apply Large: 10% off", False),
        ("Apply tenth: 10% off", False),
    ]
    assert offered["discount:spend"]["reason"] == {
        "code": "below_subtotal",
        "message": "Needs a basket of 500.00 DKK: missing 51.00 DKK.",
        "facts": {"missing_minor": 5_100, "required_minor": 50_000, "currency": "DKK"},
    }
    # The system counts 17 orders.
    assert offered["discount:tenth"]["reason"]["facts"] == {"order_number": 18, "n": 10}


@pytest.mark.requirement("S1")
@pytest.mark.parametrize(
    ("basket", "code"),
    [
        ({}, "no_basket"),
        ({"subtotal": "0"}, "basket_empty"),
        ({"subtotal": "10.00", "item_count": "0"}, "basket_empty"),
        ({"subtotal": "10.00", "editable": "false"}, "basket_locked"),
        # Points alone give way to a discount by hand.
        ({"subtotal": "10.00", "has_discount": "true"}, None),
    ],
)
def test_a_discount_says_what_the_sale_lacks(
    shop: ScreenShop, basket: dict[str, str], code: str | None
) -> None:
    shop.open(*READING, campaigns=CAMPAIGNS)
    shop.earn(1_240)

    offered = discounts(shop.screen(**basket))["discount:gold"]

    assert offered["eligible"] is (code is None)
    assert offered.get("reason", {}).get("code") == code


def test_an_offer_can_be_had_as_it_is_offered(shop: ScreenShop) -> None:
    shop.open(*READING, campaigns=CAMPAIGNS)
    shop.earn(1_240)
    call = discounts(shop.screen(subtotal="449.00"))["discount:gold"]["call"]
    basket = {"currency": "DKK", "lines": [a_line("1", 44_900)]}

    answer = shop.gateway.call(
        call["method"],
        call["path"],
        shop.token,
        body={**call["body"], "basket": basket, "store_id": "aarhus", "sale_ref": "sale-1"},
        headers={"Idempotency-Key": shop.new_key()},
    )

    assert answer.status == 201, answer.text
    assert answer.json()["message"].startswith("Discounts held for Jane Doe's sale: ")
    given = {one["campaign_id"] for one in answer.json()["decision"]["campaigns"]}
    assert "gold" in given


def test_a_till_without_the_scope_sees_what_it_may_not_do(shop: ScreenShop) -> None:
    shop.open(*READING, campaigns=CAMPAIGNS, scopes=frozenset({Scope.LOOKUP}))

    offered = discounts(shop.screen(subtotal="449.00"))

    assert {one["reason"]["code"] for one in offered.values()} == {"scope_missing"}


def test_a_history_that_cannot_be_read_is_said_and_campaigns_too(shop: ScreenShop) -> None:
    shop.open(campaigns=CAMPAIGNS)
    shop.put("DISCOUNTS", {"strategy": "of a later release"})
    assert discounts(shop.screen(subtotal="449.00")) == {}
    codes = [one["code"] for one in shop.screen()["limitations"]]
    assert "campaigns_misconfigured" in codes


@pytest.mark.requirement("S15")
def test_a_campaign_that_cannot_be_read_is_said_and_the_others_are_offered(
    shop: ScreenShop,
) -> None:
    shop.open(*READING, campaigns=CAMPAIGNS)
    shop.put("CAMPAIGN#later", {"benefit": "of a later release"})

    screen = shop.screen(subtotal="449.00")

    assert [one["message"] for one in screen["limitations"]] == [
        "Campaigns that could not be used: later."
    ]
    assert "discount:gold" in discounts(screen)


def test_who_has_no_history_gets_no_campaign_that_asks_for_it(shop: ScreenShop) -> None:
    shop.open(campaigns=CAMPAIGNS)

    offered = discounts(shop.screen(subtotal="449.00"))

    assert offered["discount:tenth"]["reason"]["code"] == "history_unavailable"
    assert CUSTOMER not in str(offered["discount:tenth"]["reason"])
