"""Programmes and rewards as records: what is wrong is said with its place, and their own examples
are their tests."""

from typing import Any

import pytest

from tillbridge.domain.record_kinds import faults_in_record

EARN = {"rates": {"DKK": {"points": 1, "per_minor": 100}}}
TIERS = {"window_months": 12, "levels": [{"code": "gold", "label": "Gold", "points": 500}]}
SALE = {"currency": "DKK", "lines": [{"amount_minor": 2_000}]}
REWARD: dict[str, Any] = {
    "id": "five-off",
    "points": 100,
    "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
}


def faults(record: dict[str, Any], name: str = "PROGRAM") -> list[tuple[str, str]]:
    return [(fault.path, fault.message) for fault in faults_in_record(name, record)]


def test_the_programmes_of_yesterday_are_good_still() -> None:
    assert faults({}) == []
    assert faults({"schema_version": 1, "provider": "ledger", "points_good_for_days": 365}) == []


def test_examples_that_hold_are_no_fault() -> None:
    examples = {
        "earning": [{"name": "twenty", "sale": SALE, "expect": 20}],
        "tiers": [
            {"name": "gold", "earned": {"2026-11-01": 500}, "on": "2026-11-25", "expect": "gold"}
        ],
    }

    assert faults({"earn": EARN, "tiers": TIERS, "examples": examples}) == []


def test_an_example_that_does_not_hold_says_what_came_of_it() -> None:
    examples = {
        "earning": [{"name": "three hundred", "sale": SALE, "expect": 300}],
        "tiers": [
            {"name": "none", "earned": {"2026-11-01": 500}, "on": "2026-11-25", "expect": None},
            {"name": "gold", "earned": {"2025-10-31": 500}, "on": "2026-11-25", "expect": "gold"},
        ],
    }

    assert faults({"earn": EARN, "tiers": TIERS, "examples": examples}) == [
        ("examples.earning.0.expect", "three hundred: expected 300 points, got 20"),
        ("examples.tiers.0.expect", "none: expected no tier, got gold"),
        ("examples.tiers.1.expect", "gold: expected gold, got no tier"),
    ]


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"examples": {"earning": [{"name": "n", "sale": SALE, "expect": 1}]}}, "no `earn`"),
        (
            {
                "examples": {
                    "tiers": [{"name": "n", "earned": {}, "on": "2026-11-25", "expect": None}]
                }
            },
            "no `tiers`",
        ),
        (
            {
                "earn": EARN,
                "examples": {"earning": [{"name": "n", "sale": SALE, "tier": "gold", "expect": 1}]},
            },
            "no such tier",
        ),
        ({"tiers": {"levels": TIERS["levels"]}}, "window_months"),
        ({"tiers": {**TIERS, "window_days": 30}}, "window_months"),
        (
            {"tiers": {**TIERS, "levels": [*TIERS["levels"], *TIERS["levels"]]}},  # type: ignore[misc]
            "must be more",
        ),
        ({"earn": {"rates": {}}}, "at least 1"),
        ({"earn": {"rates": {"DKK": {"points": 1, "per_minor": 0}}}}, "greater"),
        ({"earn": {"rates": {"DKK": {"points": 0.5, "per_minor": 1}}}}, "integer"),
        ({"earn": {"rates": {"kr": {"points": 1, "per_minor": 1}}}}, "pattern"),
    ],
)
def test_a_programme_that_cannot_be_meant_is_refused(record: dict[str, Any], told: str) -> None:
    assert any(told in message for _path, message in faults(record))


@pytest.mark.parametrize("name", ["hold_ttl_s", "points_good_for_days", "refund_grace_days"])
@pytest.mark.parametrize("value", ["900", True])
def test_a_number_is_written_as_one(name: str, value: Any) -> None:
    assert [path for path, _ in faults({name: value})] == [name]
    assert faults({name: 900}) == []


