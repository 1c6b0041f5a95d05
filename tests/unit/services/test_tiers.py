"""The tier that comes of sales and their returns: the same sales end in the same state, however
they come, and nothing is gained by buying and bringing back."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.loyalty import CUSTOMER, NOON_S
from tests.support.sales import a_line, a_sale
from tests.support.selling import A_POINT_EACH, SellingShop, a_return
from tillbridge.domain.loyalty_requests import AccrualRequest
from tillbridge.domain.programme import Standing

DAY_S = 24 * 60 * 60
SILVER = {"code": "silver", "label": "Silver", "points": 100, "multiplier_percent": 150}
GOLD = {"code": "gold", "label": "Gold", "points": 500, "multiplier_percent": 200}
TIERS = {"window_months": 12, "levels": [SILVER, GOLD]}


def a_shop(**rules: Any) -> SellingShop:
    shop = SellingShop()
    shop.run_programme(**{"earn": A_POINT_EACH, "tiers": TIERS, **rules})
    return shop


@pytest.fixture
def shop() -> SellingShop:
    return a_shop()


def sell(shop: SellingShop, kroner: int, ref: str, days_ago: int = 0) -> int:
    """The points of a sale so many days before the shop's first."""
    at_s = int(NOON_S) - days_ago * DAY_S
    return shop.hear_of(a_sale(kroner * 100, sale_ref=ref, at_s=at_s)).delta


def bring_back(shop: SellingShop, kroner: int, ref: str, return_ref: str = "return-1") -> int:
    line = a_line(kroner * 100, quantity=0)
    return shop.hear_of(a_return(line, sale_ref=ref, return_ref=return_ref)).delta


def standing(shop: SellingShop) -> Standing:
    return shop.points.standing(shop.caller, CUSTOMER)


def tier(shop: SellingShop) -> str | None:
    reached = standing(shop).tier
    return None if reached is None else reached.code


def test_points_earned_make_the_tier_and_it_multiplies_from_the_next_day_on(
    shop: SellingShop,
) -> None:
    assert sell(shop, 150, "first") == 150
    assert tier(shop) == "silver"
    assert sell(shop, 100, "the same day") == 100

    shop.clock.now_s += DAY_S
    assert sell(shop, 100, "next day", days_ago=-1) == 150
    # What counts is what was earned before any multiplier.
    assert standing(shop).earned == 350


def test_what_is_missing_to_the_next_tier_is_said(shop: SellingShop) -> None:
    sell(shop, 150, "first")

    reached = standing(shop)
    assert reached.next_tier is not None
    assert (reached.next_tier.code, reached.points_to_next_tier) == ("gold", 350)

    sell(shop, 350, "second")
    reached = standing(shop)
    assert (tier(shop), reached.next_tier, reached.points_to_next_tier) == ("gold", None, None)


def test_a_tier_is_lost_when_the_window_has_passed(shop: SellingShop) -> None:
    sell(shop, 150, "first")

    shop.clock.now_s += 365 * DAY_S
    assert tier(shop) == "silver"
    shop.clock.now_s += 10 * DAY_S
    assert tier(shop) is None
    assert standing(shop).earned == 0


def test_of_whom_nothing_is_known_nothing_is_said(shop: SellingShop) -> None:
    nobody = standing(shop)

    assert (nobody.account, nobody.tier, nobody.next_tier, nobody.earned) == (None,) * 4
    assert nobody.points_to_next_tier is None


def test_without_tiers_there_is_no_tier_and_nothing_counts_towards_one() -> None:
    shop = a_shop(tiers=None)
    sell(shop, 150, "first")

    reached = standing(shop)
    assert (reached.tier, reached.next_tier, reached.earned) == (None, None, None)
    assert shop.account().earned == {}


def test_whoever_has_points_is_of_a_tier_that_needs_none() -> None:
    member = {"code": "member", "label": "Member", "points": 0}
    shop = a_shop(tiers={"window_days": 30, "levels": [member]})
    assert tier(shop) is None

    shop.adjust(1)

    assert tier(shop) == "member"


def test_purchases_that_are_returned_make_no_tier(shop: SellingShop) -> None:
    sell(shop, 600, "order")
    assert tier(shop) == "gold"

    bring_back(shop, 550, "order")
    assert (tier(shop), standing(shop).earned) == (None, 50)
    bring_back(shop, 50, "order", "rest")
    assert (standing(shop).earned, shop.account().earned) == (0, {})


