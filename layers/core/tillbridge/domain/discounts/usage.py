"""Limits: what is left of them, and what a campaign that applies uses up. The counters themselves
are kept elsewhere; what they say comes with the case."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from tillbridge.domain.discounts.campaign import Campaign, Limit, Usage
from tillbridge.domain.discounts.reasons import Reason
from tillbridge.domain.discounts.result import Consumption
from tillbridge.domain.discounts.schedule import period_key

UsageBook: TypeAlias = Mapping[tuple[str, str, str], Usage]
_UNLIMITED = 10**18


def usage_book(usage: Iterable[Usage]) -> UsageBook:
    return {(use.campaign_id, use.scope, use.period): use for use in usage}


def _left(limit: Limit, campaign_id: str, currency: str, book: UsageBook) -> tuple[int, int]:
    """Uses and minor units that are left of a limit; a large number where it has none of these."""
    use = book.get((campaign_id, limit.scope, limit.period))
    uses, spent = (use.uses, use.spent_minor) if use else (0, 0)
    return (
        _UNLIMITED if limit.uses is None else limit.uses - uses,
        _UNLIMITED if limit.spend is None else limit.spend[currency] - spent,
    )


def limit_reached(
    campaign: Campaign, currency: str, has_customer: bool, book: UsageBook
) -> Reason | None:
    """The first limit that leaves nothing. A limit per customer needs one on the sale."""
    for limit in campaign.limits:
        if limit.scope == "customer" and not has_customer:
            return ("customer_missing",)
        uses, spend_minor = _left(limit, campaign.id, currency, book)
        if uses <= 0 or spend_minor <= 0:
            name = "uses" if uses <= 0 else "spend"
            return ("limit_reached", name, limit.scope, limit.period)
    return None


def spend_left(campaign: Campaign, currency: str, book: UsageBook) -> int | None:
    """What the campaign may still give in this sale (minor units); none where nothing limits it."""
    left = [_left(limit, campaign.id, currency, book)[1] for limit in campaign.limits]
    least = min(left, default=_UNLIMITED)
    return None if least == _UNLIMITED else least


def consumed(campaign: Campaign, discount_minor: int, now: datetime) -> Iterator[Consumption]:
    """One use of each counter, and what it costs: limits of one scope and period share theirs.
    `now` is on the merchant's clock."""
    for scope, period in dict.fromkeys((limit.scope, limit.period) for limit in campaign.limits):
        key = period_key(period, now)
        yield Consumption(campaign.id, scope, period, key, 1, discount_minor)
