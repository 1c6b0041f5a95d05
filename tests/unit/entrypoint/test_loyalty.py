"""Loyalty's answers: words with the customer and the change, and nothing that is not known."""

import pytest

from tests.support.loyalty import CUSTOMER, LoyaltyShop
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.loyalty_requests import AccrualRequest, CaptureRequest, RefundRequest
from tillbridge.entrypoint.loyalty import (
    loyalty_answer,
    page_after,
    points_answer,
    redemption_answer,
    refund_answer,
)
from tillbridge.errors import InvalidRequest


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
    assert loyalty_answer(None, Entries(())).body == {"enrolled": False, "entries": []}


def test_the_next_page_begins_where_this_one_says(shop: LoyaltyShop) -> None:
    shop.earn(1)
    page = shop.points.history(shop.caller, CUSTOMER, 1, None)

    cursor = loyalty_answer(shop.account(), page).body["next"]

    assert page_after(cursor) == page.following
    assert page_after(None) is None


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA==", "e30=", "eyJzayI6IDEsICJhdCI6ICIifQ=="])
def test_a_page_that_was_made_up_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="before"):
        page_after(cursor)
