"""Whole numbers of the engine in each POS's units, and back without loss."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.discounts.units import amount_text, fraction, percent_text
from tillbridge.domain.money import exponent, major_units

BASIS_POINTS = st.integers(1, 10_000)
CURRENCIES = st.sampled_from(["DKK", "JPY", "JOD"])


@pytest.mark.requirement("X6")
@given(BASIS_POINTS)
def test_basis_points_come_back_from_a_fraction_and_from_per_cent(basis_points: int) -> None:
    assert fraction(basis_points) * 10_000 == basis_points
    assert Decimal(str(float(fraction(basis_points)))) * 10_000 == basis_points
    assert Decimal(percent_text(basis_points)) * 100 == basis_points


@pytest.mark.requirement("X6")
@given(st.integers(0, 10**12), CURRENCIES)
def test_minor_units_come_back_from_an_amount(amount_minor: int, currency: str) -> None:
    scale = 10 ** exponent(currency)
    assert Decimal(amount_text(amount_minor, currency)) * scale == amount_minor
    assert Decimal(str(float(major_units(amount_minor, currency)))) * scale == amount_minor


@pytest.mark.parametrize(
    ("basis_points", "text"), [(1_000, "10"), (1_250, "12.5"), (1, "0.01"), (10_000, "100")]
)
def test_per_cent_is_written_as_people_do(basis_points: int, text: str) -> None:
    assert percent_text(basis_points) == text


@pytest.mark.parametrize(("currency", "text"), [("DKK", "5.00"), ("JPY", "500"), ("JOD", "0.500")])
def test_an_amount_has_its_currencys_decimals(currency: str, text: str) -> None:
    assert amount_text(500, currency) == text
