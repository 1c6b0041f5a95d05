"""What campaigns offer one customer, for the screen at the till: each with a label that says what
it does, whether the customer has it now, and why not. Nothing is hidden that runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tillbridge.domain.discounts import benefit as written
from tillbridge.domain.discounts.benefit import Benefit
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket, Customer
from tillbridge.domain.discounts.compiled import ReadyCampaign
from tillbridge.domain.discounts.conditions import Situation, written_kinds
from tillbridge.domain.discounts.customer_conditions import CUSTOMER_PREDICATES
from tillbridge.domain.discounts.live import Discounts
from tillbridge.domain.discounts.matching import IndexedBasket
from tillbridge.domain.discounts.reasons import Reasons
from tillbridge.domain.discounts.units import percent_text
from tillbridge.domain.money import money_text


class CampaignOffer(NamedTuple):
    """One campaign that runs. `reasons` say why the customer does not have it (`reasons.shown`
    makes words of them)."""

    campaign_id: str
    label: str
    eligible: bool
    reasons: Reasons = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a till tells of a sale without its lines; None where there is none."""

    subtotal_minor: int | None = None
    item_count: int | None = None


class _ToldBasket(IndexedBasket):
    """A basket of which no line is known."""

    def __init__(self, basket: Basket, told: Told) -> None:
        super().__init__(basket)
        self.subtotal = told.subtotal_minor or 0
        self.units = [told.item_count or 0]


def campaign_offers(
    discounts: Discounts,
    customer: Customer,
    as_of: datetime,
    basket: Basket,
    told: Told,
) -> list[CampaignOffer]:
    """Of the campaigns that ask who the customer is: those that the customer has first, then in the
    order in which they are considered. Only the customer, the time, the place and what is `told`
    are judged: no line of the basket is known. What limited campaigns have left is not looked
    at."""
    now = discounts.local(as_of)
    codes = frozenset(code.casefold() for code in basket.codes)
    at = Situation(_ToldBasket(basket, told), customer, codes, now)
    running = [one for one in discounts.campaigns.open(basket, now) if asks_who(one.record)]
    refusals = ((ready, ready.refusal(at, {})) for ready in running)
    offers = [
        CampaignOffer(ready.id, _label(ready), reasons is None, reasons or ())
        for ready, reasons in refusals
    ]
    return sorted(offers, key=lambda offer: not offer.eligible)


def asks_who(campaign: Campaign) -> bool:
    """Whether the campaign is for some customers, or for each so often."""
    return any(limit.scope == "customer" for limit in campaign.limits) or any(
        kind in CUSTOMER_PREDICATES for kind in written_kinds(campaign.condition)
    )


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
