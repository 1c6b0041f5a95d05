"""Sales, their returns and the tier that comes of them: the same sales end in the same state,
however they come, and nothing is gained by buying and bringing back."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.loyalty import CUSTOMER, NOON_S, LoyaltyShop
from tests.support.sales import a_sale
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.loyalty_requests import AccrualRequest
from tillbridge.domain.programme import Standing
from tillbridge.domain.sale import Sale

DAY_S = 24 * 60 * 60
EARN = {"rates": {"DKK": {"points": 1, "per_minor": 100}}}
SILVER = {"code": "silver", "label": "Silver", "points": 100, "multiplier_percent": 150}
GOLD = {"code": "gold", "label": "Gold", "points": 500, "multiplier_percent": 200}
TIERS = {"window_months": 12, "levels": [SILVER, GOLD]}


def a_shop(**rules: Any) -> LoyaltyShop:
    shop = LoyaltyShop()
    shop.run_programme(**{"earn": EARN, "tiers": TIERS, **rules})
    return shop


@pytest.fixture
def shop() -> LoyaltyShop:
    return a_shop()


def earn(shop: LoyaltyShop, kroner: int, ref: str, days_ago: int = 0) -> Booked:
    return shop.points.earn(shop.caller, CUSTOMER, sale_of(kroner, ref, days_ago))


def sale_of(kroner: int, ref: str, days_ago: int = 0) -> Sale:
    return a_sale(kroner * 100, sale_ref=ref, at_s=int(NOON_S) - days_ago * DAY_S)


def standing(shop: LoyaltyShop) -> Standing:
    return shop.points.standing(shop.caller, CUSTOMER)


def tier(shop: LoyaltyShop) -> str | None:
    reached = standing(shop).tier
    return None if reached is None else reached.code


def test_points_earned_make_the_tier_and_it_multiplies_from_the_next_day_on(
    shop: LoyaltyShop,
) -> None:
    assert earn(shop, 150, "first").delta == 150
    assert tier(shop) == "silver"
    assert earn(shop, 100, "the same day").delta == 100

    shop.clock.now_s += DAY_S
    assert shop.points.earn(shop.caller, CUSTOMER, sale_of(100, "next day", -1)).delta == 150
    # What counts is what was earned before any multiplier.
    assert standing(shop).earned == 350


def test_what_is_missing_to_the_next_tier_is_said(shop: LoyaltyShop) -> None:
    earn(shop, 150, "first")

    reached = standing(shop)
    assert reached.next_tier is not None
    assert (reached.next_tier.code, reached.points_to_next_tier) == ("gold", 350)

    earn(shop, 350, "second")
    reached = standing(shop)
    assert (reached.tier and reached.tier.code, reached.next_tier) == ("gold", None)
    assert reached.points_to_next_tier is None


def test_a_tier_is_lost_when_the_window_has_passed(shop: LoyaltyShop) -> None:
    earn(shop, 150, "first")

    shop.clock.now_s += 365 * DAY_S
    assert tier(shop) == "silver"
    shop.clock.now_s += 10 * DAY_S
    assert tier(shop) is None
    assert standing(shop).earned == 0


def test_of_whom_nothing_is_known_nothing_is_said(shop: LoyaltyShop) -> None:
    nobody = standing(shop)

    assert (nobody.account, nobody.tier, nobody.next_tier, nobody.earned) == (None,) * 4
    assert nobody.points_to_next_tier is None


def test_without_tiers_there_is_no_tier_and_nothing_counts_towards_one() -> None:
    shop = a_shop(tiers=None)
    earn(shop, 150, "first")

    reached = standing(shop)
    assert (reached.tier, reached.next_tier, reached.earned) == (None, None, None)
    assert shop.account().earned == {}


def test_whoever_has_points_is_of_a_tier_that_needs_none() -> None:
    member = {"code": "member", "label": "Member", "points": 0}
    shop = a_shop(tiers={"window_days": 30, "levels": [member]})
    assert tier(shop) is None

    shop.adjust(1)

    assert tier(shop) == "member"


def test_purchases_that_are_returned_make_no_tier(shop: LoyaltyShop) -> None:
    earn(shop, 600, "order")
    assert tier(shop) == "gold"

    shop.take_back("order", 550)
    assert (tier(shop), standing(shop).earned) == (None, 50)
    shop.take_back("order", None, "rest")
    assert (standing(shop).earned, shop.account().earned) == (0, {})


def test_a_return_takes_as_much_out_of_the_tier_as_it_takes_back(shop: LoyaltyShop) -> None:
    earn(shop, 150, "first", days_ago=1)
    assert earn(shop, 100, "order").delta == 150

    shop.take_back("order", 75)

    assert standing(shop).earned == 200


def test_a_year_old_purchase_is_returned_out_of_the_month_it_stands_in(shop: LoyaltyShop) -> None:
    earn(shop, 150, "old")
    shop.clock.now_s += 200 * DAY_S
    shop.earn(10)
    assert shop.account().earned == {"2026-11": 150, "2027-06-13": 10}

    shop.take_back("old")

    assert shop.account().earned == {"2027-06-13": 10}


def test_buying_and_bringing_back_gains_nothing(shop: LoyaltyShop) -> None:
    for turn in range(5):
        earn(shop, 333, f"order-{turn}")
        shop.take_back(f"order-{turn}", 100, "part")
        shop.take_back(f"order-{turn}", None, "rest")

    assert (shop.account().balance, tier(shop)) == (0, None)
    assert shop.balances_hold()


def test_spending_and_bringing_back_gains_nothing(shop: LoyaltyShop) -> None:
    earn(shop, 200, "order")
    for turn in range(3):
        burnt = shop.redeem(points=200, mode="burn", sale_ref=f"sale-{turn}")
        # What was paid with points was not paid with money: it earns nothing.
        assert earn(shop, 0, f"paid with points {turn}").delta == 0
        shop.refund(burnt, 200)

    assert (shop.account().balance, standing(shop).earned) == (200, 200)


def test_a_voided_sale_earns_nothing(shop: LoyaltyShop) -> None:
    voided = a_sale(20_000, is_voided=True)

    assert shop.points.earn(shop.caller, CUSTOMER, voided).delta == 0
    assert shop.points.account(shop.caller, CUSTOMER) is None


def test_lots_expire_each_on_its_own_day() -> None:
    shop = a_shop(tiers=None, points_good_for_days=30)
    for days_ago in (20, 10, 0):
        earn(shop, 100, f"order-{days_ago}", days_ago)
    assert standing(shop).expiring == (
        ("2026-12-05", 100),
        ("2026-12-15", 100),
        ("2026-12-25", 100),
    )

    shop.clock.now_s += 11 * DAY_S

    assert (shop.account().available, shop.account().lots) == (
        200,
        {"2026-12-15": 100, "2026-12-25": 100},
    )


@pytest.mark.parametrize(
    ("end_of", "last_day"), [("day", "2026-12-25"), ("month", "2026-12-31"), ("year", "2026-12-31")]
)
def test_points_are_good_to_the_end_that_the_programme_names(end_of: str, last_day: str) -> None:
    shop = a_shop(points_good_for_days=30, points_good_to_end_of=end_of)
    earn(shop, 100, "order")

    assert standing(shop).expiring == ((last_day, 100),)


def test_a_day_ends_where_the_merchant_is() -> None:
    shop = LoyaltyShop()
    shop.run_programme("Pacific/Auckland", earn=EARN, tiers=TIERS, points_good_for_days=1)

    earn(shop, 100, "order")

    assert shop.account().earned == {"2026-11-26": 100}
    assert standing(shop).expiring == (("2026-11-27", 100),)


def test_a_sale_is_counted_once_whatever_it_would_earn_by_now(shop: LoyaltyShop) -> None:
    first = earn(shop, 100, "order")
    earn(shop, 600, "yesterday's, which comes late", days_ago=1)

    again = earn(shop, 100, "order")

    assert (first.delta, again.delta, again.replayed) == (100, 100, True)
    assert standing(shop).earned == 700


def test_a_sale_whose_points_are_over_earns_nothing() -> None:
    shop = a_shop(points_good_for_days=30)

    assert earn(shop, 100, "order", days_ago=40).delta == 0
    assert shop.points.account(shop.caller, CUSTOMER) is None


def test_a_sale_that_comes_again_after_its_points_are_over_is_a_replay() -> None:
    shop = a_shop(points_good_for_days=30)
    earn(shop, 100, "order")
    shop.clock.now_s += 40 * DAY_S

    again = earn(shop, 100, "order")

    assert (again.delta, again.replayed) == (100, True)


def test_sales_of_a_day_end_in_one_state_in_whatever_order_they_come() -> None:
    sales = [(90, "a", 0), (20, "b", 0), (400, "c", 0), (30, "d", 0)]
    states = set()
    for order in permutations(sales):
        shop = a_shop(points_good_for_days=365)
        earn(shop, 120, "of yesterday", days_ago=1)
        for kroner, ref, days_ago in (*order, order[0]):
            earn(shop, kroner, ref, days_ago)
        account = shop.account()
        states.add((str(account.lots), str(account.earned), tier(shop)))

    assert len(states) == 1


@given(
    st.lists(
        st.tuples(st.integers(1, 300), st.integers(0, 400)), min_size=1, max_size=8, unique=True
    ),
    st.randoms(),
)
def test_late_doubled_and_disordered_sales_make_the_same_tier(
    sales: list[tuple[int, int]], random: Any
) -> None:
    """The points of a sale may be other ones where an earlier day's sale came after it and made a
    tier; what counts towards the tier is not."""
    ordered, disordered = a_shop(), a_shop()
    for kroner, days_ago in sorted(sales, key=lambda sale: -sale[1]):
        earn(ordered, kroner, f"{kroner}-{days_ago}", days_ago)
    late = [*sales, *sales]
    random.shuffle(late)
    for kroner, days_ago in late:
        earn(disordered, kroner, f"{kroner}-{days_ago}", days_ago)

    assert disordered.account().earned == ordered.account().earned
    assert standing(disordered).tier == standing(ordered).tier


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 400)), max_size=6), st.randoms())
def test_whoever_brings_everything_back_is_where_they_began(
    sales: list[tuple[int, int]], random: Any
) -> None:
    shop = a_shop()
    shop.adjust(10)
    returns = []
    for number, (kroner, days_ago) in enumerate(sales):
        earned = earn(shop, kroner, str(number), days_ago).delta
        part = random.randint(0, earned)
        returns += [(str(number), "part", part)] if part else []
        returns += [(str(number), "rest", earned - part)] if part < earned else []
    random.shuffle(returns)
    for order, ref, points in returns:
        shop.take_back(order, points, ref)

    assert shop.account().balance == 10
    assert shop.account().earned == {}
    assert shop.balances_hold()


def test_points_that_a_till_has_worked_out_count_on_the_day_it_says(shop: LoyaltyShop) -> None:
    yesterday = date(2026, 11, 25) - timedelta(1)
    request = AccrualRequest.model_validate(
        {
            "points": 300,
            "tier_points": 200,
            "store_id": "shop",
            "order_ref": "order",
            "earned_at": f"{yesterday}T10:00:00Z",
        }
    )
    shop.points.accrue(shop.caller, CUSTOMER, request)

    assert shop.account().earned == {"2026-11-24": 200}
    assert earn(shop, 100, "today").delta == 150
