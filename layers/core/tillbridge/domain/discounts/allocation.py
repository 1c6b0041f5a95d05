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


def allocate(total: int, weights: Sequence[int], remainder: Remainder = "largest") -> list[int]:
    """Shares of `total` in proportion to `weights`, 0 <= total <= their sum. They add up to `total`
    and none exceeds its weight. Each is rounded down first; the minor units that are left over go
    one by one to the largest remainders, ties to the earlier place, or all to the first or the last
    place that can take them."""
    weight = sum(weights)
    if total == weight:
        return list(weights)
    shares = [total * w // weight for w in weights]
    left = total - sum(shares)
    if not left:
        return shares
    places = range(len(weights))
    if remainder == "largest":
        for place in sorted(places, key=lambda i: (-(total * weights[i] % weight), i))[:left]:
            shares[place] += 1
        return shares
    for place in places if remainder == "first" else reversed(places):
        taken = min(left, weights[place] - shares[place])
        shares[place] += taken
        left -= taken
    return shares
