from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.money import exponent, round_to_currency

CURRENCIES = {"DKK": 2, "USD": 2, "JPY": 0, "ISK": 0, "JOD": 3, "KWD": 3}


@pytest.mark.parametrize(("currency_code", "decimals"), CURRENCIES.items())
def test_a_currency_has_its_own_number_of_decimals(currency_code: str, decimals: int) -> None:
    assert exponent(currency_code) == decimals


@pytest.mark.parametrize(
    ("amount", "currency_code", "rounded"),
    [
        ("12.345", "DKK", "12.35"),
        ("12.344", "DKK", "12.34"),
        ("-12.345", "DKK", "-12.35"),
        ("0.5", "JPY", "1"),
        ("2.5", "JPY", "3"),
        ("1.2345", "JOD", "1.235"),
        ("7", "DKK", "7.00"),
        ("-0.001", "DKK", "0.00"),
        ("1E+3", "DKK", "1000.00"),
    ],
)
def test_an_amount_is_rounded_half_up(amount: str, currency_code: str, rounded: str) -> None:
    assert str(round_to_currency(Decimal(amount), currency_code)) == rounded


@pytest.mark.requirement("X6")
@given(
    amount=st.decimals(-(10**13), 10**13, allow_nan=False, places=6),
    currency_code=st.sampled_from(list(CURRENCIES)),
)
def test_rounding_moves_by_half_a_minor_unit_at_most_and_only_once(
    amount: Decimal, currency_code: str
) -> None:
    rounded = round_to_currency(amount, currency_code)

    assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-CURRENCIES[currency_code])
    assert round_to_currency(rounded, currency_code) == rounded
