"""Campaigns as records: what must not go live, and the examples that must hold."""

from typing import Any

import pytest

from tests.support.discounts import NOON, a_campaign, a_line, amount_off, percentage
from tillbridge.domain.discounts.record import campaign_of, faults_in_campaign
from tillbridge.domain.record_kinds import faults_in_record


def an_example(expect: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A basket of two lines of 10.00 DKK, and what must come of it."""
    lines = [a_line("1"), a_line("2")]
    basket = {"currency": "DKK", "lines": lines}
    return {"name": "two lines", "as_of": NOON, "basket": basket, "expect": expect, **changes}


def messages(campaign: dict[str, Any]) -> dict[str, str]:
    return {fault.path: fault.message for fault in faults_in_campaign(campaign)}


def test_a_campaign_whose_examples_hold_may_go_live() -> None:
    examples = [
        an_example({"discount_minor": 200, "lines": {"1": 100, "2": 100}}),
        an_example({"discount_minor": 0, "reasons": ["ended"]}, as_of="2027-01-01T00:00:00Z"),
    ]
    campaign = a_campaign(active={"until": "2026-12-31T00:00:00Z"}, examples=examples)

    assert faults_in_record("CAMPAIGN#c", campaign) == []


@pytest.mark.parametrize(
    ("expect", "path", "said"),
    [
        ({"discount_minor": 100}, "discount_minor", "expected 100, got 200"),
        (
            {"discount_minor": 200, "lines": {"1": 200}},
            "lines",
            "expected {'1': 200}, got {'1': 100, '2': 100}",
        ),
        (
            {"discount_minor": 200, "reasons": ["ended"]},
            "reasons",
            "expected ['ended'], got []",
        ),
    ],
)
def test_an_example_that_does_not_hold_says_what_came_instead(
    expect: dict[str, Any], path: str, said: str
) -> None:
    faults = messages(a_campaign(examples=[an_example(expect)]))

    assert faults == {f"examples.0.expect.{path}": f"two lines: {said}"}


def test_an_example_that_got_nothing_says_why() -> None:
    campaign = a_campaign(
        condition={"kind": "tier", "any_of": ["gold"]},
        examples=[an_example({"discount_minor": 200}, customer={"id": "jane", "tier": "silver"})],
    )

    (fault,) = faults_in_campaign(campaign)

    assert fault.hint == "Tier silver, needs gold."


def test_an_example_names_reasons_that_there_are() -> None:
    campaign = a_campaign(examples=[an_example({"discount_minor": 0, "reasons": ["too_late"]})])

    assert "there is no reason too_late" in messages(campaign)["examples.0.expect"]


def test_a_misspelt_member_is_told_with_what_was_meant() -> None:
    campaign = a_campaign(
        "c", condition={"kind": "basket_subtotal", "at_leats": {"DKK": 1}, "at_most": {"DKK": 2}}
    )

    (fault,) = faults_in_campaign(campaign)

    assert (fault.path, fault.hint) == ("condition.at_leats", "Did you mean at_least?")


def test_a_campaign_that_could_run_nowhere_is_refused() -> None:
    nowhere = a_campaign(benefit=amount_off(500), caps={"max_amount": {"EUR": 100}})
    not_there = a_campaign(benefit=amount_off(500), currencies=["DKK", "SEK"])

    assert list(messages(nowhere)) == [""]
    assert list(messages(not_there)) == ["currencies.1"]
    assert messages(a_campaign(benefit=amount_off(500), currencies=["DKK"], enabled=False)) == {}


def test_a_decimal_of_a_stored_record_is_the_one_that_was_written() -> None:
    condition = {"kind": "selected_quantity", "at_least": 0.345}

    campaign = campaign_of(a_campaign(condition=condition, examples=["anything"]))

    assert str(campaign.model_dump()["condition"]["at_least"]) == "0.345"


def test_a_percentage_is_whole_basis_points() -> None:
    assert list(messages(a_campaign(benefit=percentage(10)))) == []
    assert list(messages(a_campaign(benefit={"kind": "percentage", "basis_points": 0.5}))) == [
        "benefit.basis_points"
    ]


def test_a_merchants_rules_are_judged_by_their_schema() -> None:
    assert faults_in_record("DISCOUNTS", {"strategy": "best_for_customer"}) == []
    (fault,) = faults_in_record("DISCOUNTS", {"stratgy": "priority"})
    assert fault.hint == "Did you mean strategy?"
