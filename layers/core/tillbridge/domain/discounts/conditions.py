"""Conditions made ready to run: each becomes a function that returns nothing where it holds, and
otherwise the reasons why it does not, as tuples of a code of `reasons` and its facts.

The logic has three values. Where history (or a date) is not known a predicate neither holds nor
fails: its reasons are all among `UNKNOWN`, and so is then what an `any` or a `not` makes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from tillbridge.domain.discounts import condition as written
from tillbridge.domain.discounts.case import Customer
from tillbridge.domain.discounts.customer_conditions import CUSTOMER_PREDICATES
from tillbridge.domain.discounts.matching import (
    IndexedBasket,
    compile_selector,
    described,
    micro,
)
from tillbridge.domain.discounts.ranges import count_within, of_currency, sum_within
from tillbridge.domain.discounts.reasons import UNKNOWN, Reasons, ease

Check: TypeAlias = Callable[["Situation"], Reasons | None]


@dataclass(frozen=True, slots=True)
class Situation:
    """What a condition looks at. `now` is the instant asked about, in the merchant's time zone."""

    basket: IndexedBasket
    customer: Customer | None
    codes: frozenset[str]
    now: datetime


def compile_condition(condition: Any, currency: str) -> Check:
    """Raises `KeyError` where it names amounts, but none in this currency."""
    make = _KINDS.get(type(condition))
    if make is not None:
        return make(condition, currency)
    if isinstance(condition, written.TotalSpent):  # looks its amounts up on every sale
        of_currency(condition.at_least, currency)
        of_currency(condition.at_most, currency)
    return partial(_of_customer, CUSTOMER_PREDICATES[type(condition)], condition, currency)


def _of_customer(
    judge: Callable[..., Reasons | None], condition: Any, currency: str, at: Situation
) -> Reasons | None:
    if at.customer is None:
        return (("customer_missing",),)
    return judge(condition, at.customer, at.now, currency)


def _all(condition: written.All, currency: str) -> Check:
    checks = [compile_condition(child, currency) for child in condition.of]

    def check(at: Situation) -> Reasons | None:
        failed: Reasons = ()
        for one in checks:
            failed += tuple(reason for reason in one(at) or () if reason not in failed)
        return failed or None

    return check


def _any(condition: written.Any, currency: str) -> Check:
    checks = [compile_condition(child, currency) for child in condition.of]

    def check(at: Situation) -> Reasons | None:
        failed = []
        for one in checks:
            reasons = one(at)
            if reasons is None:
                return None
            failed.append(reasons)
        unknown = [reasons for reasons in failed if is_unknown(reasons)]
        return min(unknown or failed, key=ease)

    return check


def _not(condition: written.Not, currency: str) -> Check:
    inner = compile_condition(condition.of, currency)
    kind = condition.of.kind

    def check(at: Situation) -> Reasons | None:
        reasons = inner(at)
        if reasons is None:
            return (("excluded", kind),)
        return reasons if is_unknown(reasons) else None

    return check


def written_kinds(condition: Any) -> Iterator[type]:
    """The predicates of a condition as it is written, by their type; none of no condition."""
    if isinstance(condition, written.All | written.Any):
        for child in condition.of:
            yield from written_kinds(child)
    elif isinstance(condition, written.Not):
        yield from written_kinds(condition.of)
    elif condition is not None:
        yield type(condition)


def is_unknown(reasons: Reasons) -> bool:
    """Whether nothing of it is certain."""
    return all(reason[0] in UNKNOWN for reason in reasons)


def _code(condition: written.CodeEntered, _currency: str) -> Check:
    wanted = frozenset(code.casefold() for code in condition.any_of)
    missing = (("code_missing",),)
    return lambda at: None if wanted & at.codes else missing


def _subtotal(condition: written.BasketSubtotal, currency: str) -> Check:
    least, most = (
        of_currency(condition.at_least, currency),
        of_currency(condition.at_most, currency),
    )

    def check(at: Situation) -> Reasons | None:
        return sum_within("subtotal", at.basket.subtotal, least, most, currency)

    return check


def _item_count(condition: written.ItemCount, _currency: str) -> Check:
    least, most = condition.at_least, condition.at_most
    return lambda at: count_within("items", sum(at.basket.units), least, most)


def _selected_quantity(condition: written.SelectedQuantity, currency: str) -> Check:
    select, of = compile_selector(condition.selector, currency), described(condition.selector)
    least = None if condition.at_least is None else micro(condition.at_least)
    most = None if condition.at_most is None else micro(condition.at_most)

    def check(at: Situation) -> Reasons | None:
        return sum_within("quantity", at.basket.quantity_of(select(at.basket)), least, most, of)

    return check


def _selected_amount(condition: written.SelectedAmount, currency: str) -> Check:
    select, of = compile_selector(condition.selector, currency), described(condition.selector)
    least, most = (
        of_currency(condition.at_least, currency),
        of_currency(condition.at_most, currency),
    )

    def check(at: Situation) -> Reasons | None:
        have = at.basket.amount_of(select(at.basket))
        return sum_within("selected_amount", have, least, most, currency, of)

    return check


def _distinct_products(condition: written.DistinctProducts, currency: str) -> Check:
    select = compile_selector(condition.selector, currency)

    def check(at: Situation) -> Reasons | None:
        numbers = at.basket.numbers(select(at.basket))
        have = len({at.basket.lines[n].product_id for n in numbers})
        return count_within("products", have, condition.at_least, condition.at_most)

    return check


_KINDS: dict[type, Callable[[Any, str], Check]] = {
    written.All: _all,
    written.Any: _any,
    written.Not: _not,
    written.CodeEntered: _code,
    written.BasketSubtotal: _subtotal,
    written.ItemCount: _item_count,
    written.SelectedQuantity: _selected_quantity,
    written.SelectedAmount: _selected_amount,
    written.DistinctProducts: _distinct_products,
}
