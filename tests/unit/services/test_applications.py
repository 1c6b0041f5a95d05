"""Discounts applied to sales: decided once, held, captured, voided, swept, with points or not."""

from typing import Any

import pytest

from tests.support.applications import (
    SALE,
    DiscountShop,
    a_basket,
    customer,
    exhausted,
    limited,
    total_minor,
)
from tests.support.discounts import a_campaign, a_line, amount_off, percentage
from tillbridge.domain.ledger.keys import application_id, discounts_sale_key
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import CaptureRequest
from tillbridge.errors import (
    ApplicationCaptured,
    ApplicationClosed,
    ApplicationExists,
    ApplicationNotFound,
    ApplicationSuperseded,
    ApplicationVoided,
    DiscountsChanged,
    IdempotencyMismatch,
    InsufficientPoints,
    NotEnrolled,
    RecordUnusable,
    RedemptionCaptured,
    RedemptionExists,
    RewardNotAvailable,
    TooManyLimits,
)

AFTER_HOLDS_S = 1_000


@pytest.fixture
def shop() -> DiscountShop:
    return DiscountShop()


def end_holds(shop: DiscountShop) -> None:
    shop.clock.now_s += AFTER_HOLDS_S
    shop.sweeper(Deadline.after(60))


# --- Deciding --------------------------------------------------------------------------------


def test_a_sale_is_given_what_an_evaluation_says(shop: DiscountShop) -> None:
    shop.run(a_campaign("ten", priority=1), limited("first", uses=5))
    evaluated = shop.evaluate().evaluation.as_json()

    applied = shop.apply()

    assert applied.application.state is State.HELD
    assert applied.decided is not None
    assert {**evaluated, **applied.decided.answer} == applied.decided.answer
    assert total_minor(applied) == 1_000 - 100 - 100


def test_campaigns_without_limits_touch_no_counter(shop: DiscountShop) -> None:
    shop.run(a_campaign())
    shop.apply()

    kinds = sorted(key.pk.split("#")[2] for key in shop.store.items)
    assert kinds == ["D", "D", "N"]


def test_what_does_not_apply_is_not_told(shop: DiscountShop) -> None:
    shop.run(a_campaign("ten"), a_campaign("shoes", selector={"tags": ["shoes"]}))
    decided = shop.apply().decided
    assert decided is not None

    assert [campaign["campaign_id"] for campaign in decided.answer["campaigns"]] == ["ten"]
    assert list(decided.answer["receipt"]["campaign_versions"]) == ["ten"]


def test_a_replay_says_the_same_whatever_has_become_of_the_campaigns(shop: DiscountShop) -> None:
    shop.run(limited())
    key = shop.new_key()
    first = shop.apply(key)
    shop.run(limited(off_minor=500))

    again = shop.apply(key)

    assert again.replayed
    assert again.decided == first.decided
    assert shop.used() == 1


def test_a_key_stands_for_one_request(shop: DiscountShop) -> None:
    key = shop.new_key()
    shop.apply(key)
    for changes in (
        {"basket": a_basket(a_line(unit_price_minor=2_000))},
        {"sale_ref": "sale-2"},
        {"customer": customer()},
        {"most_total_minor": 1},
    ):
        with pytest.raises(IdempotencyMismatch):
            shop.apply(key, **changes)


def test_another_principals_key_is_another(shop: DiscountShop) -> None:
    shop.run(limited())
    key = shop.new_key()
    shop.apply(key)

    assert application_id("acme", "pos-1", key) != application_id("acme", "pos-2", key)


def test_the_shop_of_the_sale_is_the_baskets_unless_it_says_otherwise(shop: DiscountShop) -> None:
    shop.run(a_campaign(shops=["shop"]))

    assert total_minor(shop.apply()) == 900
    other = a_basket(a_line(), shop_id="another")
    assert total_minor(shop.apply(sale_ref="sale-2", basket=other)) == 1_000