def test_what_points_are_worth_is_written_in_numbers() -> None:
    worth = {"points": "100", "amount_minor": True}

    assert [path for path, _ in faults({"point_values": {"DKK": worth}})] == [
        "point_values.DKK.points",
        "point_values.DKK.amount_minor",
    ]


def test_two_tiers_need_codes_of_their_own() -> None:
    same = [{"code": "gold", "label": "G", "points": points} for points in (1, 2)]

    assert any("code" in message for _, message in faults({"tiers": {**TIERS, "levels": same}}))


def test_a_misspelt_member_is_named() -> None:
    (fault,) = faults_in_record("PROGRAM", {"earn": {**EARN, "roundign": "up"}})

    assert (fault.path, fault.hint) == ("earn.roundign", "Did you mean rounding?")


@pytest.mark.parametrize(
    ("given", "expect", "told"),
    [
        ({"available": 100}, {"points": 100, "amount_minor": 500}, []),
        (
            {"available": 100},
            {"amount_minor": 400},
            [("examples.0.expect.amount_minor", "n: expected 400, got 500")],
        ),
        (
            {"available": 99},
            {"amount_minor": 500},
            [
                ("examples.0.expect.amount_minor", "n: expected 500, got None"),
                ("examples.0.expect.reason", "n: expected None, got insufficient_points"),
            ],
        ),
        ({"available": 99}, {"reason": "insufficient_points"}, []),
    ],
)
def test_a_rewards_examples_are_its_tests(
    given: dict[str, Any], expect: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    example = {"name": "n", "given": {"currency": "DKK", **given}, "expect": expect}

    assert faults({**REWARD, "examples": [example]}, "REWARD#five-off") == told


def test_an_example_without_an_instant_is_of_one_at_which_the_reward_is_valid() -> None:
    example = {"name": "n", "given": {"available": 100}, "expect": {"points": 100}}
    for valid in (
        {"from": "2030-01-01T00:00:00Z"},
        {"until": "1990-01-01T00:00:00Z"},
        {"from": "2030-01-01T00:00:00Z", "until": "2030-01-02T00:00:00Z"},
    ):
        assert faults({**REWARD, "valid": valid, "examples": [example]}, "REWARD#five-off") == []


@pytest.mark.parametrize(
    "valid",
    [
        {"until": "0001-01-01T00:00:00Z"},
        {"from": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_a_reward_at_the_edge_of_time_is_refused_not_judged(valid: dict[str, str]) -> None:
    example = {"name": "one", "given": {"available": 100}, "expect": {"points": 100}}
    reward = {**REWARD, "valid": valid, "examples": [example]}

    assert [path for path, _ in faults(reward, "REWARD#five-off")] == [f"valid.{next(iter(valid))}"]


def test_an_examples_instant_at_the_edge_of_time_is_refused() -> None:
    given = {"available": 100, "at": "0001-01-01T00:00:00+14:00"}
    example = {"name": "one", "given": given, "expect": {"reason": "ended"}}
    reward = {**REWARD, "valid": {"until": "2026-01-01T00:00:00Z"}, "examples": [example]}

    assert [path for path, _ in faults(reward, "REWARD#five-off")] == ["examples.0.given.at"]


@pytest.mark.parametrize("window", [{"window_months": 36}, {"window_days": 92}])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_tiers_example_at_the_edge_of_time_is_refused(window: dict[str, int], day: str) -> None:
    levels = [{"code": "gold", "label": "Gold", "points": 10}]
    example = {"name": "one", "earned": {day: 20}, "on": day, "expect": "gold"}
    programme = {"tiers": {**window, "levels": levels}, "examples": {"tiers": [example]}}

    assert {path for path, _ in faults(programme)} == {
        "examples.tiers.0.on",
        f"examples.tiers.0.earned.{day}",
    }


def test_a_reward_is_what_its_name_says() -> None:
    ((path, _message),) = faults(REWARD, "REWARD#another")

    assert path == "id"
