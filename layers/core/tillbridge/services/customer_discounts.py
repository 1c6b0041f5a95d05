"""The discounts that one customer may have, for a till that works them out by itself (Ka-ching)."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.discount_requests import CustomerDiscountsQuery
from tillbridge.domain.discounts.case import Basket, Customer
from tillbridge.domain.discounts.compiled import ReadyCampaign
from tillbridge.domain.discounts.conditions import Situation
from tillbridge.domain.discounts.kaching import Offered, expressed, offered
from tillbridge.domain.discounts.live import Campaigns
from tillbridge.domain.discounts.matching import IndexedBasket
from tillbridge.domain.limits import Deadline
from tillbridge.errors import InvalidRequest
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import utc_now
from tillbridge.services.ports import ReadDiscounts

logger = logging.getLogger(__name__)

_LOGGED = 100


@dataclass(frozen=True, slots=True)
class CustomerDiscounts:
    read_discounts: ReadDiscounts
    facts: CustomerFacts
    now: Callable[[], datetime] = utc_now

    def __call__(
        self, caller: Caller, customer_id: str, query: CustomerDiscountsQuery, deadline: Deadline
    ) -> Offered:
        """Raises `TenantError`s, `RecordsUnavailable`, and `InvalidRequest` where nothing says the
        currency."""
        discounts = self.read_discounts(caller.tenant_id)
        basket = _empty_basket(caller, discounts.currency, query)
        now = discounts.local(self.now())
        said = [(one, expressed(one)) for one in _running(discounts.campaigns, basket, now)]
        asking = [ready for ready, expression in said if not expression.obstacles]
        needed = discounts.campaigns.facts_needed(asking)
        customer, _limitations = self.facts(
            caller, Customer(id=customer_id), needed, basket.currency, deadline
        )
        at = Situation(IndexedBasket(basket), customer, frozenset(), now)
        found = offered([expression for _, expression in said], at)
        if found.not_expressed:
            logger.info("not all campaigns can be said", extra=_facts_of(found))
        return found


def _empty_basket(caller: Caller, currency: str | None, query: CustomerDiscountsQuery) -> Basket:
    currency = query.currency_code or currency
    if currency is None:
        raise InvalidRequest(
            "currency_code: give it, since the merchant's profile names no currency",
            field="currency_code",
        )
    return Basket(currency=currency, market=query.market, channel=caller.channel, lines=())


def _running(campaigns: Campaigns, basket: Basket, now: datetime) -> Iterator[ReadyCampaign]:
    """Those of this place and instant; the till's shop, which it does not name, may be any."""
    for ready in campaigns.ready(basket.currency):
        reasons = ready.closed(basket, now) or ()
        if ready.never is None and all(reason[0] == "other_shop" for reason in reasons):
            yield ready


def _facts_of(found: Offered) -> dict[str, Any]:
    told = [f"{name}: {' '.join(why)}" for name, why in found.not_expressed.items()]
    return {"given": len(found.objects), "not_expressed": told[:_LOGGED], "of": len(told)}
