from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.customer_details import CustomerDetails, Purchase
from tillbridge.domain.purchase_patterns import (
    Money,
    PurchasePatterns,
    newest_first,
    patterns_of,
)

COPENHAGEN = "Europe/Copenhagen"


def a_purchase(amount: str = "100.00", date: str = "2026-09-28", **changes: Any) -> Purchase:
    currency = changes.pop("currency", "DKK")
    total = {"amount": amount, "currency_code": currency}
    return Purchase.model_validate({"date": date, "total": total, **changes})


def some_details(**changes: Any) -> CustomerDetails:
    return CustomerDetails.model_validate({"identifier": "c-1", **changes})


def test_what_could_not_be_read_is_not_0() -> None:
    assert patterns_of(None, None, "UTC") == PurchasePatterns()


def test_no_purchases_are_none_and_not_0_of_anything() -> None:
    assert patterns_of(some_details(), [], "UTC") == PurchasePatterns(purchases_read=0)


def test_the_systems_own_numbers_are_over_all_time() -> None:
    details = some_details(
        order_count=3, total_spent={"amount": "100.00", "currency_code": "DKK"}, last_purchase=None
    )

    patterns = patterns_of(details, [a_purchase("40.00")], "UTC")

    assert patterns.order_count == 3
    assert patterns.total_spent == Money(10_000, "DKK")
    assert patterns.average == Money(3_333, "DKK")
    assert patterns.purchases_read == 1


def test_without_them_the_average_is_of_the_purchases_in_the_last_ones_currency() -> None:
    purchases = [
        a_purchase("10.00", "2026-01-01"),
        a_purchase("99.99", "2026-01-02", currency="EUR"),
        a_purchase("20.01", "2026-01-03"),
    ]

    assert patterns_of(None, purchases, "UTC").average == Money(1_501, "DKK")


def test_the_last_purchase_is_the_latest_that_anybody_tells_of() -> None:
    details = some_details(last_purchase="2026-10-01")

    assert patterns_of(details, [a_purchase()], "UTC").last_purchase == "2026-10-01"
    assert patterns_of(some_details(), [a_purchase()], "UTC").last_purchase == "2026-09-28"


def test_a_day_is_the_merchants() -> None:
    late = a_purchase(date="2026-09-29T23:30:00Z")

    assert patterns_of(None, [late], COPENHAGEN).last_purchase == "2026-09-30"


def test_favourites_are_what_most_purchases_had_something_of() -> None:
    bought: list[list[str]] = [["b", "a", "a"], ["a", "c"], ["b"], ["d"], []]
    purchases = [a_purchase(categories=categories) for categories in bought]

    assert patterns_of(None, purchases, "UTC").favourite_categories == ("a", "b", "c")


amounts = st.integers(0, 10**9).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
dates = st.dates().map(str)


@given(st.lists(st.builds(a_purchase, amounts, dates), min_size=1))
def test_the_average_lies_between_the_least_and_the_most(purchases: list[Purchase]) -> None:
    average = patterns_of(None, purchases, "UTC").average

    sums = [purchase.total.minor for purchase in purchases]
    assert average is not None
    assert min(sums) <= average.amount_minor <= max(sums)


@given(st.lists(st.builds(a_purchase, amounts, dates)), st.randoms())
def test_the_order_of_an_answer_changes_nothing(purchases: list[Purchase], random: Any) -> None:
    shuffled = random.sample(purchases, len(purchases))

    assert patterns_of(None, shuffled, "UTC") == patterns_of(None, purchases, "UTC")
    assert [one.at for one in newest_first(shuffled)] == [one.at for one in newest_first(purchases)]
