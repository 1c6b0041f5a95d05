"""Money at the edges: decimals, never binary floats, rounded to what a currency can pay."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# ISO 4217: all other currencies have two.
_NO_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_EXPONENTS = {
    **dict.fromkeys(_NO_DECIMALS, 0),
    **dict.fromkeys(_THREE_DECIMALS, 3),
}


def exponent(currency_code: str) -> int:
    """How many decimals an amount in this currency has (ISO 4217): DKK 2, JPY 0, JOD 3."""
    return _EXPONENTS.get(currency_code, 2)


@lru_cache(maxsize=256)
def _smallest(currency_code: str) -> Decimal:
    return Decimal(1).scaleb(-exponent(currency_code))


def round_to_currency(amount: Decimal, currency_code: str) -> Decimal:
    """The amount in major units, rounded half up to the currency's exponent."""
    rounded = amount.quantize(_smallest(currency_code), ROUND_HALF_UP)
    return rounded or abs(rounded)  # never -0


def minor_units(amount: Decimal, currency_code: str) -> int:
    """An amount in major units as minor ones. Raises `ValueError` for one that has more decimals
    than the currency."""
    decimals = exponent(currency_code)
    minor = amount.scaleb(decimals)
    if minor != minor.to_integral_value():
        raise ValueError(f"an amount in {currency_code} has at most {decimals} decimals")
    return int(minor)


def major_units(amount_minor: int, currency_code: str) -> Decimal:
    """The amount in major units, with the currency's decimals."""
    return Decimal(amount_minor).scaleb(-exponent(currency_code))


def money_text(amount_minor: int, currency_code: str) -> str:
    """`4.10 DKK`, `500 JPY`, `1.250 JOD`."""
    return f"{major_units(amount_minor, currency_code):f} {currency_code}"