def test_a_return_takes_as_much_out_of_the_tier_as_it_takes_back(shop: SellingShop) -> None:
    sell(shop, 150, "first", days_ago=1)
    assert sell(shop, 100, "order") == 150

    assert bring_back(shop, 50, "order") == -75

    assert standing(shop).earned == 200


def test_points_that_a_till_takes_back_count_no_more_in_proportion(shop: SellingShop) -> None:
    request = AccrualRequest(points=300, tier_points=200, store_id="shop", order_ref="order")
    shop.points.accrue(shop.caller, CUSTOMER, request)

    shop.take_back("order", 100, "part")
    assert standing(shop).earned == 134
    shop.take_back("order", None, "rest")
    assert (standing(shop).earned, shop.account().earned) == (0, {})


def test_a_year_old_purchase_is_returned_out_of_the_month_it_stands_in(shop: SellingShop) -> None:
    shop.earn(150, "old")
    shop.clock.now_s += 200 * DAY_S
    shop.earn(10)
    assert shop.account().earned == {"2026-11": 150, "2027-06-13": 10}

    shop.take_back("old")

    assert shop.account().earned == {"2027-06-13": 10}


def test_buying_and_bringing_back_gains_nothing(shop: SellingShop) -> None:
    for turn in range(5):
        sell(shop, 333, f"order-{turn}")
        bring_back(shop, 100, f"order-{turn}", "part")
        bring_back(shop, 233, f"order-{turn}", "rest")

    assert (shop.account().balance, tier(shop)) == (0, None)
    assert shop.balances_hold()


def test_spending_and_bringing_back_gains_nothing(shop: SellingShop) -> None:
    sell(shop, 200, "order")
    for turn in range(3):
        burnt = shop.redeem(points=200, mode="burn", sale_ref=f"sale-{turn}")
        # What was paid with points was not paid with money: it earns nothing.
        assert sell(shop, 0, f"paid with points {turn}") == 0
        shop.refund(burnt, 200)

    assert (shop.account().balance, standing(shop).earned) == (200, 200)


def test_lots_expire_each_on_its_own_day() -> None:
    shop = a_shop(tiers=None, points_good_for_days=30)
    for days_ago in (20, 10, 0):
        sell(shop, 100, f"order-{days_ago}", days_ago)
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
    sell(shop, 100, "order")

    assert standing(shop).expiring == ((last_day, 100),)


def test_points_that_are_good_for_ever_expire_on_no_day(shop: SellingShop) -> None:
    shop.earn(5)
    shop.earn(3, expires_on="2026-12-31")

    assert standing(shop).expiring == (("2026-12-31", 3),)


def test_a_day_ends_where_the_merchant_is() -> None:
    shop = SellingShop()
    shop.run_programme("Pacific/Auckland", tiers=TIERS, points_good_for_days=1)

    shop.earn(100)

    assert shop.account().earned == {"2026-11-26": 100}
    assert standing(shop).expiring == (("2026-11-27", 100),)


def test_sales_of_a_day_end_in_one_state_in_whatever_order_they_come() -> None:
    sales = [(90, "a", 0), (20, "b", 0), (400, "c", 0), (30, "d", 0)]
    states = set()
    for order in permutations(sales):
        shop = a_shop(points_good_for_days=365)
        sell(shop, 120, "of yesterday", days_ago=1)
        for kroner, ref, days_ago in (*order, order[0]):
            sell(shop, kroner, ref, days_ago)
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
        sell(ordered, kroner, f"{kroner}-{days_ago}", days_ago)
    late = [*sales, *sales]
    random.shuffle(late)
    for kroner, days_ago in late:
        sell(disordered, kroner, f"{kroner}-{days_ago}", days_ago)

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
        sell(shop, kroner, str(number), days_ago)
        part = random.randint(0, kroner)
        returns += [(part, str(number), "part"), (kroner - part, str(number), "rest")]
    random.shuffle(returns)
    for kroner, ref, return_ref in returns:
        bring_back(shop, kroner, ref, return_ref)

    assert shop.account().balance == 10
    assert shop.account().earned == {}
    assert shop.balances_hold()


def test_points_that_a_till_has_worked_out_count_on_the_day_it_says(shop: SellingShop) -> None:
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
    assert sell(shop, 100, "today") == 150


@pytest.mark.parametrize(
    "earned_at", ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-11-25"]
)
def test_an_instant_that_no_clock_shows_is_refused(earned_at: str) -> None:
    parts = {"points": 1, "store_id": "shop", "order_ref": "order", "earned_at": earned_at}

    with pytest.raises(ValueError, match="earned_at"):
        AccrualRequest.model_validate(parts)
