"""What a draft of a campaign would have done to past sales: each is decided twice, by what is live
and by that with the draft."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.campaign import Campaign, Usage
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import decide
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.discounts.reasons import Reasons, facts_of
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.discounts.schedule import period_key

# Why a campaign does not apply where another one is in its way.
_IN_THE_WAY = frozenset(
    {"lines_taken", "group_taken", "blocked_by_exclusive", "not_alone", "not_best"}
)


@dataclass
class Simulation:
    """Amounts are minor units by currency. `cost` is what the drafts give, `change` by how much all
    discounts together are more than they were. By campaign that is live: on how many sales it would
    apply no longer (`displaced`), and on how many a draft's way is blocked (`kept_out`, by what was
    in it where that is known)."""

    sales: int = 0
    sales_with_draft: int = 0
    cost: Counter[str] = field(default_factory=Counter)
    change: Counter[str] = field(default_factory=Counter)
    displaced: Counter[str] = field(default_factory=Counter)
    kept_out: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {
            "sales": self.sales,
            "sales_with_draft": self.sales_with_draft,
            "cost_minor": dict(self.cost),
            "change_minor": dict(self.change),
            "displaced": dict(self.displaced),
            "kept_out": dict(self.kept_out),
            "reasons": dict(self.reasons),
        }


class _Run:
    """Past sales decided one after the other by the same campaigns. What limited ones use up builds
    up from sale to sale, from nothing."""

    def __init__(self, discounts: Discounts) -> None:
        self._discounts = discounts
        self._used: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)

    def decide(self, request: EvaluationRequest, as_of: datetime) -> Evaluation:
        discounts, currency = self._discounts, request.basket.currency
        case = Case(
            basket=request.basket,
            customer=request.customer,
            settings=discounts.settings,
            usage=tuple(self._usage(request, discounts.local(as_of))),
            as_of=as_of,
        )
        evaluation = decide(case, discounts.campaigns.ready(currency))
        for one in evaluation.consumes:
            used = self._used[_counter(one.campaign_id, one.scope, one.period_key, request)]
            used["uses"] += one.uses
            used[currency] += one.spend_minor
        return evaluation

    def _usage(self, request: EvaluationRequest, now: datetime) -> Iterator[Usage]:
        for campaign in self._discounts.campaigns.records:
            for scope, period in {(limit.scope, limit.period) for limit in campaign.limits}:
                key = _counter(campaign.id, scope, period_key(period, now), request)
                used = self._used[key]
                yield Usage(
                    campaign_id=campaign.id,
                    scope=scope,
                    period=period,
                    uses=used["uses"],
                    spent_minor=used[request.basket.currency],
                )


def simulate(
    drafts: Iterable[Campaign],
    live: Discounts,
    sales: Iterable[tuple[EvaluationRequest, datetime]],
) -> Simulation:
    """The sales in the order in which they were made. A draft takes the place of the live campaign
    with its id."""
    added = {draft.id: draft for draft in drafts}
    kept = [one for one in live.campaigns.records if one.id not in added]
    both = replace(live, campaigns=Campaigns([*kept, *added.values()]))
    before, after = _Run(live), _Run(both)
    told = Simulation()
    for request, as_of in sales:
        was, would_be = before.decide(request, as_of), after.decide(request, as_of)
        _count(told, frozenset(added), was, would_be)
    return told


def _count(told: Simulation, drafts: frozenset[str], was: Evaluation, would_be: Evaluation) -> None:
    currency = would_be.currency
    given = [one for one in would_be.campaigns if one.applied and one.campaign_id in drafts]
    told.sales += 1
    told.sales_with_draft += bool(given)
    told.cost[currency] += sum(one.discount_minor for one in given)
    told.change[currency] += would_be.discount_minor - was.discount_minor
    applies = {one.campaign_id for one in would_be.campaigns if one.applied}
    applied = {one.campaign_id for one in was.campaigns if one.applied} - drafts
    told.displaced.update(applied - applies)
    for outcome in would_be.campaigns:
        if outcome.campaign_id in drafts:
            told.reasons.update({reason[0] for reason in outcome.reasons})
            told.kept_out.update(_in_the_way(outcome.reasons))


def _in_the_way(reasons: Reasons) -> set[str]:
    """The campaigns that a draft would not stand beside."""
    facts = [facts_of(reason) for reason in reasons if reason[0] in _IN_THE_WAY]
    named = [fact["by"] for fact in facts if "by" in fact]
    return {name for by in named for name in (by if isinstance(by, list) else [by])}


def _counter(campaign_id: str, scope: str, key: str, request: EvaluationRequest) -> tuple[str, ...]:
    """What names the counter of a limit: one per customer, or one for all."""
    if scope == "customer" and request.customer is not None:
        return campaign_id, key, request.customer.id
    return campaign_id, key
