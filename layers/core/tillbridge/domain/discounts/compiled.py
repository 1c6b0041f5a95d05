"""Campaigns made ready to run, once for every version of them and each currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tillbridge.domain.discounts.allocation import allocate
from tillbridge.domain.discounts.benefit import BuyXGetY, FreeProduct
from tillbridge.domain.discounts.benefits import LINE_BENEFITS
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket
from tillbridge.domain.discounts.conditions import Check, Situation, compile_condition
from tillbridge.domain.discounts.matching import (
    IndexedBasket,
    Mask,
    Select,
    compile_selector,
    described,
)
from tillbridge.domain.discounts.offers import Counter, Give, Offer, room_of
from tillbridge.domain.discounts.ranges import of_currency
from tillbridge.domain.discounts.reasons import Reason, Reasons
from tillbridge.domain.discounts.result import CampaignOutcome
from tillbridge.domain.discounts.schedule import Runs, compile_window
from tillbridge.domain.discounts.selector import Selector
from tillbridge.domain.discounts.unit_benefits import UNIT_BENEFITS
from tillbridge.domain.discounts.usage import UsageBook, limit_reached, spend_left

_BENEFITS = {**LINE_BENEFITS, **UNIT_BENEFITS}


@dataclass(frozen=True, slots=True)
class ReadyCampaign:
    """A campaign in one currency. `never` says why it can never apply in it. `select` finds its own
    lines, `gifts` those it may touch beside them; `unmatched` is its outcome where it has none of
    its own, unless it may apply all the same. `is_unconditional`: nothing can refuse it."""

    record: Campaign
    id: str
    display_name: str
    currency: str
    never: Reason | None
    runs: Runs | None = None
    places: tuple[tuple[str, str, frozenset[str]], ...] = ()
    condition: Check | None = None
    select: Select = lambda _basket: 0
    gifts: Select | None = None
    give: Give = lambda _at, _mask: ("no_effect",)
    floor: int | None = None
    max_amount: int | None = None
    has_limits: bool = False
    exclusive: bool = False
    exclusive_lines: bool = False
    group: str | None = None
    is_unconditional: bool = False
    unmatched: CampaignOutcome | None = None

    def refused(self, reasons: Reasons) -> CampaignOutcome:
        return CampaignOutcome(self.id, self.display_name, {}, reasons)

    def refusal(self, at: Situation, book: UsageBook) -> Reasons | None:
        """Why the campaign is not for this sale, whatever other campaigns do."""
        if self.never is not None:
            return (self.never,)
        reasons = self.closed(at.basket.record, at.now) or ()
        if self.has_limits:
            reason = limit_reached(self.record, self.currency, at.customer is not None, book)
            reasons += (reason,) if reason else ()
        if self.condition is not None:
            reasons += tuple(r for r in self.condition(at) or () if r not in reasons)
        return reasons or None

    def closed(self, basket: Basket, now: datetime) -> Reasons | None:
        """Why it does not run at this place and instant, given on the merchant's clock."""
        reasons: Reasons = ()
        if self.runs is not None and (reason := self.runs(now)):
            reasons += (reason,)
        for name, code, allowed in self.places:
            place = getattr(basket, name)
            if place not in allowed:
                reasons += ((code, place or "unknown"),)
        return reasons or None

    def reach(self, basket: IndexedBasket) -> Mask:
        """Every line that it could touch or use."""
        own = self.select(basket)
        return own if self.gifts is None else own | self.gifts(basket)

    def cap(self, book: UsageBook) -> int | None:
        """What it may take off the sale (minor units): its own most, or what a limit leaves."""
        left = spend_left(self.record, self.currency, book) if self.has_limits else None
        if left is None or self.max_amount is None:
            return self.max_amount if left is None else left
        return min(left, self.max_amount)

    def offer(self, at: Counter, mask: Mask) -> Offer | Reason:
        """What it gives on these lines within its caps and limits, or why that is nothing."""
        offer = self.give(at, mask)
        if not isinstance(offer, Offer):
            return offer
        shares = offer.shares
        if at.floor is not None:
            shares = {n: min(share, room_of(at, n)) for n, share in shares.items()}
        if at.cap is not None and at.cap < sum(shares.values()):
            cut = allocate(at.cap, list(shares.values()), at.remainder)
            shares = dict(zip(shares, cut, strict=True))
        shares = {n: share for n, share in shares.items() if share}
        return Offer(shares, offer.used) if shares else ("no_effect",)


def compile_campaigns(campaigns: Iterable[Campaign], currency: str) -> list[ReadyCampaign]:
    """In the order in which they are considered: the higher priority first, ties by id."""
    ordered = sorted(campaigns, key=lambda campaign: (-campaign.priority, campaign.id))
    return [_ready(campaign, currency) for campaign in ordered]


def _ready(campaign: Campaign, currency: str) -> ReadyCampaign:
    if not campaign.enabled:
        return _idle(campaign, currency, ("disabled",))
    if campaign.currencies and currency not in campaign.currencies:
        return _idle(campaign, currency, ("other_currency", currency))
    try:
        return _running(campaign, currency)
    except KeyError:  # it names amounts, but none in this currency
        return _idle(campaign, currency, ("other_currency", currency))


def _idle(campaign: Campaign, currency: str, never: Reason) -> ReadyCampaign:
    name = campaign.display_name or campaign.name
    return ReadyCampaign(campaign, campaign.id, name, currency, never)


def _running(campaign: Campaign, currency: str) -> ReadyCampaign:
    for limit in campaign.limits:
        of_currency(limit.spend, currency)
    condition, gifts = campaign.condition, _gifts(campaign)
    name, runs = campaign.display_name or campaign.name, compile_window(campaign.active)
    places = tuple(_places(campaign))
    return ReadyCampaign(
        record=campaign,
        id=campaign.id,
        display_name=name,
        currency=currency,
        never=None,
        runs=runs,
        places=places,
        condition=compile_condition(condition, currency) if condition else None,
        select=compile_selector(campaign.selector, currency),
        gifts=compile_selector(gifts, currency) if gifts else None,
        give=_BENEFITS[type(campaign.benefit)](campaign.benefit, campaign, currency),
        floor=of_currency(campaign.caps.floor_unit_price, currency),
        max_amount=of_currency(campaign.caps.max_amount, currency),
        has_limits=bool(campaign.limits),
        exclusive=campaign.combination.exclusive,
        exclusive_lines=campaign.combination.exclusive_lines,
        group=campaign.combination.group,
        is_unconditional=not (runs or places or condition or campaign.limits),
        unmatched=_unmatched(campaign, name),
    )


def _unmatched(campaign: Campaign, name: str) -> CampaignOutcome | None:
    if isinstance(campaign.benefit, FreeProduct):
        return None
    missing = ("no_matching_line", described(campaign.selector))
    return CampaignOutcome(campaign.id, name, {}, (missing,))


def _places(campaign: Campaign) -> Iterable[tuple[str, str, frozenset[str]]]:
    if campaign.markets:
        yield "market", "other_market", frozenset(campaign.markets)
    if campaign.channels:
        yield "channel", "other_channel", frozenset(campaign.channels)
    if campaign.shops:
        yield "shop_id", "other_shop", frozenset(campaign.shops)


def _gifts(campaign: Campaign) -> Selector | None:
    benefit = campaign.benefit
    if isinstance(benefit, FreeProduct):
        return Selector(products=(benefit.product_id,), exclude_gift_cards=False)
    return benefit.get_selector if isinstance(benefit, BuyXGetY) else None
