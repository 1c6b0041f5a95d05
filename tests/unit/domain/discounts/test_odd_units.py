"""Where the minor units go that do not divide, once something else bounds the shares."""

from typing import Any

import pytest

from tillbridge.domain.discounts.allocation import Remainder, allocate
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate

PERCENTAGE = {"kind": "percentage", "basis_points": 625}


def shares(lines: dict[str, int], *campaigns: dict[str, Any], **settings: str) -> dict[str, int]:
    """What the last campaign takes off lines of these prices."""
    case = {
        "basket": {
            "currency": "DKK",
            "lines": [
                {"id": line, "product_id": line, "unit_price_minor": price}
                for line, price in lines.items()
            ],
        },
        "campaigns": [
            {"id": f"campaign-{number}", "name": "A campaign", **campaign}
            for number, campaign in enumerate(campaigns)
        ],
        "settings": settings,
        "as_of": "2026-11-25T12:00:00Z",
    }
    return evaluate(Case.model_validate(case)).campaigns[-1].shares


def test_a_percentage_that_is_cut_to_a_cap_is_shared_like_that_amount_off() -> None:
    lines = {"a": 6, "b": 18}

    capped = shares(lines, {"benefit": PERCENTAGE, "caps": {"max_amount": {"DKK": 1}}})

    assert capped == shares(lines, {"benefit": {"kind": "amount_off", "amount": {"DKK": 1}}})
    assert capped == {"b": 1}  # 0.25 and 0.75 of the one unit


@pytest.mark.parametrize("remainder", ["largest", "first", "last"])
def test_who_bears_the_odd_unit_does_not_decide_how_much_is_given(remainder: str) -> None:
    unit_for_1 = {"benefit": {"kind": "new_unit_price", "price": {"DKK": 1}}}
    half_of_original = {
        "benefit": {"kind": "percentage", "basis_points": 5_000, "base": "original"},
    }

    given = shares({"a": 2, "b": 1}, unit_for_1, half_of_original, remainder=remainder)

    assert given == {"a": 1, "b": 1}  # half of 3 is 2; `a` has room for no more than 1


@pytest.mark.parametrize("remainder", ["largest", "first", "last"])
def test_what_lines_cannot_bear_is_not_another_lines(remainder: Remainder) -> None:
    """Ninety-nine lines at their floor left half a minor unit each, and all of them went to the one
    line that had room: half price became 55 % off."""
    shared = allocate(5_500, [101] * 99 + [1_000], remainder, [0] * 99 + [1_000])

    assert shared[:99] == [0] * 99
    assert 500 <= shared[99] <= 501
