"""What all benefits work with: the basket as they find it, picked units, and what comes off."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from tillbridge.domain.discounts.allocation import Remainder, allocate, part_of
from tillbridge.domain.discounts.matching import ONE, IndexedBasket, Mask
from tillbridge.domain.discounts.reasons import Reason


class Offer(NamedTuple):
    """What comes off each line, by number (minor units), and the lines that took part in it."""

    shares: dict[int, int]
    used: Mask


class Counter(NamedTuple):
    """The basket as a benefit finds it: what each line costs by now, which lines are not open to
    the campaign, who bears what does not divide, below which price no unit is sold, and what may
    come off at most."""

    basket: IndexedBasket
    running: Sequence[int]
    closed: Mask
    remainder: Remainder
    floor: int | None = None
    cap: int | None = None


# Given the campaign's own open lines, of which there is one at least.
Give: TypeAlias = Callable[[Counter, Mask], Offer | Reason]
# How many units of which line, by number.
Taken: TypeAlias = dict[int, int]


def percent_off(
    at: Counter,
    numbers: Sequence[int],
    bases: Sequence[int],
    basis_points: int,
    *,
    of_running: bool = True,
) -> dict[int, int]:
    """So much of the bases' sum, rounded half up once and shared among the lines, as far as they
    have room. A base that is part of what the line costs by now has, but for a floor."""
    total = (sum(bases) * basis_points + 5_000) // 10_000
    if at.cap is not None:
        total = min(total, at.cap)
    most = None if of_running and at.floor is None else [room_of(at, n) for n in numbers]
    return dict(zip(numbers, allocate(total, bases, at.remainder, most), strict=True))


def room_of(at: Counter, number: int) -> int:
    """What may come off a line before a unit is sold for less than the floor."""
    cost = at.running[number]
    if at.floor is None:
        return cost
    least: int = -(-at.floor * at.basket.quantities[number] // ONE)  # rounded up
    return max(0, cost - least)


def cheapest_first(basket: IndexedBasket, mask: Mask) -> list[int]:
    return sorted(basket.numbers(mask), key=lambda n: (basket.unit_values[n], n))


def dearest_first(basket: IndexedBasket, mask: Mask) -> list[int]:
    return sorted(basket.numbers(mask), key=lambda n: (-basket.unit_values[n], n))


def take(order: Sequence[int], units: Sequence[int], count: int) -> Taken:
    """`count` units, line by line in this order, or all there are."""
    taken: Taken = {}
    for number in order:
        if not count:
            break
        taken[number] = min(count, units[number])
        count -= taken[number]
    return taken


def cost_of(basket: IndexedBasket, costs: Sequence[int], taken: Taken) -> list[int]:
    """What the taken units of each line come to."""
    return [part_of(costs[n], count, basket.units[n]) for n, count in taken.items()]


def units_off(at: Counter, taken: Taken, basis_points: int, used: Mask) -> Offer:
    """The taken units for less."""
    ordered = dict(sorted(taken.items()))
    costs = cost_of(at.basket, at.running, ordered)
    return Offer(percent_off(at, list(ordered), costs, basis_points), used)
