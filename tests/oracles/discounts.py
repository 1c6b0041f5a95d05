"""A second opinion on discounts: slow, exhaustive and exact, written from the words of the rules.

It shares nothing with the engine. A basket is a handful of lines, an offer a function from what is
left of them to what it takes off; every share is a `Fraction` until it is rounded, allocation tries
every way to place the odd minor units, and the best answer for the customer is found by trying
every subset of the offers. Good for some six lines and eight offers.
"""

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


def allocate(total: int, weights: Mapping[str, int], remainder: str = "largest") -> Amounts:
    """`total` over the lines in proportion to their weights, each at most its weight.

    Tries every way to place what is left once each exact share is cut to whole units. `largest`
    wants the way that is nearest to the exact shares; among equals, the one that favours the line
    ids in their order. `first` and `last` want all of it on the line at that end that has room.
    """
    ids = sorted(weights)
    if not total:
        return dict.fromkeys(ids, 0)
    exact = {line: Fraction(total * weights[line], sum(weights.values())) for line in ids}
    cut = {line: floor(exact[line]) for line in ids}
    left = total - sum(cut.values())
    ways = [
        dict(zip(ids, shares, strict=True))
        for shares in product(
            *(range(cut[line], min(cut[line] + left, weights[line]) + 1) for line in ids)
        )
        if sum(shares) == total
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


# What is left of the lines an offer may touch, to what it takes off each.
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
    done: list[Offer] = []
    for offer in sorted(offers, key=lambda one: (-one.priority, one.id)):
        if done and (offer.exclusive or any(other.exclusive for other in done)):
            continue
        if offer.group is not None and any(other.group == offer.group for other in done):
            continue
        open_to_it = {
            line: left[line]
            for line in basket
            if line.id in offer.lines and not _is_taken(line, offer, done, applied)
        }
        taken = {line: off for line, off in offer.benefit(open_to_it).items() if off}
        if not taken:
            continue
        done.append(offer)
        applied[offer.id] = {line.id: off for line, off in taken.items()}
        for line, off in taken.items():
            left[line] -= off
    return Outcome(applied)


def _is_taken(
    line: Line, offer: Offer, done: Iterable[Offer], applied: Mapping[str, Amounts]
) -> bool:
    return any(
        line.id in applied[other.id] and (offer.exclusive_lines or other.exclusive_lines)
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
    basis_points: int, *, of_original: bool = False, most: int | None = None, remainder: str
) -> Benefit:
    """So much of what is left, or of the price as given, of all lines together."""

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        base = sum(line.amount if of_original else rest for line, rest in left.items())
        return _spread(rounded(Fraction(base * basis_points, 10_000)), left, most, remainder)

    return benefit


def amount_off(minor: int, *, most: int | None = None, remainder: str) -> Benefit:
    """Once off all lines together, as far as they go."""
    return lambda left: _spread(minor, left, most, remainder)


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


def n_for_m(n: int, m: int, *, dearest: bool) -> Benefit:
    """Of every n units of the lines together, n - m are free: the cheapest of all, or the dearest.

    For lines that nothing has been taken off before.
    """

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        units = _units(left, dearest=dearest)
        return _given(units[: len(units) // n * (n - m)], 10_000)

    return benefit


def buy_x_get_y(buy: int, get: int, basis_points: int, *, dearest: bool) -> Benefit:
    """For every `buy` units of the lines together, `get` others of them are cheaper.

    For lines that nothing has been taken off before.
    """

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        units = _units(left, dearest=dearest)
        most = max(
            cheaper
            for bought in range(len(units) + 1)
            for cheaper in range(len(units) - bought + 1)
            if cheaper <= bought // buy * get
        )
        return _given(units[:most], basis_points)

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


def _given(units: Iterable[Line], basis_points: int) -> Mapping[Line, int]:
    off: dict[Line, Fraction] = {}
    for line in units:
        off[line] = off.get(line, Fraction(0)) + Fraction(line.unit_price * basis_points, 10_000)
    return {line: rounded(exact) for line, exact in off.items()}


def _spread(
    wanted: int, left: Mapping[Line, int], most: int | None, remainder: str
) -> Mapping[Line, int]:
    weights = {line.id: rest for line, rest in left.items()}
    total = min(wanted, sum(weights.values()), wanted if most is None else most)
    shares = allocate(total, weights, remainder)
    return {line: shares[line.id] for line in left}
