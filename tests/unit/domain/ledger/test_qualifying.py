"""Points that count towards a tier: the same sales end as the same numbers, and the item stays
small."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.capacity import item_bytes
from tillbridge.domain.ledger.account import Account, account_item
from tillbridge.domain.ledger.keys import account_key
from tillbridge.domain.ledger.qualifying import Qualifying, Window, counted, uncounted

TODAY = date(2026, 11, 25)
A_YEAR = Window(months=12)
windows = st.integers(1, 36).map(lambda n: Window(months=n)) | st.integers(1, 92).map(
    lambda n: Window(days=n)
)
Sales = list[tuple[date, int]]
sales_of_years = st.lists(
    st.tuples(st.integers(0, 1_500).map(lambda n: TODAY - timedelta(n)), st.integers(1, 500)),
    max_size=30,
)


def earned_by(
    *earned: tuple[str, int], window: Window = A_YEAR, today: date = TODAY
) -> dict[str, int]:
    """What stands in the account after these sales came, all of them today."""
    kept: dict[str, int] = {}
    for day, points in earned:
        kept = Qualifying(points, date.fromisoformat(day), window).counted_in(kept, today)
    return kept


def after(sales: Sales, window: Window) -> dict[str, int]:
    return earned_by(*((day.isoformat(), points) for day, points in sales), window=window)


@given(windows, sales_of_years, st.randoms())
def test_the_order_in_which_sales_come_changes_nothing(
    window: Window, sales: Sales, order: random.Random
) -> None:
    shuffled = list(sales)
    order.shuffle(shuffled)

    assert after(shuffled, window) == after(sales, window)


@given(windows, sales_of_years)
def test_what_is_put_together_counts_as_it_would_day_by_day(window: Window, sales: Sales) -> None:
    first_day = window.first_day(TODAY)

    assert counted(after(sales, window), window, TODAY) == sum(
        points for day, points in sales if day >= first_day
    )


@given(windows, sales_of_years)
def test_a_sale_of_the_last_month_finds_the_tier_that_its_day_began_with(
    window: Window, sales: Sales
) -> None:
    yesterday = TODAY - timedelta(31)
    first_day = window.first_day(yesterday)

    assert counted(after(sales, window), window, yesterday) == sum(
        points for day, points in sales if first_day <= day <= yesterday
    )


@pytest.mark.parametrize("window", [A_YEAR, Window(months=36), Window(days=1), Window(days=92)])
def test_whoever_buys_every_day_has_a_small_account_still(window: Window) -> None:
    earned: dict[str, int] = {}
    for days_ago in range(1_500, -1, -1):
        today = TODAY - timedelta(days_ago)
        earned = Qualifying(1_000, today, window).counted_in(earned, today)

    key = account_key("a-tenant-of-forty-one-characters-in-total", "a" * 26)
    assert item_bytes(key, account_item(Account(earned=earned))) < 2_500


@given(windows, sales_of_years)
def test_all_that_is_returned_counts_no_more(window: Window, sales: Sales) -> None:
    earned = after(sales, window)
    for day, points in sales:
        for place, less in uncounted(earned, day.isoformat(), points).items():
            earned = {**earned, place: earned.get(place, 0) + less}

    assert not any(earned.values())


def test_a_month_window_counts_the_month_it_is_and_those_before_it() -> None:
    earned = earned_by(("2025-11-01", 1), ("2025-10-31", 2), ("2026-11-25", 4))

    assert counted(earned, A_YEAR, TODAY) == 5
    assert counted(earned, A_YEAR, date(2026, 12, 1)) == 4
    assert counted(earned, A_YEAR, date(2027, 11, 30)) == 4
    assert counted(earned, A_YEAR, date(2027, 12, 1)) == 0


def test_a_day_window_counts_so_many_days() -> None:
    window = Window(days=30)
    earned = earned_by(("2026-10-27", 1), ("2026-10-26", 2), window=window)

    assert counted(earned, window, TODAY) == 1


def test_days_of_longer_ago_are_put_together_as_months() -> None:
    earned = earned_by(("2026-09-01", 1), ("2026-09-30", 2), ("2026-10-01", 4), ("2026-11-25", 8))

    assert earned == {"2026-09": 3, "2026-10-01": 4, "2026-11-25": 8}


@pytest.mark.parametrize("day", ["2026-09-01", "2026-10-01"])
def test_what_is_returned_leaves_where_it_stands_now(day: str) -> None:
    earned = earned_by(("2026-09-01", 5), ("2026-10-01", 5))

    (less,) = uncounted(earned, day, 3).values()
    assert less == -3


def test_what_no_longer_counts_is_not_taken_from_anything_else() -> None:
    assert uncounted({"2026-10": 5}, "2020-01-01", 3) == {"2020-01": 0}
