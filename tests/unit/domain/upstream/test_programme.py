from typing import Any

import pytest

from tests.support.builders import an_upstream_record
from tillbridge.domain.record_kinds import faults_in_record
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord

KEY = {"kind": "key", "key_window_s": 86_400}


def faults(**changes: Any) -> list[str]:
    return [str(fault) for fault in faults_in_record("PROGRAM", an_upstream_record(**changes))]


def rules(**changes: Any) -> UpstreamProgrammeRecord:
    return UpstreamProgrammeRecord.model_validate(an_upstream_record(**changes))


@pytest.mark.parametrize(
    "capability",
    [
        KEY,
        {"kind": "query"},
        {"kind": "none", "accept_manual_work": True},
        {"kind": "reserve", "reservation_ttl_s": 900, "otherwise": KEY},
    ],
)
def test_each_capability_can_be_declared(capability: dict[str, Any]) -> None:
    assert faults(capability=capability) == []


def test_who_promises_nothing_has_to_say_that_people_will_have_to_look() -> None:
    assert faults(capability={"kind": "none"}) == [
        "capability.accept_manual_work: Field required. Add it."
    ]


def test_points_that_are_taken_must_be_able_to_come_back() -> None:
    (fault,) = faults(reverse="none")
    assert "must be able to come back" in fault
    assert faults(reverse="none", credits=True) == []


def test_a_reservation_outlasts_its_hold() -> None:
    reserve = {"kind": "reserve", "reservation_ttl_s": 899, "otherwise": KEY}
    (fault,) = faults(capability=reserve)
    assert "must be at least `hold_ttl_s`" in fault


@pytest.mark.parametrize("name", ["max_processing_s", "most_points", "hold_ttl_s"])
@pytest.mark.parametrize("value", ["900", True])
def test_a_number_is_written_as_one(name: str, value: Any) -> None:
    (fault,) = faults(**{name: value})
    assert fault.startswith(name)


@pytest.mark.parametrize(
    "capability",
    [
        {"kind": "key", "key_window_s": "86400"},
        {"kind": "reserve", "reservation_ttl_s": "1200", "otherwise": KEY},
    ],
)
def test_how_long_a_system_keeps_its_word_is_written_as_a_number(
    capability: dict[str, Any],
) -> None:
    assert len(faults(capability=capability)) == 1


def test_a_provider_that_is_not_known_is_told_which_are() -> None:
    assert faults(provider="loyaltyland") == [
        "provider: There is no such provider. Write ledger or http."
    ]


def test_a_key_is_sent_again_for_half_of_the_time_that_it_is_remembered() -> None:
    assert rules().resend_within_s == 43_200
    assert rules(capability={"kind": "query"}).resend_within_s == 0


@pytest.mark.parametrize(("max_processing_s", "settle_s"), [(1, 90), (30, 90), (31, 93)])
def test_what_is_not_found_is_given_three_times_its_time(
    max_processing_s: int, settle_s: int
) -> None:
    assert rules(max_processing_s=max_processing_s).settle_s == settle_s


def test_a_programme_names_the_records_that_it_needs() -> None:
    assert rules().operations == ("loyalty_redeem", "loyalty_reverse")
    reserve = {"kind": "reserve", "reservation_ttl_s": 900, "otherwise": {"kind": "query"}}
    assert rules(
        capability=reserve, reverse="none", credits=True, may_overdraw=True
    ).operations == (
        *("loyalty_reserve", "loyalty_commit", "loyalty_cancel"),
        *("loyalty_query", "loyalty_accrue", "loyalty_balance"),
    )
