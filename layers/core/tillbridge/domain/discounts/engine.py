"""The decision: a case in, what each line and campaign gives out."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.combination import Candidate, Standing
from tillbridge.domain.discounts.compiled import ReadyCampaign, compile_campaigns
from tillbridge.domain.discounts.conditions import Situation
from tillbridge.domain.discounts.matching import IndexedBasket
from tillbridge.domain.discounts.reasons import Reasons
from tillbridge.domain.discounts.result import (
    CampaignOutcome,
    Consumption,
    Evaluation,
    LineOutcome,
)
from tillbridge.domain.discounts.strategies import Choice, best_for_customer, by_priority
from tillbridge.domain.discounts.usage import consumed, usage_book


def evaluate(case: Case) -> Evaluation:
    """What the case's campaigns give. A pure function: nothing but the case decides."""
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
    refused: dict[str, Reasons] = {}
    candidates: list[Candidate] = []
    for campaign in campaigns:
        mask = campaign.select(basket)
        reasons = campaign.refusal(situation, book)
        if reasons is None and not mask:
            reasons = campaign.no_line
        if reasons is None:
            candidates.append(Candidate(campaign, mask))
        else:
            refused[campaign.id] = reasons
    start = Standing(basket, settings.remainder, book, basket.amounts)
    if settings.strategy == "priority":
        choice = by_priority(start, candidates)
    else:
        choice = best_for_customer(start, candidates, settings.search_limit)
    return _evaluation(case, campaigns, choice, refused, situation)


_NOTHING: dict[str, int] = {}


def _evaluation(
    case: Case,
    campaigns: Sequence[ReadyCampaign],
    choice: Choice,
    refused: dict[str, Reasons],
    situation: Situation,
) -> Evaluation:
    basket, lines = situation.basket, situation.basket.lines
    discounts: list[dict[str, int]] = [{} for _ in lines]
    shares: dict[str, dict[str, int]] = {}
    consumes: list[Consumption] = []
    for campaign, offer in choice.standing.applied:
        named = shares[campaign.id] = {}
        for number, share in sorted(offer.shares.items()):
            discounts[number][campaign.id] = share
            named[lines[number].id] = share
        if campaign.has_limits:
            consumes += consumed(campaign.record, sum(named.values()), situation.now)
    return Evaluation(
        currency=case.basket.currency,
        subtotal_minor=basket.subtotal,
        lines=tuple(map(LineOutcome, (line.id for line in lines), basket.amounts, discounts)),
        campaigns=tuple(
            CampaignOutcome(
                campaign.id,
                campaign.display_name,
                shares.get(campaign.id, _NOTHING),
                refused.get(campaign.id) or _reasons(choice, campaign.id),
            )
            for campaign in campaigns
        ),
        consumes=tuple(consumes),
        optimal=choice.optimal,
    )


def _reasons(choice: Choice, campaign_id: str) -> Reasons:
    reason = choice.reasons.get(campaign_id)
    return (reason,) if reason else ()
