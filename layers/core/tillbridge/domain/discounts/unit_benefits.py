"""Benefits that pick units, made ready to run: buy X get Y, n for m, bundles, free products."""

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Callable
from typing import Any

from tillbridge.domain.discounts import benefit as written
from tillbridge.domain.discounts.allocation import allocate, part_of
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.matching import (
    IndexedBasket,
    Mask,
    compile_selector,
    described,
)
from tillbridge.domain.discounts.offers import (
    Counter,
    Give,
    Offer,
    Taken,
    cheapest_first,
    cost_of,
    dearest_first,
    take,
    units_off,
)
from tillbridge.domain.discounts.reasons import Reason

_WHOLE = 10_000  # basis points: free
_ORDERS = {"cheapest": cheapest_first, "dearest": dearest_first}


def _buy_x_get_y(benefit: written.BuyXGetY, campaign: Campaign, currency: str) -> Give:
    buy, get, in_order = benefit.buy, benefit.get, _ORDERS[benefit.pick]
    of_own = benefit.get_selector is None
    given = benefit.get_selector or campaign.selector
    select, of_bought, of_given = (
        compile_selector(given, currency),
        described(campaign.selector),
        described(given),
    )
    at_most = campaign.caps.max_units

    def give(at: Counter, bought: Mask) -> Offer | Reason:
        gifts = bought if of_own else select(at.basket) & ~at.closed
        if not gifts:
            return ("too_few_units", 1, of_given)
        order, units = in_order(at.basket, gifts), at.basket.units
        to_buy = at.basket.units_of(bought)

        def lacks(count: int) -> bool:
            """Too few are left to buy, if so many are given. Then that holds for more of them."""
            taken = take(order, units, count)
            left = to_buy - sum(taken[n] for n in taken if bought >> n & 1)
            return left < buy * -(-count // get)

        count = bisect_left(range(1, at.basket.units_of(gifts) + 1), True, key=lacks)
        if not count:
            overlap = bought >> order[0] & 1
            return ("too_few_units", buy + overlap - to_buy, of_bought)
        taken = take(order, units, min(count, at_most or count))
        return units_off(at, taken, benefit.basis_points, bought | gifts)

    return give


def _n_for_m(benefit: written.NForM, campaign: Campaign, _currency: str) -> Give:
    n, free, of = benefit.n, benefit.n - benefit.m, described(campaign.selector)
    in_order, at_most = _ORDERS[benefit.pick], campaign.caps.max_units

    def give(at: Counter, mask: Mask) -> Offer | Reason:
        units = at.basket.units_of(mask)
        count = units // n * free
        if not count:
            return ("too_few_units", n - units, of)
        taken = take(in_order(at.basket, mask), at.basket.units, min(count, at_most or count))
        return units_off(at, taken, _WHOLE, mask)

    return give


def _free_product(benefit: written.FreeProduct, campaign: Campaign, _currency: str) -> Give:
    product = benefit.product_id
    count = min(benefit.quantity, campaign.caps.max_units or benefit.quantity)

    def give(at: Counter, _mask: Mask) -> Offer | Reason:
        mask = at.basket.named[0].get(product, 0) & ~at.closed
        if not mask:
            return ("too_few_units", 1, f"product {product}")
        return units_off(
            at, take(cheapest_first(at.basket, mask), at.basket.units, count), _WHOLE, mask
        )

    return give


def _bundle_price(benefit: written.BundlePrice, campaign: Campaign, currency: str) -> Give:
    price, at_most = benefit.price[currency], campaign.caps.max_units
    parts = [(compile_selector(p.selector, currency), p.quantity) for p in benefit.parts]
    of = [described(part.selector) for part in benefit.parts]
    size = sum(quantity for _, quantity in parts)

    def give(at: Counter, mask: Mask) -> Offer | Reason:
        wanted = [(select(at.basket) & mask, quantity) for select, quantity in parts]
        taken: Taken = {}
        total, room = 0, at_most
        while True:
            one, short = _one_bundle(at.basket, wanted, taken)
            if short is not None:
                break
            times = min((at.basket.units[n] - taken.get(n, 0)) // one[n] for n in one)
            if room is not None:
                times = min(times, room // size)
                room -= times * size
            more = {n: taken.get(n, 0) + one[n] * times for n in one}
            gain = _gain(at, taken, more) - price * times
            if not times or gain <= 0:
                break
            taken, total = taken | more, total + gain
        if not taken:
            return ("no_effect",) if short is None else ("too_few_units", short[1], of[short[0]])
        taken = dict(sorted(taken.items()))
        shares = allocate(total, cost_of(at.basket, at.running, taken), at.remainder)
        used = sum(1 << n for n in taken)
        return Offer(dict(zip(taken, shares, strict=True)), used)

    return give


def _one_bundle(
    basket: IndexedBasket, wanted: list[tuple[Mask, int]], taken: Taken
) -> tuple[Taken, tuple[int, int] | None]:
    """The dearest units that are left for each part; or the first part that cannot be filled, and
    how many units it lacks."""
    one: Tally[int] = Tally()
    for part, (mask, quantity) in enumerate(wanted):
        order = dearest_first(basket, mask)
        left = [units - taken.get(n, 0) - one[n] for n, units in enumerate(basket.units)]
        found = {n: count for n, count in take(order, left, quantity).items() if count}
        lacking = quantity - sum(found.values())
        if lacking:
            return {}, (part, lacking)
        one.update(found)
    return dict(one), None


def _gain(at: Counter, taken: Taken, more: Taken) -> int:
    """What the units in `more` cost beyond those taken before."""
    return sum(
        part_of(at.running[n], count, at.basket.units[n])
        - part_of(at.running[n], taken.get(n, 0), at.basket.units[n])
        for n, count in more.items()
    )


UNIT_BENEFITS: dict[type, Callable[[Any, Campaign, str], Give]] = {
    written.BuyXGetY: _buy_x_get_y,
    written.NForM: _n_for_m,
    written.FreeProduct: _free_product,
    written.BundlePrice: _bundle_price,
}
