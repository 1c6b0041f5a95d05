"""The engine against a second opinion that was written without it (tests/oracles/discounts.py)."""

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import discounts as oracle
from tests.oracles.discount_cases import lines_of, offers_of
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate

# The second opinion is slow: a part of what `make discounts-long` asks for.
PART = settings(max_examples=int(os.environ.get("DISCOUNT_EXAMPLES", "1000")) // 4, deadline=None)
TAGS = ("bread", "cheese")
REMAINDERS = st.sampled_from(["largest", "first", "last"])
# Small, so that the odd units, ties and empty lines come up; large, so that shares are uneven.
PRICES = st.integers(0, 12) | st.integers(0, 100_000)
PICKS = st.sampled_from(["cheapest", "dearest"])


def amounts(most: int = 2_000) -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({"DKK": st.integers(1, 20) | st.integers(1, most)})


def of_kind(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **parts})


PERCENTAGES = of_kind(
    "percentage",
    basis_points=st.integers(1, 10_000),
    base=st.sampled_from(["running", "original"]),
)
PLAIN_BENEFITS = (
    PERCENTAGES
    | of_kind("amount_off", amount=amounts(), per=st.sampled_from(["order", "line", "unit"]))
    | of_kind("new_unit_price", price=amounts())
)
TIERS = st.lists(st.tuples(st.integers(1, 12), PLAIN_BENEFITS), min_size=1, max_size=3).map(
    lambda tiers: {
        "kind": "tiered",
        "by": "quantity",
        "tiers": [
            {"at_least_quantity": least, "benefit": benefit}
            for least, benefit in sorted(dict(tiers).items())
        ],
    }
)
UNIT_BENEFITS = st.tuples(st.integers(1, 3), st.integers(1, 3), PICKS, st.integers(1, 10_000)).map(
    lambda drawn: {
        "kind": "buy_x_get_y",
        "buy": drawn[0],
        "get": drawn[1],
        "pick": drawn[2],
        "basis_points": drawn[3],
    }
) | st.tuples(st.integers(1, 3), st.integers(1, 3), PICKS).map(
    lambda drawn: {"kind": "n_for_m", "n": sum(drawn[:2]), "m": drawn[1], "pick": drawn[2]}
)
COMBINATIONS = st.fixed_dictionaries(
    {},
    optional={
        "exclusive": st.just(True),
        "exclusive_lines": st.booleans(),
        "group": st.sampled_from("xy"),
    },
)


@st.composite
def baskets(draw: st.DrawFn, *, whole: bool = False) -> dict[str, Any]:
    quantities = st.integers(1, 4).map(str)
    if not whole:
        quantities |= st.decimals("0.001", "3", places=3).map(str)
    return {
        "currency": "DKK",
        "lines": [
            {
                "id": f"line-{number}",
                "product_id": f"product-{number}",
                "unit_price_minor": draw(PRICES),
                "quantity": draw(quantities),
                "tags": draw(st.sets(st.sampled_from(TAGS)).map(sorted)),
            }
            for number in range(draw(st.integers(1, 4)))
        ],
    }


@st.composite
def cases(
    draw: st.DrawFn,
    benefits: st.SearchStrategy[dict[str, Any]],
    *,
    strategy: str = "priority",
    most_campaigns: int = 4,
    whole: bool = False,
) -> Case:
    campaigns = [
        {
            "id": f"campaign-{number}",
            "name": "A campaign",
            "priority": draw(st.integers(0, 2)),
            "selector": {"tags": draw(st.sets(st.sampled_from(TAGS), max_size=1).map(sorted))},
            "benefit": (benefit := draw(benefits)),
            "combination": draw(COMBINATIONS),
            "caps": draw(_caps(benefit)),
        }
        for number in range(draw(st.integers(1, most_campaigns)))
    ]
    return Case.model_validate(
        {
            "basket": draw(baskets(whole=whole)),
            "campaigns": draw(st.permutations(campaigns)),
            "settings": {"strategy": strategy, "remainder": draw(REMAINDERS)},
            "as_of": "2026-11-25T12:00:00Z",
        }
    )


def _caps(benefit: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A cap on the whole, for what is computed as a whole: how it is cut leaves no choice."""
    if benefit["kind"] == "percentage" or benefit.get("per") == "order":
        return st.fixed_dictionaries({}, optional={"max_amount": amounts()})
    return st.just({})


def applied(case: Case) -> dict[str, dict[str, int]]:
    return {one.campaign_id: one.shares for one in evaluate(case).campaigns if one.applied}


@PART
@given(cases(PLAIN_BENEFITS | TIERS))
def test_each_campaign_takes_off_each_line_what_the_second_opinion_says(case: Case) -> None:
    expected = oracle.by_priority(lines_of(case), offers_of(case))

    assert applied(case) == expected.applied


@PART
@given(cases(PLAIN_BENEFITS | UNIT_BENEFITS, whole=True))
def test_units_are_given_as_the_second_opinion_gives_them(case: Case) -> None:
    expected = oracle.by_priority(lines_of(case), offers_of(case))

    assert applied(case) == expected.applied


@PART
@given(
    cases(
        PLAIN_BENEFITS | UNIT_BENEFITS,
        strategy="best_for_customer",
        most_campaigns=5,
        whole=True,
    )
)
def test_no_set_of_campaigns_gives_more_than_what_is_called_optimal(case: Case) -> None:
    given_by_engine = evaluate(case)

    best = oracle.best_total(lines_of(case), offers_of(case))

    assert given_by_engine.discount_minor <= best
    assert given_by_engine.discount_minor == best or not given_by_engine.optimal


@PART
@given(
    st.integers(0, 50) | st.integers(0, 100_000),
    st.lists(st.integers(1, 9) | st.integers(1, 40_000), min_size=1, max_size=5),
    REMAINDERS,
)
def test_an_amount_off_is_shared_as_the_second_opinion_shares_it(
    total: int, prices: list[int], remainder: str
) -> None:
    weights = {f"line-{number}": price for number, price in enumerate(prices)}
    case = Case.model_validate(
        {
            "basket": {
                "currency": "DKK",
                "lines": [
                    {"id": line, "product_id": "p", "unit_price_minor": price}
                    for line, price in weights.items()
                ],
            },
            "campaigns": [
                {
                    "id": "off",
                    "name": "Off",
                    "benefit": {"kind": "amount_off", "amount": {"DKK": total}},
                }
            ],
            "settings": {"remainder": remainder},
            "as_of": "2026-11-25T12:00:00Z",
        }
    )

    shares = oracle.allocate(min(total, sum(prices)), weights, remainder, most=weights)

    assert applied(case).get("off", {}) == {line: share for line, share in shares.items() if share}
