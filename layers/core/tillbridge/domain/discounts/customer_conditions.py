"""What conditions ask about the customer who is on the sale."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from tillbridge.domain.discounts import condition as written
from tillbridge.domain.discounts.case import Customer, History, Order
from tillbridge.domain.discounts.ranges import count_within, of_currency, sum_within
from tillbridge.domain.discounts.reasons import Reasons

_LEAP_DAY = (2, 29)


def _present(*_: Any) -> Reasons | None:
    return None


def _one_of(
    condition: written.CustomerIn, customer: Customer, _now: datetime, _currency: str
) -> Reasons | None:
    if condition.kind in customer.unknown:
        return ((f"{condition.kind}_unknown",),)
    if condition.kind == "tier":
        if customer.tier in condition.any_of:
            return None
        return (("other_tier", customer.tier or "none", condition.any_of),)
    have: Iterable[str] = customer.groups if condition.kind == "group" else customer.tags
    if not set(condition.any_of).isdisjoint(have):
        return None
    return ((f"no_{condition.kind}", condition.any_of),)


def _member_for(
    condition: written.MemberFor, customer: Customer, now: datetime, _currency: str
) -> Reasons | None:
    if customer.member_since is None:
        return (("member_since_unknown",),)
    days = (now.date() - customer.member_since).days
    if days >= condition.days:
        return None
    return (("member_too_short", condition.days - days, condition.days),)


def _member_since(
    condition: written.MemberSince, customer: Customer, _now: datetime, _currency: str
) -> Reasons | None:
    if customer.member_since is None:
        return (("member_since_unknown",),)
    if customer.member_since <= condition.on_or_before:
        return None
    return (("joined_too_late", condition.on_or_before.isoformat()),)


def _birthday(
    condition: written.Birthday, customer: Customer, now: datetime, _currency: str
) -> Reasons | None:
    if customer.birthday is None:
        return (("birthday_unknown",),)
    today = now.date()
    nearest = [_in_year(customer.birthday, today.year + step) for step in (-1, 0, 1)]
    until = [(birthday - today).days for birthday in nearest]
    if any(-condition.days_after <= days <= condition.days_before for days in until):
        return None
    return (("not_birthday", min(d for d in until if d > 0) - condition.days_before),)


def _in_year(birthday: date, year: int) -> date:
    if (birthday.month, birthday.day) == _LEAP_DAY:
        try:
            return date(year, *_LEAP_DAY)
        except ValueError:
            return date(year, 3, 1)
    return birthday.replace(year=year)


def _known_from(history: History, since: datetime | None) -> bool:
    """Whether the list of orders goes back as far as is asked; `since` none asks for all."""
    return history.known_since is None or (since is not None and history.known_since <= since)


def _start(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _orders(history: History, now: datetime, since: datetime | None) -> list[Order]:
    return [o for o in history.orders if o.at <= now and (since is None or o.at >= since)]


def _count(history: History | None, now: datetime, days: int | None) -> int | None:
    if history is None:
        return None
    since = _start(now, days)
    if since is None and history.order_count is not None:
        return history.order_count
    return len(_orders(history, now, since)) if _known_from(history, since) else None


def _order_count(
    condition: written.OrderCount, customer: Customer, now: datetime, _currency: str
) -> Reasons | None:
    have = _count(customer.history, now, condition.within_days)
    if have is None:
        return (("history_unavailable", "order_count"),)
    return count_within("orders", have, condition.at_least, condition.at_most)


def _total_spent(
    condition: written.TotalSpent, customer: Customer, now: datetime, currency: str
) -> Reasons | None:
    have = _spent(customer.history, now, condition.within_days, currency)
    if have is None:
        return (("history_unavailable", "total_spent"),)
    least = of_currency(condition.at_least, currency)
    most = of_currency(condition.at_most, currency)
    return sum_within("spent", have, least, most, currency)


def _spent(history: History | None, now: datetime, days: int | None, currency: str) -> int | None:
    if history is None:
        return None
    since = _start(now, days)
    if since is None and history.total_spent_minor is not None:
        return history.total_spent_minor
    if not _known_from(history, since):
        return None
    return sum(
        order.total_minor
        for order in _orders(history, now, since)
        if order.currency in (None, currency)
    )


def _last_purchase(
    condition: written.LastPurchase, customer: Customer, now: datetime, _currency: str
) -> Reasons | None:
    history = customer.history
    if history is None:
        return (("history_unavailable", "last_purchase"),)
    days = condition.within_days or condition.not_within_days
    since = now - timedelta(days=days or 0)
    known = [order.at for order in _orders(history, now, None)]
    last = history.last_order_at or max(known, default=None)
    if last is None and history.known_since is not None:
        certain = condition.within_days is not None and history.known_since <= since
        return (("no_purchase" if certain else "history_unavailable", "last_purchase"),)
    if last is None:
        return (("no_purchase", "last_purchase"),)
    if condition.within_days is not None:
        return None if last >= since else (("purchase_too_long_ago", days),)
    return None if last < since else (("purchase_too_recent", (last - since).days + 1, days),)


def _nth_order(
    condition: written.NthOrder, customer: Customer, now: datetime, _currency: str
) -> Reasons | None:
    before = _count(customer.history, now, None)
    if before is None:
        return (("history_unavailable", "order_count"),)
    number = before + 1
    if number == condition.n or (condition.every and number % condition.n == 0):
        return None
    return (("other_order_number", number, condition.n),)


CUSTOMER_PREDICATES: dict[type, Callable[..., Reasons | None]] = {
    written.CustomerPresent: _present,
    written.CustomerIn: _one_of,
    written.MemberFor: _member_for,
    written.MemberSince: _member_since,
    written.OrderCount: _order_count,
    written.TotalSpent: _total_spent,
    written.LastPurchase: _last_purchase,
    written.Birthday: _birthday,
    written.NthOrder: _nth_order,
}
