from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.discounts import a_campaign, a_case, a_line, amount_off, percentage
from tests.unit.domain.discounts.test_properties import PART
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.returns import (
    KeptLine,
    Return,
    ReturnOutcome,
    ReturnRefused,
    give_back,
    kept_of,
)

OVER_25 = {"kind": "basket_subtotal", "at_least": {"DKK": 2_500}}


def returned(
    case: Case,
    *lines: tuple[str, int],
    kept: tuple[KeptLine, ...] | None = None,
    refund_minor: int | None = None,
    policy: Any = "keep",
) -> ReturnOutcome:
    """What comes back when so much of these lines does."""
    return give_back(
        Return.model_validate(
            {
                "basket": case.basket,
                "campaigns": case.campaigns,
                "kept": kept_of(case.basket, evaluate(case)) if kept is None else kept,
                "returned": [
                    {"line_id": line_id, "quantity": quantity, "refund_minor": refund_minor}
                    for line_id, quantity in lines
                ],
                "policy": policy,
            }
        )
    )


def test_a_unit_gives_back_its_share_and_the_last_one_the_rest() -> None:
    case = a_case(a_line("1", 1_000, quantity=3), campaigns=(a_campaign(benefit=amount_off(100)),))

    first = returned(case, ("1", 1))
    second = returned(case, ("1", 1), kept=first.kept)
    third = returned(case, ("1", 1), kept=second.kept)

    assert [o.lines[0].discounts["c"] for o in (first, second, third)] == [33, 34, 33]
    assert sum(o.refund_minor for o in (first, second, third)) == 2_900
    assert third.kept == ()


def test_a_threshold_that_is_no_longer_met_is_told_and_the_discount_stays() -> None:
    case = a_case(
        a_line("1", 2_000), a_line("2", 1_000), campaigns=(a_campaign(condition=OVER_25),)
    )

    outcome = returned(case, ("2", 1))

    assert outcome.refund_minor == 900
    assert outcome.no_longer_met == {"c": (("below_subtotal", 500, 2_500, "DKK"),)}
    assert outcome.clawed_back == {}


def test_under_claw_back_the_refund_bears_what_the_kept_goods_were_given() -> None:
    case = a_case(
        a_line("1", 2_000), a_line("2", 1_000), campaigns=(a_campaign(condition=OVER_25),)
    )

    outcome = returned(case, ("2", 1), policy="claw_back")
    rest = returned(case, ("1", 1), kept=outcome.kept, policy="claw_back")

    assert outcome.clawed_back == {"c": 200}
    assert outcome.refund_minor == 700
    assert rest.refund_minor == 2_000


def test_a_refund_is_never_clawed_back_below_nothing() -> None:
    half = a_campaign(benefit=percentage(5_000), condition=OVER_25)
    case = a_case(a_line("1", 2_400), a_line("2", 200), campaigns=(half,))

    outcome = returned(case, ("2", 1), policy="claw_back")

    assert (outcome.refund_minor, outcome.clawed_back) == (0, {"c": 100})


def test_what_the_customer_was_entitled_by_stays_out_of_it() -> None:
    either = {"kind": "any", "of": [OVER_25, {"kind": "code", "any_of": ["spring"]}]}
    case = a_case(
        a_line("1", 2_000),
        a_line("2", 1_000),
        campaigns=(a_campaign(condition=either),),
        basket={"codes": ["spring"]},
    )

    assert returned(case, ("2", 1), policy="claw_back").no_longer_met == {}


def test_what_the_till_has_refunded_wins_and_is_not_clawed_back() -> None:
    case = a_case(
        a_line("1", 2_000), a_line("2", 1_000), campaigns=(a_campaign(condition=OVER_25),)
    )

    outcome = returned(case, ("2", 1), refund_minor=950, policy="claw_back")

    assert (outcome.refund_minor, outcome.lines[0].computed_minor) == (950, 900)
    assert outcome.clawed_back == {}


@pytest.mark.parametrize("line", [("1", 2), ("no such line", 1)])
def test_more_than_is_kept_does_not_come_back(line: tuple[str, int]) -> None:
    with pytest.raises(ReturnRefused, match="is kept"):
        returned(a_case(), line)


@PART
@given(st.integers(0, 10_000), st.integers(1, 40), st.lists(st.integers(0, 10_000), max_size=4))
def test_all_parts_together_are_exactly_the_whole(
    paid_minor: int, quantity: int, given_off: list[int]
) -> None:
    discounts = {f"c{at}": minor for at, minor in enumerate(given_off)}
    case = a_case(a_line("1", 0, quantity=quantity))
    kept: tuple[KeptLine, ...] = (
        KeptLine(
            line_id="1", quantity=Decimal(quantity), paid_minor=paid_minor, discounts=discounts
        ),
    )
    refunds, back = [], dict.fromkeys(discounts, 0)

    while kept:
        outcome = returned(case, ("1", 1), kept=kept)
        kept = outcome.kept
        refunds.append(outcome.refund_minor)
        for campaign_id, minor in outcome.lines[0].discounts.items():
            back[campaign_id] += minor

    assert sum(refunds) == paid_minor
    assert min(refunds) >= 0
    assert back == discounts


def test_a_campaign_that_cannot_have_applied_in_the_sales_currency_is_refused() -> None:
    kept = ({"line_id": "1", "quantity": 2, "paid_minor": 1_800, "discounts": {"c": 200}},)
    abroad = {"kind": "basket_subtotal", "at_least": {"SEK": 1}}
    case = a_case(a_line(quantity=2), campaigns=(a_campaign(condition=abroad),))

    with pytest.raises(ReturnRefused, match="campaigns: c names no amounts in DKK"):
        returned(case, ("1", 1), kept=tuple(map(KeptLine.model_validate, kept)))
