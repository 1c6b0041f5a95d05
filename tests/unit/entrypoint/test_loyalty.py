"""Loyalty's answers: words with the customer and the change, and nothing that is not known."""

from typing import Any

import pytest

from tests.support.loyalty import CUSTOMER, LoyaltyShop
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.loyalty_requests import AccrualRequest, CaptureRequest, RefundRequest
from tillbridge.domain.programme import Standing
from tillbridge.domain.programme.rewards import Basket
from tillbridge.entrypoint.loyalty import (
    loyalty_answer,
    page_after,
    points_answer,
    redemption_answer,
    refund_answer,
)
from tillbridge.errors import InvalidRequest, RewardNotAvailable

VIP = {"code": "vip", "label": "VIP", "points": 100, "badge": "Expedited service"}
TIERS = {"window_months": 12, "levels": [VIP, {"code": "gold", "label": "Gold", "points": 500}]}
FIVE_OFF: dict[str, Any] = {
    "id": "five-off",
    "points": 100,
    "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
}


def standing(shop: LoyaltyShop) -> Standing:
    return shop.points.standing(shop.caller, CUSTOMER)


def loyalty(shop: LoyaltyShop, **sale: Any) -> dict[str, Any]:
    basket = Basket(**sale)
    offered = shop.offer_rewards(shop.caller.tenant_id, standing(shop), basket)
    body: dict[str, Any] = loyalty_answer(standing(shop), offered, Entries(())).body
    return body


@pytest.fixture
def shop() -> LoyaltyShop:
    shop = LoyaltyShop()
    shop.earn(150)
    return shop


def test_a_success_names_the_customer_and_the_change(shop: LoyaltyShop) -> None:
    jane = {"customer_name": "Jane Doe"}
    held = shop.redeem()
    captured = shop.capture(held)
    request = RefundRequest(points=40, refund_ref="r", **jane)
    accrual = AccrualRequest(points=5, store_id="shop", order_ref="o", **jane)
    booked = shop.points.accrue(shop.caller, CUSTOMER, accrual)

    assert [
        redemption_answer(held, CaptureRequest(**jane)).body["message"],
        redemption_answer(captured, CaptureRequest(**jane)).body["message"],
        refund_answer(shop.refund(held, 40), 40, request).body["message"],
        points_answer(booked, "points_earned", accrual).body["message"],
        points_answer(shop.adjust(-3), "points_adjusted", accrual).body["message"],
    ] == [
        "100 points held for Jane Doe",
        "100 points redeemed for Jane Doe",
        "40 points given back to Jane Doe",
        "5 points added for Jane Doe",
        "3 points taken from Jane Doe",
    ]


def test_a_replay_is_marked(shop: LoyaltyShop) -> None:
    key = shop.new_key()

    assert redemption_answer(shop.redeem(key)).headers == {}
    assert redemption_answer(shop.redeem(key)).headers == {"Idempotent-Replayed": "true"}


def test_what_is_not_known_is_left_out(shop: LoyaltyShop) -> None:
    tombstone = redemption_answer(shop.void_unanswered(idempotency_key="k" * 20)).body

    assert tombstone["state"] == "voided"
    assert not {"store_id", "sale_ref", "held_until", "account", "refusal"} & tombstone.keys()


def test_of_a_customer_who_is_not_enrolled_nothing_else_is_said() -> None:
    shop = LoyaltyShop()
    shop.run_programme(tiers=TIERS)
    shop.offer(FIVE_OFF)

    assert loyalty(shop) == {"enrolled": False, "entries": []}


def test_what_the_programme_does_not_have_is_left_out(shop: LoyaltyShop) -> None:
    assert loyalty(shop).keys() == {"enrolled", "points_label", "account", "lots", "entries"}


