"""Redemptions by reward: cost and gain are worked out on the account as it is, once, and what was
decided stands whatever the merchant changes."""

from typing import Any

import pytest

from tests.support.loyalty import CUSTOMER, LoyaltyShop, a_redemption_request
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.errors import (
    IdempotencyMismatch,
    InsufficientPoints,
    NotEnrolled,
    RewardNotAvailable,
)

FIVE_OFF: dict[str, Any] = {
    "id": "five-off",
    "points": 100,
    "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
}
AS_MANY = {**FIVE_OFF, "id": "as-many", "choice": {"min_points": 100, "step_points": 50}}
TENTH_OFF = {"id": "tenth", "points": 80, "gain": {"kind": "percentage", "basis_points": 1_000}}


@pytest.fixture
def shop() -> LoyaltyShop:
    shop = LoyaltyShop()
    shop.offer(FIVE_OFF, AS_MANY, TENTH_OFF)
    shop.earn(300)
    return shop


def redeem(shop: LoyaltyShop, reward_id: str, key: str | None = None, **changes: Any) -> Receipt:
    asked = {"points": None, "reward_id": reward_id, "currency_code": "DKK", **changes}
    return shop.redeem(key, **asked)


def refused(shop: LoyaltyShop, reward_id: str, **changes: Any) -> RewardNotAvailable:
    with pytest.raises(RewardNotAvailable) as error:
        redeem(shop, reward_id, **changes)
    return error.value


def test_a_reward_costs_and_gives_what_its_record_says(shop: LoyaltyShop) -> None:
    redemption = redeem(shop, "five-off").redemption

    assert (redemption.points, redemption.state) == (100, State.HELD)
    assert redemption.reward == {
        "reward_id": "five-off",
        "label": "Redeem 100 points for 5.00 off",
        "kind": "amount_off",
        "amount_minor": 500,
        "currency": "DKK",
    }
    assert (shop.account().available, shop.account().held) == (200, 100)


def test_what_was_decided_is_said_again_whatever_the_merchant_changes(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    first = redeem(shop, "five-off", key)
    shop.offer({**FIVE_OFF, "points": 1, "gain": {"kind": "amount_off", "amount": {"DKK": 1}}})

    again = redeem(shop, "five-off", key)
    shop.offer()
    retired = redeem(shop, "five-off", key)

    assert again.replayed
    assert again.redemption == retired.redemption == first.redemption


def test_a_refund_still_says_what_the_points_were_for(shop: LoyaltyShop) -> None:
    burnt = redeem(shop, "five-off", mode="burn")
    shop.offer()

    refund = shop.refund(burnt, 40)

    assert (refund.redemption.refundable, refund.redemption.reward) == (60, burnt.redemption.reward)
    assert shop.account().available == 240


def test_the_customer_chooses_how_many_points(shop: LoyaltyShop) -> None:
    redemption = redeem(shop, "as-many", points=250).redemption

    assert (redemption.points, redemption.reward["amount_minor"]) == (250, 1_250)


def test_a_percentage_is_of_what_the_sale_comes_to(shop: LoyaltyShop) -> None:
    redemption = redeem(shop, "tenth", subtotal_minor=12_345).redemption

    assert redemption.reward["amount_minor"] == 1_235


@pytest.mark.parametrize(
    ("reward_id", "asked", "reason"),
    [
        ("nothing", {}, "unknown_reward"),
        ("five-off", {"points": 50}, "points_fixed"),
        ("five-off", {"currency_code": "EUR"}, "other_currency"),
        ("as-many", {}, "points_not_chosen"),
        ("as-many", {"points": 120}, "points_not_offered"),
        ("as-many", {"points": 300, "subtotal_minor": 700}, "more_than_needed"),
        ("tenth", {}, "subtotal_unknown"),
        ("tenth", {"subtotal_minor": 0}, "no_value"),
    ],
)
def test_a_reward_that_cannot_be_had_is_refused_with_the_reason(
    shop: LoyaltyShop, reward_id: str, asked: dict[str, Any], reason: str
) -> None:
    error = refused(shop, reward_id, **asked)

    assert error.facts["reason"] == reason
    assert error.words.startswith("Unable to process - ")
    assert shop.account().available == 300


def test_a_refusal_stands_for_its_key_though_the_reward_comes_back(shop: LoyaltyShop) -> None:
    shop.offer()
    key = shop.new_key()
    first = refused(shop, "five-off", key=key)
    shop.offer(FIVE_OFF)

    again = refused(shop, "five-off", key=key)

    assert (first.replayed, again.replayed) == (False, True)
    anew = redeem(shop, "five-off", supersedes=str(first.facts["operation_ref"]))
    assert anew.redemption.state is State.HELD


def test_a_reward_that_is_switched_off_is_none(shop: LoyaltyShop) -> None:
    shop.offer({**FIVE_OFF, "enabled": False})

    assert refused(shop, "five-off").facts["reason"] == "unknown_reward"


def test_too_few_points_are_refused_as_without_a_reward(shop: LoyaltyShop) -> None:
    shop.offer({**FIVE_OFF, "points": 301})

    with pytest.raises(InsufficientPoints) as error:
        redeem(shop, "five-off")

    assert (error.value.facts["points"], error.value.facts["available"]) == (301, 300)


def test_a_reward_needs_an_account(shop: LoyaltyShop) -> None:
    with pytest.raises(NotEnrolled):
        redeem(shop, "five-off", customer_id="C-2")


def test_a_reward_for_a_tier_is_for_who_is_of_it() -> None:
    shop = LoyaltyShop()
    shop.run_programme(
        tiers={"window_days": 30, "levels": [{"code": "gold", "label": "Gold", "points": 200}]}
    )
    shop.offer({**FIVE_OFF, "tiers": ["gold"]})
    shop.earn(150)

    assert refused(shop, "five-off").facts["needs"] == "gold"

    shop.earn(50)
    assert redeem(shop, "five-off", sale_ref="sale-2").redemption.state is State.HELD


def test_one_key_is_for_one_reward(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    redeem(shop, "five-off", key)

    with pytest.raises(IdempotencyMismatch):
        redeem(shop, "as-many", key, points=100)
    with pytest.raises(IdempotencyMismatch):
        shop.redeem(key, points=100)


def test_the_merchants_currency_is_meant_where_the_till_names_none(shop: LoyaltyShop) -> None:
    shop.offer({**FIVE_OFF, "gain": {"kind": "amount_off", "amount": {"DKK": 500, "EUR": 70}}})

    assert refused(shop, "five-off", currency_code=None).facts["reason"] == "currency_unknown"
    request = a_redemption_request(
        points=None, reward_id="five-off", currency_code="EUR", sale_ref="sale-2"
    )
    receipt = shop.redemptions.redeem(shop.caller, shop.new_key(), request)
    assert receipt.redemption.reward["currency"] == "EUR"


@pytest.mark.parametrize(
    "asked", [{"points": None}, {"currency_code": "DKK"}, {"subtotal_minor": 1}]
)
def test_a_request_says_points_or_a_reward(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="reward_id"):
        a_redemption_request(**asked)


def test_a_journal_entry_names_the_reward(shop: LoyaltyShop) -> None:
    redeem(shop, "five-off")

    entries = shop.points.history(shop.caller, CUSTOMER, 10, None).entries
    assert {"five-off", None} == {entry.get("reward_id") for entry in entries}
