"""A basket as the engine sees it: its lines by number, and sets of lines as bits of a whole number,
so that a campaign finds its lines by looking up what it names, not by looking at every line."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeAlias

from tillbridge.domain.discounts.allocation import ratio_half_up
from tillbridge.domain.discounts.case import Basket, Line
from tillbridge.domain.discounts.fields import QUANTITY_DECIMALS
from tillbridge.domain.discounts.selector import Selector

ONE: int = 10**QUANTITY_DECIMALS  # a quantity of 1, in the millionths the engine counts in
_PRODUCT, _VARIANT, _TAG, _CATEGORY = range(4)

Mask: TypeAlias = int
Select: TypeAlias = Callable[["IndexedBasket"], Mask]


class IndexedBasket:
    """The lines that are sold, in the order of their ids, which decides every tie.

    By line number: `amounts` (minor units, as they came), `quantities` (millionths), `units`
    (pieces; 1 where the quantity is not whole), `unit_values` (the price of a unit).
    """

    def __init__(self, basket: Basket) -> None:
        self.record = basket
        self.lines = [line for line in basket.lines if not line.returned]
        self.amounts: list[int] = []
        self.quantities: list[int] = []
        self.units: list[int] = []
        self.unit_values: list[int] = []
        self.every: Mask = (1 << len(self.lines)) - 1
        self.gift_cards: Mask = 0
        self.discounted: Mask = 0
        self.named: tuple[dict[str, Mask], ...] = ({}, {}, {}, {})
        self._numbers: dict[Mask, list[int]] = {}
        for number, line in enumerate(self.lines):
            self._add(line, 1 << number)
        self.subtotal = sum(self.amounts)

    def _add(self, line: Line, bit: Mask) -> None:
        price, quantity = line.unit_price_minor, micro(line.quantity)
        amount = line.amount_minor
        if amount is None:
            amount = ratio_half_up(price * quantity, ONE)
        units, rest = divmod(quantity, ONE)
        self.amounts.append(amount)
        self.quantities.append(quantity)
        self.units.append(1 if rest else units)
        self.unit_values.append(amount if rest else price)
        if line.gift_card:
            self.gift_cards |= bit
        if line.discounted:
            self.discounted |= bit
        products, variants, tags, categories = self.named
        products[line.product_id] = products.get(line.product_id, 0) | bit
        if line.variant_id is not None:
            variants[line.variant_id] = variants.get(line.variant_id, 0) | bit
        for tag in line.tags:
            tags[tag] = tags.get(tag, 0) | bit
        for category in line.categories:
            categories[category] = categories.get(category, 0) | bit

    def numbers(self, mask: Mask) -> list[int]:
        """The numbers of the lines in a set, rising. Not to be changed: it is remembered."""
        found = self._numbers.get(mask)
        if found is None:
            found = self._numbers[mask] = list(_bits(mask))
        return found

    def amount_of(self, mask: Mask) -> int:
        return sum([self.amounts[n] for n in self.numbers(mask)])

    def quantity_of(self, mask: Mask) -> int:
        return sum([self.quantities[n] for n in self.numbers(mask)])

    def units_of(self, mask: Mask) -> int:
        return sum([self.units[n] for n in self.numbers(mask)])

    def ids(self, mask: Mask) -> list[str]:
        return [self.lines[n].id for n in self.numbers(mask)]


def micro(quantity: Decimal) -> int:
    """A quantity in millionths."""
    return int(quantity * ONE)


def _bits(mask: Mask) -> Iterable[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def compile_selector(selector: Selector, currency: str) -> Select:
    """What finds the selector's lines. Raises `KeyError` for a price range in other currencies."""
    wanted = [(at, values) for at, values in _named(selector) if values]
    unwanted = (
        (_PRODUCT, selector.exclude_products),
        (_TAG, selector.exclude_tags),
        (_CATEGORY, selector.exclude_categories),
    )
    refused = [(at, value) for at, values in unwanted for value in values]
    least = selector.min_unit_price[currency] if selector.min_unit_price else None
    most = selector.max_unit_price[currency] if selector.max_unit_price else None
    no_gift_cards, no_discounted = selector.exclude_gift_cards, selector.exclude_discounted
    if len(wanted) == 1 and not (refused or no_discounted or least is not None or most is not None):
        return _of_one_kind(*wanted[0], no_gift_cards)

    def select(basket: IndexedBasket) -> Mask:
        mask = basket.every
        for at, values in wanted:
            named = basket.named[at]
            one_of = 0
            for value in values:
                one_of |= named.get(value, 0)
            mask &= one_of
            if not mask:
                return 0
        if no_gift_cards:
            mask &= ~basket.gift_cards
        if no_discounted:
            mask &= ~basket.discounted
        for at, value in refused:
            mask &= ~basket.named[at].get(value, 0)
        if least is not None or most is not None:
            mask = _priced(basket, mask, least, most)
        return mask

    return select


def _of_one_kind(at: int, values: tuple[str, ...], no_gift_cards: bool) -> Select:
    """What most selectors are: goods with one of some names."""
    first, *others = values

    def select(basket: IndexedBasket) -> Mask:
        named = basket.named[at]
        mask = named.get(first, 0)
        for value in others:
            mask |= named.get(value, 0)
        return mask & ~basket.gift_cards if mask and no_gift_cards else mask

    return select


def _named(selector: Selector) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return (
        (_PRODUCT, selector.products),
        (_VARIANT, selector.variants),
        (_TAG, selector.tags),
        (_CATEGORY, selector.categories),
    )


def _priced(basket: IndexedBasket, mask: Mask, least: int | None, most: int | None) -> Mask:
    kept = 0
    for number in basket.numbers(mask):
        price = basket.lines[number].unit_price_minor
        if (least is None or price >= least) and (most is None or price <= most):
            kept |= 1 << number
    return kept


def described(selector: Selector) -> str:
    """The selector in a few words, for a reason: `tag socks`, `product a or b`."""
    names = ("product", "variant", "tag", "category")
    parts = [
        f"{name} {' or '.join(values)}"
        for name, (_, values) in zip(names, _named(selector), strict=True)
        if values
    ]
    return ", ".join(parts) or "the items it is for"
