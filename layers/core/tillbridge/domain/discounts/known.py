"""What a merchant's systems tell of a customer, as campaigns ask for it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from tillbridge.domain.customer_details import CustomerDetails, Purchase
from tillbridge.domain.discounts.case import Customer, History, Order

# Which condition asks for a member of a customer that is none, not unknown, where it is left out.
_KINDS = {"tier": "tier", "groups": "group", "tags": "customer_tag"}


def known_of(details: CustomerDetails) -> dict[str, Any]:
    """The members of a customer that the details tell; one that they do not is left out."""
    since = details.member_since
    told: dict[str, Any] = {
        "tier": details.tier,
        "groups": None if details.groups is None else tuple(details.groups),
        "tags": None if details.tags is None else tuple(details.tags),
        "member_since": None if since is None else date.fromisoformat(since[:10]),
        "birthday": details.birthday,
    }
    return {name: value for name, value in told.items() if value is not None}


def history_of(
    details: CustomerDetails | None,
    purchases: Sequence[Purchase] | None,
    currency: str,
    *,
    is_all: bool = True,
) -> History | None:
    """The customer's orders; none where nothing is known of them. A system may have told of its
    newest purchases alone, so the list goes back as far as its oldest and no further, unless the
    details count as many or it holds none at all; `is_all` is false where some could not be
    used."""
    totals = {} if details is None else _totals_of(details, currency)
    if purchases is None:
        return History(known_since=_LATEST, **totals) if totals else None
    orders = tuple(
        Order(at=one.at, total_minor=one.total.minor, currency=one.total.currency_code)
        for one in purchases
        if one.total.minor >= 0
    )
    if not is_all:
        return History(known_since=_LATEST, **totals)
    is_complete = not orders or totals.get("order_count") == len(orders)
    known_since = None if is_complete else min(order.at for order in orders)
    return History(orders=orders, known_since=known_since, **totals)


def customer_of(
    customer_id: str,
    details: CustomerDetails | None,
    history: History | None,
    told: Mapping[str, Any],
) -> Customer:
    """The customer as far as anything is known; what is `told` counts before the details."""
    members = {**({} if details is None else known_of(details)), **told}
    unknown = unknown_kinds(frozenset(_KINDS) - members.keys())
    return Customer(id=customer_id, history=history, unknown=unknown, **members)


def unknown_kinds(members: frozenset[str]) -> tuple[str, ...]:
    """What to say of a customer of whom these members could not be read."""
    return tuple(_KINDS[member] for member in sorted(members) if member in _KINDS)


# An instant that no list of orders goes back to.
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def _totals_of(details: CustomerDetails, currency: str) -> dict[str, Any]:
    spent, last = details.total_spent, details.last_purchase
    told: dict[str, Any] = {
        "order_count": details.order_count,
        "total_spent_minor": None,
        "last_order_at": None if last is None else _instant(last),
    }
    if spent is not None and spent.currency_code == currency and spent.minor >= 0:
        told["total_spent_minor"] = spent.minor
    return {name: value for name, value in told.items() if value is not None}


def _instant(iso: str) -> datetime:
    """A day begins at midnight UTC, as a purchase's does."""
    at = datetime.fromisoformat(iso)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