def test_a_customer_has_a_tier_a_next_one_and_rewards_with_reasons() -> None:
    shop = LoyaltyShop()
    shop.run_programme(tiers=TIERS, points_label="stars")
    shop.offer(FIVE_OFF, {**FIVE_OFF, "id": "dear", "points": 400})
    shop.earn(150)

    known = loyalty(shop, currency="DKK")

    assert known["points_label"] == "stars"
    assert known["tier"] == {"code": "vip", "label": "VIP", "badge": "Expedited service"}
    assert (known["tier_points"], known["next_tier"]) == (
        150,
        {"code": "gold", "label": "Gold", "points_needed": 350},
    )
    assert known["rewards"] == [
        {
            "reward_id": "five-off",
            "label": "Redeem 100 stars for 5.00 off",
            "kind": "amount_off",
            "points": 100,
            "amount_minor": 500,
            "currency": "DKK",
            "eligible": True,
        },
        {
            "reward_id": "dear",
            "label": "Redeem 400 stars for 5.00 off",
            "kind": "amount_off",
            "points": 400,
            "eligible": False,
            "reason": {
                "code": "insufficient_points",
                "message": "It needs 400 stars, 250 more.",
                "facts": {"points": 400, "available": 150, "missing": 250},
            },
        },
    ]


def test_a_choice_ends_where_the_points_or_the_sale_do() -> None:
    shop = LoyaltyShop()
    choice = {"min_points": 100, "step_points": 50}
    shop.offer({**FIVE_OFF, "choice": choice})
    shop.earn(480)

    (all_points,) = loyalty(shop, currency="DKK")["rewards"]
    (small_sale,) = loyalty(shop, currency="DKK", subtotal_minor=1_200)["rewards"]

    assert all_points["choice"] == {"min_points": 100, "max_points": 450, "step_points": 50}
    assert small_sale["choice"]["max_points"] == 250


def test_a_redemption_says_what_it_costs_and_what_it_gives(shop: LoyaltyShop) -> None:
    mug = {"kind": "free_product", "product_id": "p-1", "product_label": "enamel mug"}
    shop.offer(FIVE_OFF, {"id": "mug", "points": 40, "gain": mug})
    jane = CaptureRequest(customer_name="Jane Doe")
    off = shop.redeem(points=None, reward_id="five-off", currency_code="DKK")
    free = shop.redeem(points=None, reward_id="mug", sale_ref="sale-2", mode="burn")

    assert redemption_answer(off, jane).body["message"] == (
        "100 points held for Jane Doe: 5.00 DKK off"
    )
    assert redemption_answer(shop.capture(off), jane).body["message"] == (
        "100 points redeemed for Jane Doe: 5.00 DKK off"
    )
    assert redemption_answer(free, jane).body["message"] == (
        "40 points redeemed for Jane Doe: 1 free enamel mug"
    )


@pytest.mark.requirement("S11")
def test_points_are_called_as_the_merchant_calls_them(shop: LoyaltyShop) -> None:
    shop.run_programme(points_label="stars")
    shop.offer(FIVE_OFF)
    held = shop.redeem(points=None, reward_id="five-off", currency_code="DKK")
    accrual = AccrualRequest(points=5, store_id="shop", order_ref="o")
    booked = shop.points.accrue(shop.caller, CUSTOMER, accrual)
    refund = RefundRequest(points=40, refund_ref="r")

    answer = redemption_answer(held).body

    assert answer["message"] == "100 stars held for the customer: 5.00 DKK off"
    assert answer["reward"]["label"] == "Redeem 100 stars for 5.00 off"
    assert points_answer(booked, "points_earned", accrual).body["message"] == (
        "5 stars added for the customer"
    )
    shop.run_programme(points_label="coins")
    captured = shop.capture(held)
    assert refund_answer(shop.refund(captured, 40), 40, refund).body["message"] == (
        "40 stars given back to the customer"
    )


@pytest.mark.requirement("S11")
def test_a_reward_is_refused_in_the_merchants_word_for_points(shop: LoyaltyShop) -> None:
    shop.run_programme(points_label="stars")
    shop.offer(FIVE_OFF)

    with pytest.raises(RewardNotAvailable) as refused:
        shop.redeem(points=90, reward_id="five-off", currency_code="DKK")

    assert refused.value.detail == "It costs 100 stars, no more and no less."


def test_the_next_page_begins_where_this_one_says(shop: LoyaltyShop) -> None:
    shop.earn(1)
    page = shop.points.history(shop.caller, CUSTOMER, 1, None)

    cursor = loyalty_answer(standing(shop), (), page).body["next"]

    assert page_after(cursor) == page.following
    assert page_after(None) is None


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA==", "e30=", "eyJzayI6IDEsICJhdCI6ICIifQ=="])
def test_a_page_that_was_made_up_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="before"):
        page_after(cursor)
