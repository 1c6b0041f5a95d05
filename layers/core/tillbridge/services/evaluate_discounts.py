"""What a sale's discounts are: the merchant's live campaigns, the customer as far as they ask, and
the engine's decision. Nothing is changed by asking."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import decide
from tillbridge.domain.discounts.live import Campaigns
from tillbridge.domain.discounts.receipt import receipt_of
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.limitations import Limitation, unusable_campaigns
from tillbridge.domain.limits import Deadline
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.ports import ReadDiscounts


@dataclass(frozen=True, slots=True)
class Decided:
    """`case` is without its campaigns: they are `campaigns`, made ready long before."""

    case: Case
    campaigns: Campaigns
    evaluation: Evaluation
    limitations: tuple[Limitation, ...]

    def receipt(self) -> dict[str, Any]:
        return receipt_of(self.case, self.campaigns.versions)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class EvaluateDiscounts:
    read_discounts: ReadDiscounts
    facts: CustomerFacts
    now: Callable[[], datetime] = utc_now

    def __call__(self, caller: Caller, request: EvaluationRequest, deadline: Deadline) -> Decided:
        """Raises `TenantError`s and `RecordsUnavailable`."""
        discounts = self.read_discounts(caller.tenant_id)
        campaigns, settings = discounts.campaigns, discounts.settings
        as_of = request.as_of or self.now()
        basket, customer = request.basket, request.customer
        limitations = unusable_campaigns(campaigns.unusable)
        if basket.channel is None:
            basket = basket.model_copy(update={"channel": caller.channel})
        if customer is not None:
            needed = campaigns.facts_needed(campaigns.open(basket, discounts.local(as_of)))
            customer, more = self.facts(caller, customer, needed, basket.currency, deadline)
            limitations += more
        case = Case(basket=basket, customer=customer, settings=settings, as_of=as_of)
        evaluation = decide(case, campaigns.ready(basket.currency))
        return Decided(case, campaigns, evaluation, limitations)
