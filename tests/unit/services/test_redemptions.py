"""Redemption as a till sees it: points move once, and every answer says what is so."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import TENANT, a_caller
from tests.support.loyalty import CUSTOMER, LoyaltyShop, a_redemption_request, sale
from tillbridge.domain.caller import Scope
from tillbridge.domain.ledger.account import MAX_LOTS
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import RedemptionQuery
from tillbridge.errors import (
    IdempotencyMismatch,
    InsufficientPoints,
    NotEnrolled,
    NotRefundable,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionExists,
    RedemptionNotFound,
    RedemptionSuperseded,
    RedemptionVoided,
)

HOLD_TTL_S = 900
DAY_S = 24 * 60 * 60


@pytest.fixture
def shop() -> LoyaltyShop:
    """A shop whose customer has 150 points."""
    shop = LoyaltyShop()
    shop.earn(150)
    return shop


def sweep(shop: LoyaltyShop) -> None:
    shop.sweeper(Deadline.after(10))


def points_of(shop: LoyaltyShop) -> tuple[int, int, int]:
    account = shop.account()
    return account.available, account.held, account.debt


def test_a_hold_reserves_and_its_capture_spends(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    assert (held.redemption.state, points_of(shop)) == (State.HELD, (50, 100, 0))

    captured = shop.capture(held)

    assert (captured.redemption.state, captured.redemption.refundable) == (State.CAPTURED, 100)
    assert points_of(shop) == (50, 0, 0)
    assert shop.balances_hold()


def test_a_burn_spends_at_once(shop: LoyaltyShop) -> None:
    burnt = shop.redeem(mode="burn")

    assert (burnt.redemption.state, points_of(shop)) == (State.CAPTURED, (50, 0, 0))
    assert shop.balances_hold()


def test_the_same_key_again_is_the_same_redemption(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    first, second = shop.redeem(key), shop.redeem(key)

    assert (first.replayed, second.replayed) == (False, True)
    assert second.redemption == first.redemption
    assert points_of(shop) == (50, 100, 0)


def test_a_replay_says_what_has_become_of_it(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    shop.void(shop.redeem(key))

    assert shop.redeem(key).redemption.state is State.VOIDED


@pytest.mark.parametrize(
    "change",
    [
        {"points": 99},
        {"customer_id": "C-2"},
        {"store_id": "other"},
        {"sale_ref": "other"},
        {"mode": "burn"},
        {"supersedes": "r" * 26},
        {"staff_id": "staff-8"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_same_key_for_anything_else_is_refused(
    shop: LoyaltyShop, change: dict[str, Any]
) -> None:
    key = shop.new_key()
    shop.redeem(key)

    with pytest.raises(IdempotencyMismatch):
        shop.redeem(key, **change)


def test_the_name_for_the_words_is_no_part_of_the_request(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    shop.redeem(key)

    assert shop.redeem(key, customer_name="Jane Doe").replayed


def test_another_principals_key_is_another_redemption(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    first = shop.redeem(key, points=50)
    shop.caller = a_caller(principal="pos-2", scopes=frozenset({Scope.REDEEM}))

    second = shop.redeem(key, points=50, sale_ref="sale-2")

    assert second.redemption.redemption_id != first.redemption.redemption_id
    assert not second.replayed


def test_too_few_points_are_refused_with_what_is_there(shop: LoyaltyShop) -> None:
    with pytest.raises(InsufficientPoints) as refused:
        shop.redeem(points=151)

    assert refused.value.facts["available"] == 150
    assert points_of(shop) == (150, 0, 0)


def test_a_refusal_stays_one_whatever_comes_after(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    with pytest.raises(InsufficientPoints):
        shop.redeem(key, points=200)
    shop.earn(500)

    with pytest.raises(InsufficientPoints) as replayed:
        shop.redeem(key, points=200)

    assert replayed.value.replayed
    assert points_of(shop) == (650, 0, 0)


def test_a_refusal_closes_the_sale_until_somebody_supersedes_it(shop: LoyaltyShop) -> None:
    with pytest.raises(InsufficientPoints) as refused:
        shop.redeem(points=200)
    with pytest.raises(RedemptionExists):
        shop.redeem(points=100)

    held = shop.redeem(points=100, supersedes=refused.value.facts["operation_ref"])

    assert held.redemption.state is State.HELD


def test_a_customer_without_points_is_told_so() -> None:
    with pytest.raises(NotEnrolled):
        LoyaltyShop().redeem()


def test_a_sale_has_one_redemption_whatever_keys_a_till_makes_up(shop: LoyaltyShop) -> None:
    held = shop.redeem(points=50)

    with pytest.raises(RedemptionExists) as refused:
        shop.redeem(points=50)

    assert refused.value.facts == {
        "operation_ref": held.redemption.redemption_id,
        "operation_state": "held",
    }
    assert points_of(shop) == (100, 50, 0)


def test_a_sale_of_another_shop_or_another_customer_is_another(shop: LoyaltyShop) -> None:
    shop.redeem(points=50)

    assert shop.redeem(points=50, store_id="elsewhere").redemption.state is State.HELD
    with pytest.raises(NotEnrolled):
        shop.redeem(points=50, customer_id="C-2")


def test_no_reference_reads_as_another(shop: LoyaltyShop) -> None:
    shop.redeem(points=10, store_id="a#b", sale_ref="c")
    shop.redeem(points=10, store_id="a", sale_ref="b#c")

    assert points_of(shop) == (130, 20, 0)


def test_a_void_gives_back_and_closes_the_sale(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    assert shop.void(held).redemption.state is State.VOIDED
    assert points_of(shop) == (150, 0, 0)

    assert shop.void(held).replayed
    with pytest.raises(RedemptionClosed):
        shop.capture(held)
    assert shop.balances_hold()


def test_what_is_captured_is_not_voided(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.capture(held)

    with pytest.raises(RedemptionCaptured):
        shop.void(held)


def test_a_burn_is_voided_whole_once(shop: LoyaltyShop) -> None:
    burnt = shop.redeem(mode="burn")
    shop.refund(burnt, 30)

    assert shop.void(burnt).redemption.state is State.VOIDED
    assert shop.void(burnt).replayed
    assert points_of(shop) == (150, 0, 0)
    assert shop.balances_hold()


def test_a_burn_that_was_given_back_whole_can_still_be_voided(shop: LoyaltyShop) -> None:
    burnt = shop.redeem(mode="burn")
    shop.refund(burnt, 100)

    assert shop.void(burnt).redemption.state is State.VOIDED
    assert points_of(shop) == (150, 0, 0)


def test_a_void_that_overtakes_its_request_stops_it(shop: LoyaltyShop) -> None:
    key = shop.new_key()
    assert shop.void_unanswered(idempotency_key=key).redemption.state is State.VOIDED

    with pytest.raises(RedemptionVoided):
        shop.redeem(key)
    assert points_of(shop) == (150, 0, 0)


def test_a_void_of_a_sale_stops_what_may_still_come_for_it(shop: LoyaltyShop) -> None:
    tombstone = shop.void_unanswered(**sale())

    with pytest.raises(RedemptionExists):
        shop.redeem()
    assert shop.redeem(supersedes=tombstone.redemption.redemption_id).redemption.points == 100


@pytest.mark.parametrize("by_key", [True, False])
def test_a_lost_redemption_is_found_and_voided_without_its_id(
    shop: LoyaltyShop, by_key: bool
) -> None:
    key = shop.new_key()
    held = shop.redeem(key)
    by = {"idempotency_key": key} if by_key else sale()

    found = shop.redemptions.find_unanswered(shop.caller, RedemptionQuery.model_validate(by))
    assert found.redemption == held.redemption
    assert shop.void_unanswered(**by).redemption.state is State.VOIDED
    assert points_of(shop) == (150, 0, 0)


@pytest.mark.parametrize("by", [{"idempotency_key": "nobody-ever-sent-it"}, sale()])
def test_what_was_never_redeemed_is_not_found(shop: LoyaltyShop, by: dict[str, Any]) -> None:
    query = RedemptionQuery.model_validate(by)

    with pytest.raises(RedemptionNotFound):
        shop.redemptions.find_unanswered(shop.caller, query)


def test_parts_go_back_until_nothing_is_left(shop: LoyaltyShop) -> None:
    burnt = shop.redeem(mode="burn")

    assert shop.refund(burnt, 60, "a").redemption.refundable == 40
    assert shop.refund(burnt, 60, "a").replayed
    with pytest.raises(IdempotencyMismatch):
        shop.refund(burnt, 59, "a")
    with pytest.raises(NotRefundable) as refused:
        shop.refund(burnt, 41, "b")
    assert refused.value.facts["refundable"] == 40
    assert shop.refund(burnt, 40, "b").redemption.refundable == 0
    assert shop.refund(burnt, 40, "b").replayed
    assert points_of(shop) == (150, 0, 0)
    assert shop.balances_hold()


def test_what_is_only_held_is_not_refunded(shop: LoyaltyShop) -> None:
    with pytest.raises(NotRefundable):
        shop.refund(shop.redeem(), 10)


def test_what_goes_back_finds_the_lot_that_it_came_from() -> None:
    shop = LoyaltyShop()
    shop.earn(60, expires_on="2026-12-01")
    shop.earn(60, expires_on="2026-12-31")
    burnt = shop.redeem(mode="burn")

    shop.refund(burnt, 50)

    assert shop.account().lots == {"2026-12-01": 10, "2026-12-31": 60}


def test_what_comes_back_after_it_has_expired_is_good_for_the_days_of_grace() -> None:
    shop = LoyaltyShop()
    shop.run_programme(refund_grace_days=7)
    shop.earn(100, expires_on="2026-11-25")
    burnt = shop.redeem(mode="burn")
    shop.clock.now_s += DAY_S

    shop.refund(burnt, 60)
    shop.void(burnt)

    assert shop.account().lots == {"2026-12-03": 100}
    assert shop.balances_hold()


def test_holding_points_does_not_keep_them_beyond_the_day() -> None:
    shop = LoyaltyShop()
    shop.earn(100, expires_on="2026-11-25")
    shop.run_programme(hold_ttl_s=86_400)
    held = shop.redeem()
    shop.clock.now_s += DAY_S

    shop.void(held)
    assert shop.account().lots == {"2026-11-26": 100}
    shop.clock.now_s += DAY_S
    assert shop.account().available == 0


def test_a_hold_that_nobody_finishes_ends_and_gives_back(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.clock.now_s += HOLD_TTL_S - 1
    sweep(shop)
    assert points_of(shop) == (50, 100, 0)

    shop.clock.now_s += 1
    sweep(shop)

    found = shop.redemptions.find(shop.caller, held.redemption.redemption_id)
    assert (found.redemption.state, points_of(shop)) == (State.EXPIRED, (150, 0, 0))
    assert shop.balances_hold()


def test_a_capture_after_the_hold_has_ended_is_still_good(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.clock.now_s += HOLD_TTL_S
    sweep(shop)

    late = shop.capture(held)

    assert (late.redemption.state, points_of(shop)) == (State.CAPTURED, (50, 0, 0))
    with pytest.raises(RedemptionExists):
        shop.redeem(points=10)


def test_a_late_capture_of_points_that_are_spent_leaves_a_debt(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.clock.now_s += HOLD_TTL_S
    sweep(shop)
    shop.redeem(points=120, sale_ref="sale-2", mode="burn")

    shop.capture(held)
    assert points_of(shop) == (0, 0, 70)
    shop.earn(100)
    assert points_of(shop) == (30, 0, 0)
    assert shop.balances_hold()


def test_a_late_capture_is_refused_once_the_sale_has_another_redemption(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.clock.now_s += HOLD_TTL_S
    sweep(shop)
    shop.redeem(supersedes=held.redemption.redemption_id)

    with pytest.raises(RedemptionSuperseded):
        shop.capture(held)
    assert points_of(shop) == (50, 100, 0)


def test_a_voided_hold_is_not_captured_late(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.clock.now_s += HOLD_TTL_S
    sweep(shop)
    assert shop.void(held).redemption.state is State.VOIDED

    with pytest.raises(RedemptionClosed):
        shop.capture(held)


def test_points_that_are_owed_come_back_as_points_in_grace(shop: LoyaltyShop) -> None:
    held = shop.redeem()
    shop.clock.now_s += HOLD_TTL_S
    sweep(shop)
    shop.redeem(points=150, sale_ref="sale-2", mode="burn")
    late = shop.capture(held)
    shop.earn(100)

    shop.refund(late, 100)

    assert points_of(shop) == (100, 0, 0)
    assert shop.balances_hold()


def test_held_points_repay_a_debt_when_they_come_back(shop: LoyaltyShop) -> None:
    shop.earn(50, "order-x")
    held = shop.redeem(points=200)
    shop.take_back("order-x")
    assert points_of(shop) == (0, 200, 50)

    shop.void(held)

    assert points_of(shop) == (150, 0, 0)
    assert shop.balances_hold()


def test_expired_points_are_not_spent_and_leave_with_the_next_entry() -> None:
    shop = LoyaltyShop()
    shop.earn(100, expires_on="2026-11-25")
    shop.earn(20)
    shop.clock.now_s += DAY_S

    with pytest.raises(InsufficientPoints) as refused:
        shop.redeem(points=21)
    assert refused.value.facts["available"] == 20
    shop.redeem(points=5, sale_ref="sale-2")

    assert points_of(shop) == (15, 5, 0)
    assert ("expire", -100) in shop.journal()
    assert shop.balances_hold()


def test_a_return_that_a_till_names_void_is_a_return_like_any_other(shop: LoyaltyShop) -> None:
    """A void of what was burnt once had this very name in the journal, and could not be entered."""
    burnt = shop.redeem(mode="burn")
    shop.refund(burnt, 10, "void")

    assert shop.void(burnt).redemption.state is State.VOIDED
    assert points_of(shop) == (150, 0, 0)
    assert shop.balances_hold()


def test_a_void_of_a_sale_stops_what_would_supersede_its_redemption(shop: LoyaltyShop) -> None:
    """Refused, tried again with fewer points, no answer, given up: what was on its way came later
    and burnt points for a sale that was off."""
    with pytest.raises(InsufficientPoints) as refused:
        shop.redeem(points=200)
    assert shop.void_unanswered(**sale()).redemption.state is State.VOIDED

    with pytest.raises(RedemptionExists):
        shop.redeem(mode="burn", supersedes=refused.value.facts["operation_ref"])
    assert shop.void_unanswered(**sale()).replayed
    assert points_of(shop) == (150, 0, 0)


@pytest.mark.parametrize("mode", ["hold", "burn"])
def test_a_void_of_a_sale_undoes_its_redemption_and_closes_it_for_good(
    shop: LoyaltyShop, mode: str
) -> None:
    live = shop.redeem(mode=mode)

    voided = shop.void_unanswered(**sale())

    assert voided.redemption.redemption_id == live.redemption.redemption_id
    assert (voided.redemption.state, points_of(shop)) == (State.VOIDED, (150, 0, 0))
    with pytest.raises(RedemptionExists):
        shop.redeem(supersedes=live.redemption.redemption_id)


def test_who_supersedes_too_early_is_refused_for_good(shop: LoyaltyShop) -> None:
    """Refused since the sale's redemption was live; when that was voided, a late duplicate came and
    burnt points for a till that had been told no."""
    live = shop.redeem(points=50)
    key, request = shop.new_key(), {"mode": "burn", "supersedes": live.redemption.redemption_id}
    for _ in range(2):
        with pytest.raises(RedemptionExists) as refused:
            shop.redeem(key, **request)
        assert refused.value.facts["operation_ref"] == live.redemption.redemption_id
        shop.void(live)

    assert refused.value.replayed
    assert points_of(shop) == (150, 0, 0)
    assert shop.redeem(**request).redemption.state is State.CAPTURED


def test_a_redemption_over_many_lots_can_be_undone() -> None:
    """Points of sixty days, spent and given back beside sixty others, made a redemption of more
    lots than one write may name: it could be neither voided nor ended."""
    shop = LoyaltyShop()
    for day in range(60):
        shop.earn(1, expires_on=f"2027-{day // 28 + 1:02}-{day % 28 + 1:02}")
    burnt = shop.redeem(points=60, mode="burn")
    for day in range(60):
        shop.earn(1, expires_on=f"2028-{day // 28 + 1:02}-{day % 28 + 1:02}")
    shop.refund(burnt, 60)

    held = shop.redeem(points=120, sale_ref="sale-2")

    assert len(held.redemption.lots) <= MAX_LOTS
    assert shop.void(held).redemption.state is State.VOIDED
    assert points_of(shop) == (120, 0, 0)
    assert shop.balances_hold()


def test_lots_that_expire_twice_are_two_entries() -> None:
    shop = LoyaltyShop()
    shop.earn(10, expires_on="2026-11-25")
    burnt = shop.redeem(points=10, mode="burn")
    shop.earn(5, expires_on="2026-11-25")
    for _ in range(2):
        shop.clock.now_s += DAY_S
        shop.earn(1)
        shop.clock.now_s -= DAY_S
        shop.refund(burnt, 5, f"return at {len(shop.journal())}")
    shop.clock.now_s += DAY_S
    shop.earn(1)

    assert [delta for kind, delta in shop.journal() if kind == "expire"] == [-5, -5, -5]
    assert shop.balances_hold()


def test_the_fingerprint_leads_back_to_nobody() -> None:
    """It was a hash of the customer's id beside all else that it was made of."""
    prints = set()
    for pseudonym_key in ("a" * 32, "b" * 32):
        shop = LoyaltyShop()
        programme = shop.programmes.programmes[TENANT]
        shop.programmes.programmes[TENANT] = replace(programme, pseudonym_key=pseudonym_key)
        shop.earn(150)
        prints.add(shop.redeem("a-key-of-the-tills").redemption.fingerprint)

    assert len(prints) == 2