def test_a_customer_without_a_pseudonym_is_nobody_to_hold_for(shop: DiscountShop) -> None:
    profiles = shop.applications.read_profile
    profiles.profiles = {  # type: ignore[attr-defined]
        tenant: profile.model_copy(update={"pseudonym_key": None})
        for tenant, profile in profiles.profiles.items()  # type: ignore[attr-defined]
    }
    with pytest.raises(RecordUnusable, match="pseudonym_key"):
        shop.apply(customer=customer())


# --- Limits ----------------------------------------------------------------------------------


def test_the_last_use_is_one_sales(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply(sale_ref="sale-1")
    second = shop.apply(sale_ref="sale-2")

    assert (total_minor(first), exhausted(first)) == (900, [])
    assert (total_minor(second), exhausted(second)) == (1_000, ["c"])
    assert shop.used() == 1


def test_an_evaluation_knows_that_a_limit_is_reached(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    shop.apply()

    (outcome,) = shop.evaluate().evaluation.campaigns
    assert [reason[0] for reason in outcome.reasons] == ["limit_reached"]


def test_who_was_told_a_lower_price_is_refused_and_told_the_new_one(shop: DiscountShop) -> None:
    shop.run(limited(uses=1), a_campaign("ten", priority=1))
    shop.apply(sale_ref="sale-1")
    key = shop.new_key()

    for _ in range(2):
        with pytest.raises(DiscountsChanged) as refused:
            shop.apply(key, sale_ref="sale-2", most_total_minor=800)
        assert refused.value.facts["total_minor"] == 900
        assert refused.value.facts["discount_minor"] == 100
        assert refused.value.facts["exhausted"] == ["c"]
    assert refused.value.replayed
    again = shop.apply(
        sale_ref="sale-2",
        most_total_minor=900,
        supersedes=str(refused.value.facts["operation_ref"]),
    )
    assert total_minor(again) == 900


def test_a_refusal_stands_when_a_use_is_free_again(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply(sale_ref="sale-1")
    key = shop.new_key()
    with pytest.raises(DiscountsChanged):
        shop.apply(key, sale_ref="sale-2", most_total_minor=900)
    shop.void_application(first)

    with pytest.raises(DiscountsChanged):
        shop.apply(key, sale_ref="sale-2", most_total_minor=900)
    # Nor does a request from before the till restarted.
    with pytest.raises(ApplicationExists):
        shop.apply(sale_ref="sale-2", most_total_minor=900)
    assert shop.used() == 0


def test_a_discount_is_cut_to_what_is_left_of_a_budget(shop: DiscountShop) -> None:
    shop.run(limited(off_minor=300, spend={"DKK": 500}))
    totals = [total_minor(shop.apply(sale_ref=f"sale-{n}")) for n in range(3)]

    assert totals == [700, 800, 1_000]
    assert shop.spent_minor() == 500


def test_a_limit_per_customer_is_each_ones_own(shop: DiscountShop) -> None:
    shop.run(limited(uses=1, scope="customer"))
    shop.apply(sale_ref="sale-1", customer=customer())

    assert exhausted(shop.apply(sale_ref="sale-2", customer=customer())) == ["c"]
    assert total_minor(shop.apply(sale_ref="sale-3", customer={"id": "C-2"})) == 900
    assert total_minor(shop.apply(sale_ref="sale-4")) == 1_000


def test_a_period_is_the_merchants(shop: DiscountShop) -> None:
    shop.run(limited(uses=1, period="day"), time_zone="Pacific/Auckland")
    shop.apply(sale_ref="sale-1")
    # It is one in the morning there; ten hours later it is still that day, while here it is not.
    shop.clock.now_s += 13 * 3_600
    assert exhausted(shop.apply(sale_ref="sale-2")) == ["c"]
    shop.clock.now_s += 10 * 3_600
    assert total_minor(shop.apply(sale_ref="sale-3")) == 900


def test_limits_of_one_scope_and_period_share_a_counter(shop: DiscountShop) -> None:
    limits = [{"uses": 5}, {"spend": {"DKK": 150}}]
    shop.run(a_campaign(benefit=amount_off(100), limits=limits))
    totals = [total_minor(shop.apply(sale_ref=f"sale-{n}")) for n in range(3)]

    assert totals == [900, 950, 1_000]
    assert (shop.used(), shop.spent_minor()) == (2, 150)


def test_a_budget_is_each_currencys_own(shop: DiscountShop) -> None:
    benefit = {"kind": "amount_off", "amount": {"DKK": 100, "EUR": 100}, "per": "order"}
    limits = [{"spend": {"DKK": 100, "EUR": 100}}]
    shop.run(a_campaign(benefit=benefit, limits=limits))

    assert total_minor(shop.apply(sale_ref="sale-1")) == 900
    euros = a_basket(a_line(), currency="EUR")
    assert total_minor(shop.apply(sale_ref="sale-2", basket=euros)) == 900
    assert total_minor(shop.apply(sale_ref="sale-3", basket=euros)) == 1_000


def test_more_limits_than_one_transaction_holds_are_refused(shop: DiscountShop) -> None:
    shop.run(*(limited(f"c{n}", off_minor=1, uses=1) for n in range(41)))

    with pytest.raises(TooManyLimits) as refused:
        shop.apply()
    assert refused.value.facts["limits"] == 41
    assert not shop.store.items


# --- Large limits ----------------------------------------------------------------------------


def items_of_counters(shop: DiscountShop) -> list[Any]:
    return [item for key, item in shop.store.items.items() if "#U#" in key.pk]


def test_a_large_limit_is_counted_in_several_items(shop: DiscountShop) -> None:
    shop.run(limited(uses=5_000))
    for number in range(40):
        shop.apply(sale_ref=f"sale-{number}")

    assert len(items_of_counters(shop)) == 8
    assert shop.used() == 40


def test_the_last_of_a_large_limit_is_found_wherever_it_is(shop: DiscountShop) -> None:
    # Of 1,009 uses, the first item may count 1,002 and each other one 1.
    shop.run(limited(uses=1_009))
    uses = sum(total_minor(shop.apply(sale_ref=f"sale-{n}")) == 900 for n in range(1_015))

    assert uses == 1_009
    assert shop.used() == 1_009


def test_a_large_budget_is_spent_to_the_last(shop: DiscountShop) -> None:
    shop.run(limited(off_minor=70_000, spend={"DKK": 1_000_080}))
    basket = a_basket(a_line(unit_price_minor=100_000))
    for number in range(20):
        shop.apply(sale_ref=f"sale-{number}", basket=basket)

    assert shop.spent_minor() == 1_000_080


def test_a_limit_that_is_raised_stays_exact(shop: DiscountShop) -> None:
    shop.run(limited(uses=5))
    for number in range(6):
        shop.apply(sale_ref=f"sale-{number}")
    shop.run(limited(uses=1_008))
    for number in range(6, 1_020):
        shop.apply(sale_ref=f"sale-{number}")

    assert shop.used() == 1_008


# --- One live application per sale -----------------------------------------------------------


def test_a_sale_has_one_application(shop: DiscountShop) -> None:
    shop.run(limited(uses=5))
    first = shop.apply()

    with pytest.raises(ApplicationExists) as refused:
        shop.apply()
    assert refused.value.facts["operation_ref"] == first.application.application_id
    assert shop.used() == 1


def test_a_basket_that_changes_does_not_block_itself(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()

    changed = a_basket(a_line(), a_line("2"))
    second = shop.apply(basket=changed, supersedes=first.application.application_id)

    assert total_minor(second) == 1_900
    assert shop.used() == 1
    assert shop.application(first).application.state is State.VOIDED
    assert shop.application(second).application.state is State.HELD


def test_what_the_changed_basket_does_not_want_is_free(shop: DiscountShop) -> None:
    shop.run(
        limited("shoes", uses=1) | {"selector": {"tags": ["shoes"]}},
        limited("socks", uses=1) | {"selector": {"tags": ["socks"]}},
    )
    shoes, socks = (a_basket(a_line(tags=[tag])) for tag in ("shoes", "socks"))
    first = shop.apply(basket=shoes)
    shop.apply(basket=socks, supersedes=first.application.application_id)

    assert (shop.used("shoes"), shop.used("socks")) == (0, 1)


def test_a_part_of_a_budget_that_the_sale_holds_counts_as_free(shop: DiscountShop) -> None:
    shop.run(a_campaign(benefit=percentage(5_000), limits=[{"spend": {"DKK": 1_000}}]))
    first = shop.apply()
    larger = a_basket(a_line(unit_price_minor=2_000))
    second = shop.apply(basket=larger, supersedes=first.application.application_id)

    assert total_minor(second) == 1_000
    assert shop.spent_minor() == 1_000


def test_a_replaced_application_can_neither_be_captured_nor_replaced_again(
    shop: DiscountShop,
) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    over = first.application.application_id
    shop.apply(supersedes=over)

    with pytest.raises(ApplicationClosed):
        shop.capture_application(first)
    late = shop.new_key()
    for _ in range(2):
        with pytest.raises(ApplicationExists):
            shop.apply(late, supersedes=over)
    assert shop.used() == 1


def test_a_refused_change_leaves_the_sale_what_it_has(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    larger = a_basket(a_line(), a_line("2"))
    with pytest.raises(DiscountsChanged):
        shop.apply(basket=larger, supersedes=first.application.application_id, most_total_minor=1)

    assert shop.capture_application(first).application.state is State.CAPTURED


def test_a_paid_sale_is_not_applied_to_again(shop: DiscountShop) -> None:
    first = shop.apply()
    shop.capture_application(first)

    with pytest.raises(ApplicationCaptured):
        shop.apply(supersedes=first.application.application_id)


def test_a_sale_whose_application_is_over_is_applied_to_by_who_names_it(
    shop: DiscountShop,
) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    shop.void_application(first)
    with pytest.raises(ApplicationExists):
        shop.apply()

    second = shop.apply(supersedes=first.application.application_id)
    assert total_minor(second) == 900


# --- Capture, void, expiry -------------------------------------------------------------------


def test_a_capture_uses_up_what_was_held(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    applied = shop.apply()

    assert shop.capture_application(applied).application.state is State.CAPTURED
    assert shop.capture_application(applied).replayed
    end_holds(shop)
    assert shop.used() == 1


def test_a_void_frees_what_was_held_once(shop: DiscountShop) -> None:
    shop.run(limited(uses=2))
    applied = shop.apply()
    shop.apply(sale_ref="sale-2")

    assert shop.void_application(applied).application.state is State.VOIDED
    assert shop.void_application(applied).replayed
    assert shop.used() == 1
    with pytest.raises(ApplicationClosed):
        shop.capture_application(applied)


def test_a_captured_one_is_not_voided(shop: DiscountShop) -> None:
    applied = shop.apply()
    shop.capture_application(applied)

    with pytest.raises(ApplicationCaptured):
        shop.void_application(applied)


def test_a_void_by_key_overtakes_its_request(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    key = shop.new_key()
    shop.void_application_unanswered(idempotency_key=key)

    with pytest.raises(ApplicationVoided):
        shop.apply(key)
    assert shop.used() == 0


def test_a_void_by_key_undoes_what_was_done(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    key = shop.new_key()
    shop.apply(key)
    shop.void_application_unanswered(idempotency_key=key)

    assert shop.used() == 0


def test_a_void_by_sale_overtakes_its_request_and_what_would_supersede_it(
    shop: DiscountShop,
) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    shop.void_application_unanswered(**SALE)
    shop.void_application_unanswered(store_id="shop", sale_ref="sale-2")

    for changes in ({}, {"supersedes": first.application.application_id}, {"sale_ref": "sale-2"}):
        with pytest.raises(ApplicationExists):
            shop.apply(**changes)
    assert shop.used() == 0


def test_a_void_by_sale_of_one_that_is_over_closes_it_to_what_may_still_come(
    shop: DiscountShop,
) -> None:
    first = shop.apply()
    shop.void_application(first)
    assert shop.void_application_unanswered(**SALE).application.state is State.VOIDED
    assert shop.void_application_unanswered(**SALE).replayed

    with pytest.raises(ApplicationExists):
        shop.apply(supersedes=first.application.application_id)


def test_a_hold_ends_when_its_time_is_over(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    applied = shop.apply()
    end_holds(shop)

    assert shop.application(applied).application.state is State.EXPIRED
    assert shop.used() == 0
    assert total_minor(shop.apply(sale_ref="sale-2")) == 900


def test_a_late_capture_counts(shop: DiscountShop) -> None:
    shop.run(limited(uses=2))
    applied = shop.apply()
    end_holds(shop)

    captured = shop.capture_application(applied).application
    assert (captured.state, captured.beyond_limit) == (State.CAPTURED, ())
    assert shop.used() == 1


def test_a_late_capture_counts_even_beyond_the_limit_and_says_so(shop: DiscountShop) -> None:
    shop.run(limited(uses=1), limited("budget", spend={"DKK": 150}), limited("many", uses=9))
    applied = shop.apply()
    end_holds(shop)
    shop.capture_application(shop.apply(sale_ref="sale-2"))

    captured = shop.capture_application(applied).application
    assert captured.beyond_limit == ("budget", "c")
    assert (shop.used(), shop.spent_minor("budget"), shop.used("many")) == (2, 200, 2)
    assert shop.application(applied).application.beyond_limit == ("budget", "c")


def test_a_late_capture_is_not_for_a_sale_that_was_redone(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    end_holds(shop)
    shop.apply(supersedes=first.application.application_id)

    with pytest.raises(ApplicationSuperseded):
        shop.capture_application(first)
    assert shop.used() == 1


def test_an_expired_hold_can_be_voided_for_good(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    applied = shop.apply()
    end_holds(shop)
    assert shop.void_application(applied).application.state is State.VOIDED

    with pytest.raises(ApplicationClosed):
        shop.capture_application(applied)
    assert shop.used() == 0


def test_a_limit_that_is_lowered_takes_nothing_away_that_is_held(shop: DiscountShop) -> None:
    shop.run(limited(uses=3))
    held = [shop.apply(sale_ref=f"sale-{n}") for n in range(3)]
    shop.run(limited(uses=1))

    assert exhausted(shop.apply(sale_ref="sale-9")) == ["c"]
    for applied in held:
        shop.capture_application(applied)
    assert shop.used() == 3


# --- Looking ---------------------------------------------------------------------------------


def test_an_application_is_found_by_id_key_and_sale(shop: DiscountShop) -> None:
    key = shop.new_key()
    applied = shop.apply(key)

    for found in (
        shop.application(applied),
        shop.application_by(idempotency_key=key),
        shop.application_by(**SALE),
    ):
        assert found.application == applied.application
        assert found.decided == applied.decided


@pytest.mark.parametrize("by", [{"idempotency_key": "never-seen-before"}, SALE])
def test_what_was_never_applied_is_not_found(shop: DiscountShop, by: dict[str, str]) -> None:
    with pytest.raises(ApplicationNotFound):
        shop.application_by(**by)


# --- Points with it --------------------------------------------------------------------------


def with_points(points: int = 100, **changes: Any) -> dict[str, Any]:
    return {"customer": customer(), "redemption": {"points": points}, **changes}


def test_points_are_held_captured_and_voided_with_it(shop: DiscountShop) -> None:
    shop.run(limited(uses=2))
    shop.earn(300)
    first = shop.apply(**with_points())
    assert (shop.account().available, shop.account().held) == (200, 100)
    shop.capture_application(first)
    again = shop.capture_application(first)
    assert again.redemption is not None
    assert again.redemption.state is State.CAPTURED
    assert (shop.account().balance, shop.account().held) == (200, 0)

    second = shop.apply(sale_ref="sale-2", **with_points())
    shop.void_application(second)

    assert (shop.account().available, shop.account().held) == (200, 0)
    assert shop.used() == 1
    assert shop.balances_hold()


@pytest.mark.parametrize("error", [InsufficientPoints, NotEnrolled])
def test_without_the_points_nothing_is_held(
    shop: DiscountShop, error: type[InsufficientPoints]
) -> None:
    shop.run(limited(uses=1))
    if error is InsufficientPoints:
        shop.earn(50)
    key = shop.new_key()

    for _ in range(2):
        with pytest.raises(error):
            shop.apply(key, **with_points())
    assert shop.used() == 0
    assert not [key for key in shop.store.items if "#R#" in key.pk]


def test_without_the_discount_no_points_are_held(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    shop.earn(100)
    shop.apply(sale_ref="sale-9")

    with pytest.raises(DiscountsChanged):
        shop.apply(**with_points(), most_total_minor=900)
    assert shop.account().held == 0


def test_points_of_the_sale_that_are_held_otherwise_stand_in_the_way(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    shop.earn(300)
    other = shop.redeem()

    with pytest.raises(RedemptionExists):
        shop.apply(**with_points())
    assert shop.used() == 0
    shop.void(other)
    over = {"points": 100, "supersedes": other.redemption.redemption_id}
    assert shop.apply(customer=customer(), redemption=over).redemption is not None


def test_a_changed_basket_holds_its_points_anew_in_one_step(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    shop.earn(100)
    first = shop.apply(**with_points(60))
    second = shop.apply(**with_points(90), supersedes=first.application.application_id)

    assert (shop.account().available, shop.account().held) == (10, 90)
    shop.capture_application(second)
    assert shop.account().balance == 10
    assert shop.balances_hold()
    assert [kind for kind, _ in shop.journal()] == ["earn", "hold", "hold", "post", "void"]


def test_too_many_points_for_a_changed_basket_leave_it_as_it_was(shop: DiscountShop) -> None:
    shop.earn(100)
    first = shop.apply(**with_points(60))
    with pytest.raises(InsufficientPoints) as refused:
        shop.apply(**with_points(101), supersedes=first.application.application_id)

    assert (refused.value.facts["points"], refused.value.facts["available"]) == (101, 100)
    assert (shop.account().available, shop.account().held) == (40, 60)
    assert shop.capture_application(first).application.state is State.CAPTURED


def test_a_changed_basket_can_do_without_points_or_take_anothers(shop: DiscountShop) -> None:
    shop.earn(100)
    first = shop.apply(**with_points(60))
    second = shop.apply(customer=customer(), supersedes=first.application.application_id)
    assert shop.account().held == 0

    third = shop.apply(**with_points(50), supersedes=second.application.application_id)
    assert third.redemption is not None
    assert shop.account().held == 50
    shop.adjust(80, customer="C-2")
    fourth = shop.apply(
        customer={"id": "C-2"},
        redemption={"points": 80},
        supersedes=third.application.application_id,
    )
    assert fourth.redemption is not None
    assert shop.account().held == 0


def test_points_expire_with_it_and_are_captured_late_with_it(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    shop.earn(100)
    applied = shop.apply(**with_points())
    end_holds(shop)
    assert (shop.account().available, shop.used()) == (100, 0)
    shop.adjust(-70)

    shop.capture_application(applied)

    assert (shop.account().available, shop.account().debt) == (0, 70)
    assert shop.used() == 1


def test_an_expired_one_with_points_can_be_replaced(shop: DiscountShop) -> None:
    shop.earn(100)
    first = shop.apply(**with_points())
    end_holds(shop)
    shop.apply(**with_points(80), supersedes=first.application.application_id)

    assert (shop.account().available, shop.account().held) == (20, 80)
    with pytest.raises(ApplicationSuperseded):
        shop.capture_application(first)


def test_points_that_were_captured_alone_stay_so(shop: DiscountShop) -> None:
    shop.earn(100)
    applied = shop.apply(**with_points())
    assert applied.redemption is not None
    redemption = applied.redemption.redemption_id
    shop.redemptions.capture(shop.caller, redemption, CaptureRequest())

    with pytest.raises(RedemptionCaptured):
        shop.void_application(applied)
    shop.capture_application(applied)
    assert shop.account().balance == 0


def test_the_sale_register_keeps_points_and_discounts_apart(shop: DiscountShop) -> None:
    shop.earn(200)
    shop.redeem()
    shop.apply(customer=customer())

    sale = [key for key in shop.store.items if "#N#" in key.pk]
    assert len({key.pk for key in sale}) == 1
    assert discounts_sale_key("acme", "shop", "sale-1") in sale


# --- Rewards and carts -----------------------------------------------------------------------

TENTH_OFF = {"id": "tenth", "points": 80, "gain": {"kind": "percentage", "basis_points": 1_000}}


def with_reward(**changes: Any) -> dict[str, Any]:
    return {"customer": customer(), "redemption": {"reward_id": "tenth"}, **changes}


def test_a_reward_is_worked_out_on_what_is_to_pay(shop: DiscountShop) -> None:
    shop.run(a_campaign())
    shop.offer(TENTH_OFF)
    shop.earn(100)
    applied = shop.apply(**with_reward())

    assert applied.redemption is not None
    assert (applied.redemption.points, applied.redemption.reward["amount_minor"]) == (80, 90)
    larger = a_basket(a_line(unit_price_minor=2_000))
    again = shop.apply(**with_reward(basket=larger), supersedes=applied.application.application_id)
    assert again.redemption is not None
    assert again.redemption.reward["amount_minor"] == 180
    assert shop.account().held == 80


def test_a_reward_that_there_is_not_holds_nothing(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    shop.earn(100)
    key = shop.new_key()
    for _ in range(2):
        with pytest.raises(RewardNotAvailable):
            shop.apply(key, **with_reward())

    assert (shop.used(), shop.account().held) == (0, 0)


def test_a_changed_basket_may_be_too_dear_in_points(shop: DiscountShop) -> None:
    shop.offer(TENTH_OFF)
    shop.earn(100)
    first = shop.apply(**with_points(100))
    shop.offer({**TENTH_OFF, "points": 101})

    with pytest.raises(InsufficientPoints) as refused:
        shop.apply(**with_reward(), supersedes=first.application.application_id)
    assert (refused.value.facts["points"], refused.value.facts["available"]) == (101, 100)


def test_a_shopify_cart_is_told_what_to_do_with_the_reward_as_well(shop: DiscountShop) -> None:
    shop.run(a_campaign(display_name="Ten per cent"))
    shop.offer({**TENTH_OFF, "label": "A tenth off"})
    shop.earn(100)
    basket = a_basket(a_line("6f2c1c0e-6f1a-4e0e-9d6f-0d6c4b4c7f10"))
    key = shop.new_key()
    first = shop.apply(key, **with_reward(basket=basket, shopify={}))
    again = shop.apply(key, **with_reward(basket=basket, shopify={}))

    assert first.decided is not None
    (action,) = first.decided.answer["pos_actions"]
    assert action["api"] == "applyCartDiscount"
    assert action["args"][-1] == "1.90"
    assert again.decided == first.decided
