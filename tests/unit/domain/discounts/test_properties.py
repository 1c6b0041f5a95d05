"""What always holds of a decision (docs/discount-cases.md), whatever the case."""

import json
import os
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.discounts import cases
from tillbridge.domain.discounts.allocation import allocate
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.receipt import answer
from tillbridge.domain.discounts.result import Evaluation

EXAMPLES = int(os.environ.get("DISCOUNT_EXAMPLES", "1000"))
LONG = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# Properties that decide each case several times, or over long, are a part of the whole number.
PART = settings(LONG, max_examples=max(1, EXAMPLES // 4))
CAMPAIGNS_SEARCHED = 12


def decided(case: dict[str, Any]) -> Evaluation:
    return evaluate(Case.model_validate(case))


@LONG
@given(cases())
def test_sums_agree_and_each_campaign_gives_or_says_why_not(case: dict[str, Any]) -> None:
    result = decided(case)

    assert all(0 <= line.discount_minor <= line.amount_minor for line in result.lines)
    assert sum(line.discount_minor for line in result.lines) == result.discount_minor
    assert sum(line.amount_minor for line in result.lines) == result.subtotal_minor
    for campaign in result.campaigns:
        assert campaign.shares == {
            line.line_id: line.discounts[campaign.campaign_id]
            for line in result.lines
            if campaign.campaign_id in line.discounts
        }
        assert all(share > 0 for share in campaign.shares.values())
        assert campaign.applied != bool(campaign.reasons)


@PART
@given(cases(), st.integers(0, 2**32))
def test_no_order_makes_a_difference(case: dict[str, Any], seed: int) -> None:
    rng = random.Random(seed)
    lines, campaigns = list(case["basket"]["lines"]), list(case["campaigns"])
    rng.shuffle(lines)
    rng.shuffle(campaigns)
    shuffled = {**case, "basket": {**case["basket"], "lines": lines}, "campaigns": campaigns}

    first, second = (answer(Case.model_validate(one)) for one in (case, shuffled))

    assert json.dumps(first) == json.dumps(second)


@PART
@given(cases(campaigns=3))
def test_a_hundred_per_cent_leaves_exactly_nothing(case: dict[str, Any]) -> None:
    everything = {
        "id": "all",
        "name": "all",
        "priority": -1,
        "selector": {"exclude_gift_cards": False},
        "benefit": {"kind": "percentage", "basis_points": 10_000},
    }
    kept = [
        {**campaign, "combination": {}}  # nothing else keeps it off a line
        for campaign in case["campaigns"]
    ]
    case = {**case, "campaigns": [*kept, everything]}

    assert decided(case).total_minor == 0


@PART
@given(cases(strategy="best_for_customer", campaigns=CAMPAIGNS_SEARCHED))
def test_one_more_campaign_never_costs_the_customer(case: dict[str, Any]) -> None:
    case["settings"]["search_limit"] = 3_000
    after = decided(case)
    if not after.optimal:
        return

    before = decided({**case, "campaigns": case["campaigns"][1:]})

    assert after.total_minor <= before.total_minor


@PART
@given(cases(campaigns=CAMPAIGNS_SEARCHED))
def test_the_best_is_no_worse_than_what_priority_gives(case: dict[str, Any]) -> None:
    by_priority, best = (
        decided({**case, "settings": {**case["settings"], "strategy": strategy}})
        for strategy in ("priority", "best_for_customer")
    )

    assert best.total_minor <= by_priority.total_minor


@PART
@given(cases())
def test_a_case_read_back_gives_the_same_bytes(case: dict[str, Any]) -> None:
    read = Case.model_validate(case)
    again = Case.model_validate(json.loads(read.model_dump_json(by_alias=True)))

    assert json.dumps(answer(read)) == json.dumps(answer(again))


@LONG
@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=100),
    st.integers(0, 1_000),
    st.sampled_from(("largest", "first", "last")),
)
def test_shares_add_up_and_stay_within_their_weights(
    weights: list[int], permille: int, remainder: Any
) -> None:
    total = sum(weights) * permille // 1_000

    shares = allocate(total, weights, remainder)

    assert sum(shares) == total
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@PART
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8),
    st.integers(0, 1_000),
)
def test_who_bears_the_odd_units_decides_only_that(
    lines: list[tuple[int, int]], permille: int
) -> None:
    weights, most = [w for w, _ in lines], [m for _, m in lines]
    total = sum(weights) * permille // 1_000

    ways = [allocate(total, weights, way, most) for way in ("largest", "first", "last")]

    assert len(set(map(sum, ways))) == 1
    assert all(0 <= s <= m for way in ways for s, m in zip(way, most, strict=True))