def test_a_release_changes_no_fingerprint() -> None:
    """A key that was sent before a deployment is sent again after it."""
    shop = LoyaltyShop()
    shop.earn(150)

    assert shop.redeem("a-key-of-the-tills").redemption.fingerprint == (
        "8aabc8a68e519a557bfba50af3a16abe51efd68638fb9b709175d42531d72ef2"
    )


def test_points_are_good_by_the_merchants_own_day() -> None:
    shop = LoyaltyShop()
    shop.run_programme("Pacific/Auckland", points_good_for_days=1)

    shop.earn(10)

    assert shop.account().lots == {"2026-11-27": 10}


def test_the_ledger_holds_nothing_that_leads_back_to_the_customer(shop: LoyaltyShop) -> None:
    shop.redeem(customer_name="Jane Doe")

    stored = repr(shop.store.items)

    assert CUSTOMER not in stored
    assert "Jane" not in stored


def test_a_request_that_is_misspelt_is_refused_and_not_half_heard() -> None:
    with pytest.raises(ValueError, match="supercedes"):
        a_redemption_request(supercedes="r" * 26)


@pytest.mark.requirement("X6")
@pytest.mark.parametrize("points", [0, -1, 1_000_000_001, True, "100", 1.0, 1.5, None])
def test_points_are_whole_numbers(points: Any) -> None:
    with pytest.raises(ValueError, match="points"):
        a_redemption_request(points=points)
