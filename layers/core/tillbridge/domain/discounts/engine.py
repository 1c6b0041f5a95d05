"""The decision: a case in, what each line and campaign gives out."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.combination import Candidate, Standing
from tillbridge.domain.discounts.compiled import ReadyCampaign, compile_campaigns
from tillbridge.domain.discounts.conditions import Situation
from tillbridge.domain.discounts.matching import IndexedBasket
from tillbridge.domain.discounts.result import (
    CampaignOutcome,
    Consumption,
    Evaluation,
    LineOutcome,
)
from tillbridge.domain.discounts.strategies import Choice, best_for_customer, by_priority
from tillbridge.domain.discounts.usage import consumed, usage_book


def evaluate(case: Case) -> Evaluation:
    """What the case's campaigns give (S4), and why not what they do not (S19). A pure function:
    nothing but the case decides."""
    return decide(case, compile_campaigns(case.campaigns, case.basket.currency))


def decide(case: Case, campaigns: Sequence[ReadyCampaign]) -> Evaluation:
    """`evaluate` with campaigns that were made ready before, for the basket's currency."""
    basket, settings = IndexedBasket(case.basket), case.settings
    situation = Situation(
        basket=basket,
        customer=case.customer,
        codes=frozenset(code.casefold() for code in case.basket.codes),
        now=case.as_of.astimezone(ZoneInfo(settings.time_zone)),
    )
    book = usage_book(case.usage)
    outcomes: dict[str, CampaignOutcome] = {}
    candidates: list[Candidate] = []
    for campaign in campaigns:
        if not campaign.is_unconditional and (reasons := campaign.refusal(situation, book)):
            outcomes[campaign.id] = campaign.refused(reasons)
            continue
        mask = campaign.select(basket)
        if mask or campaign.unmatched is None:
            candidates.append(Candidate(campaign, mask))
        else:
            outcomes[campaign.id] = campaign.unmatched
    start = Standing(basket, settings.remainder, book, basket.amounts)
    if settings.strategy == "priority":
        choice = by_priority(start, candidates)
    else:
        choice = best_for_customer(start, candidates, settings.search_limit)
    for candidate in candidates:
        if reason := choice.reasons.get(candidate.campaign.id):
            outcomes[candidate.campaign.id] = candidate.campaign.refused((reason,))
    return _evaluation(campaigns, choice, outcomes, situation)


def _evaluation(
    campaigns: Sequence[ReadyCampaign],
    choice: Choice,
    outcomes: dict[str, CampaignOutcome],
    situation: Situation,
) -> Evaluation:
    """Adds to `outcomes`, of those that do not apply, those that do."""
    basket, lines = situation.basket, situation.basket.lines
    discounts: list[dict[str, int]] = [{} for _ in lines]
    consumes: list[Consumption] = []
    for campaign, offer in choice.standing.applied:
        shares: dict[str, int] = {}
        for number, share in sorted(offer.shares.items()):
            discounts[number][campaign.id] = share
            shares[lines[number].id] = share
        outcomes[campaign.id] = CampaignOutcome(campaign.id, campaign.display_name, shares)
        if campaign.has_limits:
            consumes += consumed(campaign.record, sum(shares.values()), situation.now)
    return Evaluation(
        currency=basket.record.currency,
        subtotal_minor=basket.subtotal,
        lines=tuple(map(LineOutcome, (line.id for line in lines), basket.amounts, discounts)),
        campaigns=tuple([outcomes[campaign.id] for campaign in campaigns]),
        consumes=tuple(consumes),
        optimal=choice.optimal,
    )
