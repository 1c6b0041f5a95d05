"""The engine's whole numbers in the units of each POS, without loss: 4200 basis points are
Ka-ching's fraction 0.42 and 42 per cent; 500 minor units are 5.00 DKK, 500 JPY, 0.500 JOD."""

from decimal import Decimal

from tillbridge.domain.money import major_units


def fraction(basis_points: int) -> Decimal:
    """0.42"""
    return Decimal(basis_points).scaleb(-4)


def percent_text(basis_points: int) -> str:
    """`42`, `12.5`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


def amount_text(amount_minor: int, currency: str) -> str:
    """`5.00`, with as many decimals as the currency has."""
    return f"{major_units(amount_minor, currency):f}"
