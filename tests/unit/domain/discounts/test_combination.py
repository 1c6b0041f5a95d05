"""Which campaigns stand beside which, and who is chosen."""

from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_case, a_line, amount_off, percentage
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.result import Evaluation

BEST = {"strategy": "best_for_customer"}
ALONE, OWN_LINES, IN_GROUP = {"exclusive": True}, {"exclusive_lines": True}, {"group": "g"}


def a_ranked(campaign_id: str, priority: int, basis_points: int, **changes: Any) -> dict[str, Any]:
    benefit = percentage(basis_points)
    return a_campaign(campaign_id, priority=priority, **{"benefit": benefit, **changes})


def combined(*campaigns: dict[str, Any], settings: dict[str, Any] | None = None) -> Evaluation:
    """On 10.00 of tag a and 10.00 of tag b."""
    lines = (a_line("1", 1_000, tags=["a"]), a_line("2", 1_000, tags=["b"]))
    return evaluate(a_case(*lines, campaigns=campaigns, settings=settings or {}))


def given(result: Evaluation) -> dict[str, int]:
    return {c.campaign_id: c.discount_minor for c in result.campaigns if c.applied}


def why_not(result: Evaluation) -> dict[str, tuple[Any, ...]]:
    return {c.campaign_id: c.reasons[0] for c in result.campaigns if not c.applied}


def test_the_higher_priority_comes_first_and_ties_go_by_id() -> None:
    result = combined(a_ranked("b", 1, 1_000), a_ranked("a", 1, 1_000), a_ranked("c", 2, 5_000))

    assert [campaign.campaign_id for campaign in result.campaigns] == ["c", "a", "b"]
    assert given(result) == {"c": 1_000, "a": 100, "b": 90}


def test_a_percentage_of_the_original_price_looks_past_other_discounts() -> None:
    of_original = a_ranked("b", 1, 0, benefit=percentage(6_000, base="original"))

    assert given(combined(a_ranked("a", 2, 5_000), of_original)) == {"a": 1_000, "b": 1_000}


def test_an_exclusive_campaign_stands_alone() -> None:
    first = combined(a_ranked("a", 2, 1_000, combination=ALONE), a_ranked("b", 1, 5_000))
    second = combined(a_ranked("a", 2, 1_000), a_ranked("b", 1, 5_000, combination=ALONE))

    assert why_not(first) == {"b": ("blocked_by_exclusive", "a")}
    assert why_not(second) == {"b": ("not_alone", "a")}


def test_exclusive_lines_are_shared_with_nobody() -> None:
    on_a = {"selector": {"tags": ["a"]}, "combination": OWN_LINES}

    first = combined(a_ranked("a", 2, 1_000, **on_a), a_ranked("b", 1, 1_000))
    second = combined(a_ranked("a", 1, 1_000, **on_a), a_ranked("b", 2, 1_000))

    assert given(first) == {"a": 100, "b": 100}
    assert why_not(second) == {"a": ("lines_taken", ("b",))}


def test_of_a_group_one_applies() -> None:
    result = combined(
        a_ranked("a", 2, 1_000, combination=IN_GROUP), a_ranked("b", 1, 5_000, combination=IN_GROUP)
    )

    assert why_not(result) == {"b": ("group_taken", "g", "a")}


@pytest.mark.parametrize("combination", [ALONE, OWN_LINES, IN_GROUP])
def test_the_best_for_the_customer_is_chosen_over_the_first(combination: dict[str, Any]) -> None:
    result = combined(
        a_ranked("a", 2, 1_000, combination=combination),
        a_ranked("b", 1, 5_000, combination=combination),
        settings=BEST,
    )

    assert given(result) == {"b": 1_000}
    assert result.optimal


def test_who_could_stand_beside_the_best_but_would_cost_the_customer_is_told() -> None:
    """5.00 off, then its lines are taken from the half price."""
    small = a_ranked("a", 2, 0, benefit=amount_off(500), combination=OWN_LINES)
    result = combined(small, a_ranked("b", 1, 5_000), settings=BEST)

    assert given(result) == {"b": 1_000}
    assert why_not(result) == {"a": ("lines_taken", ("b",))}


def test_of_equally_good_ones_the_first_in_order_is_kept() -> None:
    result = combined(
        a_ranked("a", 2, 1_000, combination=IN_GROUP),
        a_ranked("b", 1, 1_000, combination=IN_GROUP),
        settings=BEST,
    )

    assert given(result) == {"a": 200}


def test_a_search_that_ends_early_says_so_and_still_is_no_worse_than_priority() -> None:
    campaigns = [a_ranked(f"c{n}", n, 100 + n, combination=OWN_LINES) for n in range(9)]

    cut = combined(*campaigns, settings={**BEST, "search_limit": 3})
    whole = combined(*campaigns, settings=BEST)

    assert (cut.optimal, whole.optimal) == (False, True)
    assert cut.discount_minor >= combined(*campaigns).discount_minor


def test_campaigns_that_cannot_meet_are_searched_apart() -> None:
    """24 campaigns on each of two tags, in a group per tag: 25 ways each, not 2 to the 48th."""
    campaigns = [
        a_ranked(f"{tag}{n}", n, 100 + n, selector={"tags": [tag]}, combination={"group": tag})
        for tag in "ab"
        for n in range(24)
    ]

    result = combined(*campaigns, settings=BEST)

    assert result.optimal
    assert given(result).keys() == {"a23", "b23"}


def test_where_nothing_is_left_to_take_off_it_says_so() -> None:
    result = combined(a_ranked("a", 2, 10_000), a_ranked("b", 1, 1_000))

    assert why_not(result) == {"b": ("no_effect",)}


def test_a_free_product_needs_no_open_line_but_its_own() -> None:
    gift = {"kind": "free_product", "product_id": "product-2"}
    result = combined(
        a_ranked("a", 2, 1_000, selector={"tags": ["a"]}, combination=OWN_LINES),
        a_campaign("b", priority=1, benefit=gift, selector={"tags": ["a"]}),
    )

    assert given(result) == {"a": 100, "b": 1_000}
