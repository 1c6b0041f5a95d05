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


def percentage(basis_points: int, *, of_original: bool = False, remainder: str) -> Benefit:
    """So much of what is left, or of the price as given, of all lines together."""

    def benefit(left: Mapping[Line, int]) -> Mapping[Line, int]:
        base = sum(line.amount if of_original else rest for line, rest in left.items())
        wanted = rounded(Fraction(base * basis_points, 10_000))
        return _spread(wanted, left, remainder)

    return benefit


def amount_off(minor: int, *, remainder: str) -> Benefit:
    """Once off all lines together, as far as they go."""
    return lambda left: _spread(minor, left, remainder)


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


def _spread(wanted: int, left: Mapping[Line, int], remainder: str) -> Mapping[Line, int]:
    weights = {line.id: rest for line, rest in left.items()}
    shares = allocate(min(wanted, sum(weights.values())), weights, remainder)
    return {line: shares[line.id] for line in left}
