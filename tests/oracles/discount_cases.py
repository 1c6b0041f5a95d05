"""Reads a case of the engine's for the second opinion: the kinds whose words leave no choice."""

from fractions import Fraction

from tests.oracles import discounts as oracle
from tillbridge.domain.discounts import benefit as benefits
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Case


def lines_of(case: Case) -> list[oracle.Line]:
    """The basket's lines at the price that the till gives."""
    return [
        oracle.Line(
            line.id,
            line.unit_price_minor,
            Fraction(line.quantity),
            oracle.rounded(line.unit_price_minor * Fraction(line.quantity)),
        )
        for line in case.basket.lines
    ]


def offers_of(case: Case) -> list[oracle.Offer]:
    """The campaigns, all of which are taken to be in force."""
    return [
        oracle.Offer(
            id=campaign.id,
            priority=campaign.priority,
            lines=frozenset(
                line.id
                for line in case.basket.lines
                if not campaign.selector.tags or set(campaign.selector.tags) & set(line.tags)
            ),
            benefit=_benefit(campaign, campaign.benefit, case),
            exclusive=campaign.combination.exclusive,
            exclusive_lines=campaign.combination.exclusive_lines,
            group=campaign.combination.group,
        )
        for campaign in case.campaigns
    ]


def _benefit(campaign: Campaign, benefit: benefits.Benefit, case: Case) -> oracle.Benefit:
    currency, remainder = case.basket.currency, case.settings.remainder
    cap = campaign.caps.max_amount[currency] if campaign.caps.max_amount else None
    match benefit:
        case benefits.Percentage(basis_points=points, base=base):
            original = base == "original"
            return oracle.percentage(points, of_original=original, cap=cap, remainder=remainder)
        case benefits.AmountOff(amount=amount, per="order"):
            return oracle.amount_off(amount[currency], cap=cap, remainder=remainder)
        case benefits.AmountOff(amount=amount, per="line"):
            return oracle.amount_off_each_line(amount[currency])
        case benefits.AmountOff(amount=amount):
            return oracle.amount_off_each_unit(amount[currency])
        case benefits.NewUnitPrice(price=price):
            return oracle.price_of_each_unit(price[currency])
        case benefits.NForM(n=n, m=m, pick=pick):
            dearest = pick == "dearest"
            return oracle.n_for_m(n, m, dearest=dearest, remainder=remainder)
        case benefits.BuyXGetY(buy=buy, get=get, basis_points=points, pick=pick):
            return oracle.buy_x_get_y(
                buy, get, points, dearest=pick == "dearest", remainder=remainder
            )
        case benefits.Tiered(by=by, tiers=tiers):
            return oracle.tiered(
                [
                    (_least(tier, currency), _benefit(campaign, tier.benefit, case))
                    for tier in tiers
                ],
                by_amount=by == "amount",
            )
    raise NotImplementedError(benefit.kind)


def _least(tier: benefits.Tier, currency: str) -> Fraction:
    if tier.at_least_amount is not None:
        return Fraction(tier.at_least_amount[currency])
    assert tier.at_least_quantity is not None
    return Fraction(tier.at_least_quantity)
