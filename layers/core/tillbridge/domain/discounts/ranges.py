"""Thresholds: nothing where a number lies within, otherwise the reason with what is missing."""

from tillbridge.domain.discounts.fields import Amounts
from tillbridge.domain.discounts.reasons import Reasons


def count_within(what: str, have: int, least: int | None, most: int | None) -> Reasons | None:
    """`too_few_<what>` or `too_many_<what>`."""
    if least is not None and have < least:
        return ((f"too_few_{what}", least - have, least),)
    if most is not None and have > most:
        return ((f"too_many_{what}", have - most, most),)
    return None


def sum_within(
    what: str, have: int, least: int | None, most: int | None, *facts: str
) -> Reasons | None:
    """`below_<what>` or `above_<what>`, with more facts: a currency, what it is a sum of."""
    if least is not None and have < least:
        return ((f"below_{what}", least - have, least, *facts),)
    if most is not None and have > most:
        return ((f"above_{what}", have - most, most, *facts),)
    return None


def of_currency(amounts: Amounts | None, currency: str) -> int | None:
    """Raises `KeyError` where there are amounts, but none in this currency."""
    return None if amounts is None else amounts[currency]
