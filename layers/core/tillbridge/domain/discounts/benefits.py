"""Benefits on lines, made ready to run: percentages, amounts off, new prices, tiers of these."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from tillbridge.domain.discounts import benefit as written
from tillbridge.domain.discounts.allocation import allocate, ratio_half_up
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.matching import ONE, IndexedBasket, Mask, described, micro
from tillbridge.domain.discounts.offers import (
    Counter,
    Give,
    Offer,
    cheapest_first,
    cost_of,
    percent_off,
    room_of,
    take,
)
from tillbridge.domain.discounts.reasons import Reason

# A part of a line: its number, what it costs by now, and its quantity in millionths.
Slice: TypeAlias = tuple[int, int, int]


def _percentage(benefit: written.Percentage, campaign: Campaign, _currency: str) -> Give:
    basis_points, max_units = benefit.basis_points, campaign.caps.max_units
    of_original = benefit.base == "original"

    def give(at: Counter, mask: Mask) -> Offer:
        costs = at.basket.amounts if of_original else at.running
        numbers: Sequence[int] = at.basket.numbers(mask)
        if max_units is None:
            bases = [costs[n] for n in numbers]
        else:
            slices = _slices(at.basket, costs, mask, max_units)
            numbers, bases = [n for n, _, _ in slices], [cost for _, cost, _ in slices]
        shares = percent_off(at, numbers, bases, basis_points, of_running=not of_original)
        return Offer(shares, mask)

    return give


def _amount_off(benefit: written.AmountOff, campaign: Campaign, currency: str) -> Give:
    amount, max_units, per = benefit.amount[currency], campaign.caps.max_units, benefit.per

    def give(at: Counter, mask: Mask) -> Offer:
        slices = _slices(at.basket, at.running, mask, max_units)
        if per == "unit":
            off = {n: min(cost, ratio_half_up(amount * q, ONE)) for n, cost, q in slices}
            return Offer(off, mask)
        if per == "line":
            return Offer({n: min(cost, amount) for n, cost, _ in slices}, mask)
        # What a floor keeps from one line, another bears.
        rooms = [min(cost, room_of(at, n)) for n, cost, _ in slices]
        total = min(amount, sum(rooms)) if at.cap is None else min(amount, sum(rooms), at.cap)
        shares = allocate(total, rooms, at.remainder)
        return Offer({s[0]: share for s, share in zip(slices, shares, strict=True)}, mask)

    return give


def _new_unit_price(benefit: written.NewUnitPrice, campaign: Campaign, currency: str) -> Give:
    price, max_units = benefit.price[currency], campaign.caps.max_units

    def give(at: Counter, mask: Mask) -> Offer:
        slices = _slices(at.basket, at.running, mask, max_units)
        off = {n: max(0, cost - ratio_half_up(price * q, ONE)) for n, cost, q in slices}
        return Offer(off, mask)

    return give


def _slices(
    basket: IndexedBasket, costs: Sequence[int], mask: Mask, max_units: int | None
) -> list[Slice]:
    """The lines, by number; of their units only the cheapest `max_units`, if that is given."""
    quantities = basket.quantities
    if max_units is None:
        return [(n, costs[n], quantities[n]) for n in basket.numbers(mask)]
    taken = dict(sorted(take(cheapest_first(basket, mask), basket.units, max_units).items()))
    return [
        (n, cost, quantities[n] * count // basket.units[n])
        for (n, count), cost in zip(taken.items(), cost_of(basket, costs, taken), strict=True)
    ]


def _tiered(benefit: written.Tiered, campaign: Campaign, currency: str) -> Give:
    by_amount, of = benefit.by == "amount", described(campaign.selector)
    starts = [_start_of(tier, currency) for tier in benefit.tiers]
    gives = [LINE_BENEFITS[type(t.benefit)](t.benefit, campaign, currency) for t in benefit.tiers]

    def give(at: Counter, mask: Mask) -> Offer | Reason:
        have = at.basket.amount_of(mask) if by_amount else at.basket.quantity_of(mask)
        reached = bisect_right(starts, have)
        if reached:
            return gives[reached - 1](at, mask)
        missing = starts[0] - have
        if by_amount:
            return ("below_selected_amount", missing, starts[0], currency, of)
        return ("below_quantity", missing, starts[0], of)

    return give


def _start_of(tier: written.Tier, currency: str) -> int:
    if tier.at_least_quantity is not None:
        return micro(tier.at_least_quantity)
    return (tier.at_least_amount or {})[currency]


LINE_BENEFITS: dict[type, Callable[[Any, Campaign, str], Give]] = {
    written.Percentage: _percentage,
    written.AmountOff: _amount_off,
    written.NewUnitPrice: _new_unit_price,
    written.Tiered: _tiered,
}
