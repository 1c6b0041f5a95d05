"""What a customer's purchases have in common, in whole minor units. What is not known is None."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tillbridge.domain.customer_details import CustomerDetails, Purchase, day_of

_FAVOURITES = 3


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that can be paid."""

    amount_minor: int
    currency_code: str


@dataclass(frozen=True, slots=True)
class PurchasePatterns:
    """`order_count` and `total_spent` are the merchant's own system's, over all time: the purchases
    that were read may be only the last ones. `average` is over all orders where the system tells
    both, and over the purchases that were read otherwise."""

    order_count: int | None = None
    total_spent: Money | None = None
    last_purchase: str | None = None
    average: Money | None = None
    favourite_categories: tuple[str, ...] = ()
    purchases_read: int | None = None


def patterns_of(
    details: CustomerDetails | None, purchases: Sequence[Purchase] | None, time_zone: str
) -> PurchasePatterns:
    """`None` for what could not be read. Dates are the merchant's days."""
    orders = None if details is None else details.order_count
    spent = None if details is None or details.total_spent is None else details.total_spent
    total = None if spent is None else Money(spent.minor, spent.currency_code)
    return PurchasePatterns(
        order_count=orders,
        total_spent=total,
        last_purchase=_last_day(details, purchases or (), time_zone),
        average=_share(total, orders) if total and orders else _average(purchases or ()),
        favourite_categories=_favourites(purchases or ()),
        purchases_read=None if purchases is None else len(purchases),
    )


def newest_first(purchases: Sequence[Purchase]) -> list[Purchase]:
    return sorted(purchases, key=lambda purchase: purchase.at, reverse=True)


def _last_day(
    details: CustomerDetails | None, purchases: Sequence[Purchase], time_zone: str
) -> str | None:
    days = [purchase.day(time_zone) for purchase in purchases]
    if details is not None and details.last_purchase is not None:
        days.append(day_of(details.last_purchase, time_zone))
    return max(days).isoformat() if days else None


def _average(purchases: Sequence[Purchase]) -> Money | None:
    """In the currency of the last purchase, over those in that currency."""
    if not purchases:
        return None
    currency = newest_first(purchases)[0].total.currency_code
    sums = [one.total.minor for one in purchases if one.total.currency_code == currency]
    return _share(Money(sum(sums), currency), len(sums))


def _share(total: Money, count: int) -> Money:
    """The total by the count, rounded half up."""
    return Money((2 * total.amount_minor + count) // (2 * count), total.currency_code)


def _favourites(purchases: Sequence[Purchase]) -> tuple[str, ...]:
    """The categories that most purchases had something of; equal ones by name."""
    bought = Counter(name for purchase in purchases for name in set(purchase.categories))
    ranked = sorted(bought.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, _ in ranked[:_FAVOURITES])
