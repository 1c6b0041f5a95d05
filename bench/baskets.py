"""Baskets and campaigns of the discount benchmark, in a form that any engine can be given.

A product has one tag and a campaign looks at one tag, so that an answer does not depend on how an
engine combines campaigns; prices are such that no cent has to be rounded, and a multibuy never has
units for a second time. What is left is what every engine agrees on, so totals must be equal.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

PERCENTAGE_BP = 1000
AMOUNT_MINOR = 300
MULTIBUY_UNITS = 3
_KINDS: tuple[Literal["percentage", "multibuy", "amount"], ...] = (
    "percentage",
    "multibuy",
    "amount",
)


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` whole units of one product."""

    id: str
    tag: str
    unit_price_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """`value`: basis points off the tag, minor units off the tag, or n for the price of n - 1."""

    id: str
    kind: Literal["percentage", "multibuy", "amount"]
    tag: str
    value: int


@dataclass(frozen=True, slots=True)
class Case:
    """One basket with the campaigns in force, most urgent first."""

    name: str
    lines: tuple[Line, ...]
    campaigns: tuple[Campaign, ...]

    def as_data(self) -> dict[str, Any]:
        """Plain data, for an engine in another process."""
        return asdict(self)


def case(lines: int, campaigns: int, matching: int) -> Case:
    """The first `matching` campaigns look at a tag of the basket, the others at none of it.

    Every line has one of the `matching` tags, in turn.
    """
    return Case(
        f"{lines} x {campaigns}",
        tuple(_line(number, number % matching) for number in range(lines)),
        tuple(_campaign(number) for number in range(campaigns)),
    )


def _line(number: int, tag_number: int) -> Line:
    price_minor = 1000 * (1 + number % 7)
    return Line(f"L{number:03}", f"tag-{tag_number}", price_minor, quantity=1)


def _campaign(number: int) -> Campaign:
    kind = _KINDS[number % len(_KINDS)]
    value = {"percentage": PERCENTAGE_BP, "multibuy": MULTIBUY_UNITS, "amount": AMOUNT_MINOR}[kind]
    return Campaign(f"C{number:03}", kind, f"tag-{number}", value)


def growth_case(lines: int, campaigns: int) -> Case:
    """Every campaign takes one per cent off every line."""
    return Case(
        f"{lines} lines, {campaigns} campaigns on each",
        tuple(_line(number, 0) for number in range(lines)),
        tuple(Campaign(f"C{number:03}", "percentage", "tag-0", 100) for number in range(campaigns)),
    )
