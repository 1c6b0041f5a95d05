"""Points that come and go without a redemption."""

import pytest
from pydantic import ValidationError

from tests.support.loyalty import CUSTOMER, LoyaltyShop
from tillbridge.domain.loyalty_requests import AdjustmentRequest
from tillbridge.errors import (
    AccrualNotFound,
    IdempotencyMismatch,
    InsufficientPoints,
    InvalidRequest,
    NotReversible,
)

DAY_S = 24 * 60 * 60


@pytest.fixture
def shop() -> LoyaltyShop:
    return LoyaltyShop()


def test_an_order_earns_once_whatever_is_sent_with_it(shop: LoyaltyShop) -> None:
    shop.earn(100, "order")
    shop.earn(100, "order")

    assert shop.account().available == 100
    with pytest.raises(IdempotencyMismatch):
        shop.earn(101, "order")


def test_two_shops_may_count_their_orders_alike(shop: LoyaltyShop) -> None:
    shop.earn(100, "1001")
    shop.earn(30, "1001", store_id="another shop")

    assert shop.account().available == 130


def test_an_answer_that_was_lost_is_given_again_after_the_points_are_over(
    shop: LoyaltyShop,
) -> None:
    shop.earn(10, "order", expires_on="2026-11-26")
    shop.clock.now_s += 3 * DAY_S

    shop.earn(10, "order", expires_on="2026-11-26")

    assert shop.account().available == 0


def test_points_are_good_for_as_long_as_the_programme_says(shop: LoyaltyShop) -> None:
    shop.earn(1)
    shop.run_programme(points_good_for_days=30)
    shop.earn(2)
    shop.earn(4, expires_on="2027-01-31")

    assert shop.account().lots == {"never": 1, "2026-12-25": 2, "2027-01-31": 4}


def test_points_that_are_over_already_are_refused(shop: LoyaltyShop) -> None:
    with pytest.raises(InvalidRequest, match="expires_on"):
        shop.earn(1, expires_on="2026-11-24")


def test_a_return_takes_back_in_parts_what_the_order_earned(shop: LoyaltyShop) -> None:
    shop.earn(100, "order")

    assert shop.take_back("order", 30, "a").delta == -30
    assert shop.take_back("order", 30, "a").replayed
    with pytest.raises(IdempotencyMismatch):
        shop.take_back("order", 31, "a")
    with pytest.raises(NotReversible) as refused:
        shop.take_back("order", 71, "b")
    assert refused.value.facts["reversible"] == 70
    assert shop.take_back("order", None, "b").delta == -70
    assert shop.take_back("order", None, "b").replayed
    with pytest.raises(NotReversible):
        shop.take_back("order", None, "c")
    assert shop.account().balance == 0
    assert shop.balances_hold()


def test_a_return_takes_from_the_lot_that_the_order_filled(shop: LoyaltyShop) -> None:
    shop.earn(50, "first", expires_on="2026-12-01")
    shop.earn(50, "second", expires_on="2026-12-31")

    shop.take_back("second", 20)

    assert shop.account().lots == {"2026-12-01": 50, "2026-12-31": 30}


def test_what_is_spent_before_the_return_becomes_a_debt(shop: LoyaltyShop) -> None:
    shop.earn(100, "order")
    shop.redeem(points=80, mode="burn")

    shop.take_back("order")

    assert (shop.account().available, shop.account().debt) == (0, 80)
    shop.earn(100)
    assert (shop.account().available, shop.account().debt) == (20, 0)
    assert shop.balances_hold()


def test_an_order_that_earned_nothing_has_nothing_to_take_back(shop: LoyaltyShop) -> None:
    with pytest.raises(AccrualNotFound):
        shop.take_back("order")


def test_the_first_points_open_the_account(shop: LoyaltyShop) -> None:
    assert shop.points.account(shop.caller, CUSTOMER) is None

    shop.adjust(10)

    assert shop.account().available == 10


def test_an_adjustment_is_made_once_per_key(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    shop.adjust(10, key)

    assert shop.adjust(10, key).replayed
    assert shop.account().available == 10
    with pytest.raises(IdempotencyMismatch):
        shop.adjust(11, key)
    with pytest.raises(IdempotencyMismatch):
        shop.points.adjust(shop.caller, key, "C-2", an_adjustment(10))


def an_adjustment(points: int) -> AdjustmentRequest:
    return AdjustmentRequest(points=points, reason="goodwill", staff_id="staff-7")


def test_no_more_is_taken_than_there_is_and_never_later(shop: LoyaltyShop) -> None:
    shop.earn(5)
    key = shop.new_key()
    for replayed in (False, True):
        with pytest.raises(InsufficientPoints) as refused:
            shop.adjust(-6, key)
        assert refused.value.replayed is replayed
        assert refused.value.facts["available"] == 5
        shop.earn(5)

    assert shop.account().available == 15


def test_the_journal_says_who_did_it_and_why(shop: LoyaltyShop) -> None:
    shop.earn(10)
    shop.clock.now_s += 1
    shop.adjust(-4)

    latest, first = shop.points.history(shop.caller, CUSTOMER, 10, None).entries

    assert first["kind"] == "earn"
    assert {name: latest[name] for name in ("kind", "delta", "reason", "staff_id", "actor")} == {
        "kind": "adjust",
        "delta": -4,
        "reason": "goodwill",
        "staff_id": "staff-7",
        "actor": shop.caller.principal,
    }


def test_a_history_is_read_page_by_page_without_a_gap(shop: LoyaltyShop) -> None:
    for n in range(1, 8):
        shop.earn(n)
        shop.clock.now_s += 1
    deltas, before = [], None
    while True:
        page = shop.points.history(shop.caller, CUSTOMER, 3, before)
        deltas += [entry["delta"] for entry in page.entries]
        before = page.following
        if before is None:
            break

    assert deltas == [7, 6, 5, 4, 3, 2, 1]


def test_what_expired_is_not_shown_before_it_is_written_off(shop: LoyaltyShop) -> None:
    shop.earn(10, expires_on="2026-11-25")
    shop.earn(3)
    shop.clock.now_s += DAY_S

    assert (shop.account().available, shop.account().lots) == (3, {"never": 3})


def test_points_that_are_put_in_have_the_last_day_that_is_asked_for(shop: LoyaltyShop) -> None:
    shop.run_programme(points_good_for_days=30)
    shop.adjust(1)
    shop.adjust(2, expires_on="2027-01-31")
    shop.adjust(4, expires_on="never")

    assert shop.account().lots == {"2026-12-25": 1, "2027-01-31": 2, "never": 4}


def test_an_adjustment_whose_points_are_over_is_refused_unless_it_was_made_before(
    shop: LoyaltyShop,
) -> None:
    key = shop.new_key()
    shop.adjust(5, key, expires_on="2026-11-26")
    shop.clock.now_s += 3 * DAY_S

    assert shop.adjust(5, key, expires_on="2026-11-26").replayed
    with pytest.raises(InvalidRequest, match="expires_on"):
        shop.adjust(5, expires_on="2026-11-26")


def test_points_that_are_taken_out_have_no_last_day(shop: LoyaltyShop) -> None:
    with pytest.raises(ValidationError, match="no last day"):
        shop.adjust(-5, expires_on="never")
