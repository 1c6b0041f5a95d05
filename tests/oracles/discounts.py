"""A second opinion on discounts: slow, exhaustive and exact, written from the words of the rules.

It shares nothing with the engine. A basket is a handful of lines, an offer a function from what is
left of them to what it takes off; every share is a `Fraction` until it is rounded, allocation tries
every way to place the odd minor units, and the best answer for the customer is found by trying
every subset of the offers. Good for some six lines and eight offers.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import floor

# Minor units by line id.
Amounts = dict[str, int]


def rounded(exact: Fraction) -> int:
    """To the nearest whole minor unit, halves up. `exact` is not negative."""
    return floor(exact + Fraction(1, 2))


def allocate(
    total: int,
    weights: Mapping[str, Fraction | int],
    remainder: str,
    most: Mapping[str, int],
) -> Amounts:
    """`total` over the lines in proportion to their weights, none above the most it can bear: what
    the exact shares are above that is lost, as far as it makes whole units.

    Each exact share is cut to whole units; then every way to place the odd units on lines that have
    room is tried. `largest` wants the way that is nearest to the exact shares; among equals, the
    one that favours the line ids in their order. `first` and `last` want as much as there is room
    for on the line at that end, then on the next.
    """
    ids = sorted(line for line in weights if weights[line])
    exact = {line: total * Fraction(weights[line]) / sum(weights.values()) for line in ids}
    cut = {line: min(floor(exact[line]), most[line]) for line in ids}
    room = {line: most[line] - cut[line] for line in ids}
    lost = floor(sum(max(Fraction(0), exact[line] - most[line]) for line in ids))
    odd = min(total - lost - sum(cut.values()), sum(room.values()))
    ways = [
        {line: cut[line] + extra for line, extra in zip(ids, extras, strict=True)}
        for extras in product(*(range(min(odd, room[line]) + 1) for line in ids))
        if sum(extras) == odd
    ]

    def distance(way: Amounts) -> Fraction:
        return sum(((way[line] - exact[line]) ** 2 for line in ids), Fraction(0))

    def most_to_the_first(way: Amounts) -> list[int]:
        return [-way[line] for line in ids]

    if remainder == "first":
        return min(ways, key=most_to_the_first)
    if remainder == "last":
        return min(ways, key=lambda way: most_to_the_first(way)[::-1])
    return min(ways, key=lambda way: (distance(way), most_to_the_first(way)))


@dataclass(frozen=True)
class Line:
    """One line as the till sent it."""

    id: str
    unit_price: int
    quantity: Fraction
    amount: int


# What is left of the lines that an offer may touch, to what it takes off each.
Benefit = Callable[[Mapping[Line, int]], Mapping[Line, int]]


@dataclass(frozen=True)
class Offer:
    """A campaign whose conditions hold, as far as combining goes."""

    id: str
    priority: int
    lines: frozenset[str]
    benefit: Benefit
    exclusive: bool = False
    exclusive_lines: bool = False
    group: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What each applied offer takes off each line."""

    applied: Mapping[str, Amounts]

    @property
    def total(self) -> int:
        return sum(sum(lines.values()) for lines in self.applied.values())


def by_priority(lines: Iterable[Line], offers: Iterable[Offer]) -> Outcome:
    """Offers one after the other, higher priority first, ties by id, each on what is left."""
    basket = list(lines)
    left = {line: line.amount for line in basket}
    applied: dict[str, Amounts] = {}
    used: dict[str, frozenset[str]] = {}
    done: list[Offer] = []
    for offer in sorted(offers, key=lambda one: (-one.priority, one.id)):
        if done and (offer.exclusive or any(other.exclusive for other in done)):
            continue
        if offer.group is not None and any(other.group == offer.group for other in done):
            continue
        open_to_it = {
            line: left[line]
            for line in basket
            if line.id in offer.lines and not _is_taken(line, offer, done, used)
        }
        taken = offer.benefit(open_to_it)
        if not any(taken.values()):
            continue
        done.append(offer)
        used[offer.id] = frozenset(line.id for line in open_to_it)
        applied[offer.id] = {line.id: off for line, off in taken.items() if off}
        for line, off in taken.items():
            left[line] -= off
    return Outcome(applied)


def _is_taken(
    line: Line, offer: Offer, done: Iterable[Offer], used: Mapping[str, frozenset[str]]
) -> bool:
    return any(
        line.id in used[other.id] and (offer.exclusive_lines or other.exclusive_lines)
        for other in done
    )


