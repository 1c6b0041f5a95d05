"""What campaigns offer one customer, for the screen at the till: each with a label that says what
it does, whether the customer has it now, and why not. Nothing is hidden that runs."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tillbridge.domain.discounts import benefit as written
from tillbridge.domain.discounts.benefit import Benefit
from tillbridge.domain.discounts.campaign import Usage
from tillbridge.domain.discounts.case import Basket, Case, Customer
from tillbridge.domain.discounts.compiled import ReadyCampaign
from tillbridge.domain.discounts.conditions import Situation
from tillbridge.domain.discounts.engine import decide
from tillbridge.domain.discounts.live import Discounts
from tillbridge.domain.discounts.matching import IndexedBasket
from tillbridge.domain.discounts.reasons import Reasons
from tillbridge.domain.discounts.units import percent_text
from tillbridge.domain.discounts.usage import usage_book
from tillbridge.domain.money import money_text


class CampaignOffer(NamedTuple):
    """One campaign that runs. `discount_minor` is what it takes off the sale, None where no goods
    are known; `reasons` say why the customer does not have it (`reasons.shown` makes words of
    them)."""

    campaign_id: str
    label: str
    eligible: bool
    reasons: Reasons = ()
    discount_minor: int | None = None


def campaign_offers(
    discounts: Discounts,
    customer: Customer,
    as_of: datetime,
    basket: Basket,
    usage: Iterable[Usage] = (),
) -> list[CampaignOffer]:
    """Those that the customer has first, then in the order in which they are considered. A basket
    without lines stands for none: only the customer, the time and the place are judged then, and
    that its goods are still missing."""
    now, used = discounts.local(as_of), tuple(usage)
    running = discounts.campaigns.open(basket, now)
    if basket.lines:
        case = Case(
            basket=basket, customer=customer, settings=discounts.settings, usage=used, as_of=as_of
        )
        evaluation = decide(case, discounts.campaigns.ready(basket.currency))
        outcomes = {outcome.campaign_id: outcome for outcome in evaluation.campaigns}
        offers = [
            CampaignOffer(
                ready.id,
                _label(ready),
                outcomes[ready.id].applied,
                outcomes[ready.id].reasons,
                outcomes[ready.id].discount_minor,
            )
            for ready in running
        ]
    else:
        codes = frozenset(code.casefold() for code in basket.codes)
        at, book = Situation(IndexedBasket(basket), customer, codes, now), usage_book(used)
        refusals = ((ready, ready.refusal(at, book)) for ready in running)
        offers = [
            CampaignOffer(ready.id, _label(ready), reasons is None, reasons or ())
            for ready, reasons in refusals
        ]
    return sorted(offers, key=lambda offer: not offer.eligible)


def _label(campaign: ReadyCampaign) -> str:
    """`Apply Gold: 10% off`."""
    return f"Apply {campaign.display_name}: {effect_of(campaign.record.benefit, campaign.currency)}"


def effect_of(benefit: Benefit, currency: str) -> str:
    """What a benefit does, in a few words. Raises `KeyError` for amounts in other currencies."""
    match benefit:
        case written.Percentage():
            return f"{percent_text(benefit.basis_points)}% off"
        case written.AmountOff():
            each = "" if benefit.per == "order" else f" each {benefit.per}"
            return f"{money_text(benefit.amount[currency], currency)} off{each}"
        case written.NewUnitPrice():
            return f"{money_text(benefit.price[currency], currency)} each"
        case written.NForM():
            return f"{benefit.n} for {benefit.m}"
        case written.BuyXGetY():
            is_free = benefit.basis_points == 10_000
            given = "free" if is_free else f"at {percent_text(benefit.basis_points)}% off"
            return f"buy {benefit.buy}, get {benefit.get} {given}"
        case written.BundlePrice():
            return f"together {money_text(benefit.price[currency], currency)}"
        case written.Tiered():
            effects = [effect_of(tier.benefit, currency) for tier in benefit.tiers]
            return effects[0] if len(effects) == 1 else f"{effects[0]} to {effects[-1]}"
        case written.FreeProduct():
            return f"{benefit.quantity} free"
