import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.services.retry_budget import RetryBudget, RetryBudgets

MAX_BUDGETS = 1_000


def retries_for(requests: int, budget: RetryBudget) -> int:
    """How many retries so many requests get when each asks for one."""
    retries = 0
    for _ in range(requests):
        budget.earn()
        retries += budget.spend()
    return retries


@given(requests=st.integers(1, 500))
def test_retries_are_a_tenth_of_the_requests_and_the_first_has_one(requests: int) -> None:
    retries = retries_for(requests, RetryBudget())

    assert 1 <= retries <= 1 + requests // 10


def test_a_hundred_requests_get_ten_retries_at_most() -> None:
    assert retries_for(100, RetryBudget()) <= 10


def test_what_is_spent_is_gone() -> None:
    budget = RetryBudget()
    budget.earn()

    assert budget.spend()
    assert not budget.spend()


def test_a_healthy_system_saves_a_few_retries_and_no_more() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()

    assert [budget.spend() for _ in range(6)] == [True] * 5 + [False]


def test_a_tenants_operation_has_one_budget_of_its_own() -> None:
    budgets = RetryBudgets()

    assert budgets.of("acme", "customer_lookup") is budgets.of("acme", "customer_lookup")
    assert budgets.of("acme", "customer_lookup") is not budgets.of("acme", "loyalty_balance")
    assert budgets.of("acme", "customer_lookup") is not budgets.of("other", "customer_lookup")


@pytest.mark.parametrize(("used_again", "is_kept"), [(True, True), (False, False)])
def test_the_budget_that_was_longest_unused_is_forgotten_first(
    used_again: bool, is_kept: bool
) -> None:
    budgets = RetryBudgets()
    first = budgets.of("acme", "customer_lookup")
    for number in range(MAX_BUDGETS - 1):
        budgets.of(f"tenant-{number}", "customer_lookup")
    if used_again:
        budgets.of("acme", "customer_lookup")
    budgets.of("newcomer", "customer_lookup")

    assert (budgets.of("acme", "customer_lookup") is first) is is_kept