def best_total(lines: Iterable[Line], offers: Iterable[Offer]) -> int:
    """The most that any subset of the offers takes off."""
    basket, candidates = list(lines), list(offers)
    return max(
        by_priority(basket, chosen).total
        for size in range(len(candidates) + 1)
        for chosen in combinations(candidates, size)
    )


def percentage(
    basis_points: int, *, of_original: bool = False, cap: int | None = None, remainder: str
) -> Benefit:
    """So much of what is left, or of the price as given, of all lines together; each line's share
    is by that price too, as far as the line goes."""

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        prices = {line: line.amount for line in left} if of_original else left
        wanted = rounded(Fraction(sum(prices.values()) * basis_points, 10_000))
        return _spread(wanted, prices, left, cap, remainder)

    return benefit


def amount_off(minor: int, *, cap: int | None = None, remainder: str) -> Benefit:
    """Once off all lines together, as far as they go."""
    return lambda left: _spread(min(minor, sum(left.values())), left, left, cap, remainder)


def amount_off_each_line(minor: int) -> Benefit:
    """Off every line, as far as it goes."""
    return lambda left: {line: min(minor, rest) for line, rest in left.items()}


def amount_off_each_unit(minor: int) -> Benefit:
    """Off every unit of every line, as far as it goes."""
    return lambda left: {
        line: min(rounded(minor * line.quantity), rest) for line, rest in left.items()
    }


def price_of_each_unit(minor: int) -> Benefit:
    """Every unit for this price, unless it is cheaper already."""
    return lambda left: {
        line: max(0, rest - rounded(minor * line.quantity)) for line, rest in left.items()
    }


def n_for_m(n: int, m: int, *, dearest: bool, remainder: str) -> Benefit:
    """Of every n units of the lines together, n - m are free: the cheapest, or the dearest."""

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        units = _units(left, dearest=dearest)
        return _given(units[: len(units) // n * (n - m)], 10_000, left, remainder)

    return benefit


def buy_x_get_y(buy: int, get: int, basis_points: int, *, dearest: bool, remainder: str) -> Benefit:
    """For every `buy` units of the lines together, `get` others of them are cheaper."""

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        units = _units(left, dearest=dearest)
        most = max(
            cheaper
            for bought in range(len(units) + 1)
            for cheaper in range(len(units) - bought + 1)
            if cheaper <= bought // buy * get
        )
        return _given(units[:most], basis_points, left, remainder)

    return benefit


def tiered(tiers: Iterable[tuple[Fraction, Benefit]], *, by_amount: bool) -> Benefit:
    """The benefit of the highest tier that the lines reach, by quantity or by what they came to."""

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        reached = sum((line.amount if by_amount else line.quantity for line in left), Fraction(0))
        found = [one for least, one in sorted(tiers, key=lambda tier: tier[0]) if least <= reached]
        return found[-1](left) if found else {}

    return benefit


def _units(left: Mapping[Line, int], *, dearest: bool) -> list[Line]:
    """Every single unit, as its line, in the order in which units are picked."""
    units = [line for line in left for _ in range(int(line.quantity))]
    return sorted(
        units, key=lambda line: (-line.unit_price if dearest else line.unit_price, line.id)
    )


def _given(
    units: Iterable[Line], basis_points: int, left: Mapping[Line, int], remainder: str
) -> Mapping[Line, int]:
    """So much of these units together, rounded once and shared by what each line has of it. Units
    cost their part of what is left of the line, rounded."""
    given = Counter(units)
    worth = {line: rounded(rest * given[line] / line.quantity) for line, rest in left.items()}
    exact = {line: Fraction(minor * basis_points, 10_000) for line, minor in worth.items()}
    wanted = rounded(sum(exact.values(), Fraction(0)))
    return _spread(wanted, exact, worth, None, remainder)


def _spread(
    wanted: int,
    weights: Mapping[Line, Fraction | int],
    most: Mapping[Line, int],
    cap: int | None,
    remainder: str,
) -> Mapping[Line, int]:
    shares = allocate(
        wanted if cap is None else min(wanted, cap),
        {line.id: weight for line, weight in weights.items()},
        remainder,
        {line.id: room for line, room in most.items()},
    )
    return {line: shares.get(line.id, 0) for line in weights}
