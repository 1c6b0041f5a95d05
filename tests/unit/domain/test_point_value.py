"""What points are worth: never something for nothing, never more points than were shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.point_value import PointValue

VALUES = st.builds(PointValue, points=st.integers(1, 10**6), amount_minor=st.integers(1, 10**6))
POINTS = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("points", "amount_minor", "has", "worth_minor"),
    [(100, 500, 250, 1_250), (1, 5, 3, 15), (1_000, 5, 199, 0), (3, 100, 2, 66)],
)
def test_points_are_worth_what_they_can_pay(
    points: int, amount_minor: int, has: int, worth_minor: int
) -> None:
    assert PointValue(points=points, amount_minor=amount_minor).worth_minor(has) == worth_minor


@given(VALUES, POINTS)
def test_the_whole_balance_can_be_paid_with_the_points_that_were_shown(
    value: PointValue, points: int
) -> None:
    assert value.points_for(value.worth_minor(points)) <= points


@given(VALUES, st.integers(1, 10**9))
def test_no_amount_is_paid_with_fewer_points_than_it_is_worth(
    value: PointValue, amount_minor: int
) -> None:
    paid_with = value.points_for(amount_minor)

    assert paid_with >= 1
    assert value.worth_minor(paid_with) >= amount_minor
    assert value.worth_minor(paid_with - 1) < amount_minor


@given(VALUES, POINTS, st.integers(1, 10**9))
def test_an_amount_is_within_the_balance_when_its_points_are_there(
    value: PointValue, points: int, amount_minor: int
) -> None:
    assert (value.points_for(amount_minor) <= points) == (amount_minor <= value.worth_minor(points))
