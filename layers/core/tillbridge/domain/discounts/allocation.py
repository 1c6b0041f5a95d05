"""Sharing an amount among lines to the minor unit, exactly (largest remainder method)."""

from collections.abc import Sequence
from typing import Literal

Remainder = Literal["largest", "first", "last"]


def ratio_half_up(numerator: int, denominator: int) -> int:
    """The quotient of two non-negative whole numbers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def part_of(amount: int, count: int, of: int) -> int:
    """What `count` of `of` equal pieces of an amount come to. Rises with `count`, and all of them
    come to the amount, so that the differences between its values add up."""
    return ratio_half_up(amount * count, of)


def allocate(
    total: int,
    weights: Sequence[int],
    remainder: Remainder = "largest",
    most: Sequence[int] | None = None,
) -> list[int]:
    """Shares of `total` in proportion to `weights`, 0 <= total <= their sum; none exceeds its
    weight, nor what it can bear at `most`. Each is rounded down first. The minor units that are
    left over go one by one to where most is missing, ties to the earlier place, or as many as there
    is room for to the first or the last place, then on to the next. They add up to `total`, less
    what exceeds `most`: what one cannot bear is not another's."""
    weight = sum(weights)
    if not weight or (total == weight and most is None):
        return list(weights)
    shares = [total * w // weight for w in weights]
    missing = [total * w % weight for w in weights]
    room = weights if most is None else most
    if most is not None:
        shares = list(map(min, shares, most))
        beyond = (max(0, total * w - m * weight) for w, m in zip(weights, most, strict=True))
        total -= sum(beyond) // weight
    left = total - sum(shares)
    if not left:
        return shares
    places = range(len(weights))
    if remainder == "largest":
        _spread(left, sorted(places, key=lambda i: (-missing[i], i)), shares, room)
        return shares
    for place in places if remainder == "first" else reversed(places):
        taken = min(left, room[place] - shares[place])
        shares[place] += taken
        left -= taken
    return shares


def _spread(left: int, order: Sequence[int], shares: list[int], room: Sequence[int]) -> None:
    """One unit for each place that has room, in this order, and so on until none is left."""
    while left:
        open_places = [place for place in order if shares[place] < room[place]][:left]
        if not open_places:
            break
        for place in open_places:
            shares[place] += 1
        left -= len(open_places)
