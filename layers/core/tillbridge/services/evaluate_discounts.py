"""What a sale's discounts are: the merchant's live campaigns, what is left of their limits, the
customer as far as they ask, and the engine's decision. Nothing is changed by asking."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.live import Campaigns
from tillbridge.domain.discounts.receipt import receipt_of
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.limitations import Limitation
from tillbridge.domain.limits import Deadline
from tillbridge.services.ask_discounts import AskDiscounts
from tillbridge.services.ledger import Ledger


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
    ask: AskDiscounts
    ledger: Ledger
    now: Callable[[], datetime] = utc_now

    def __call__(self, caller: Caller, request: EvaluationRequest, deadline: Deadline) -> Decided:
        """Raises `TenantError`s and `RecordsUnavailable`."""
        as_of = request.as_of or self.now()
        asked = self.ask(caller, request.basket, request.customer, as_of, deadline)
        offer = self.ledger.settle(asked.offering)
        return Decided(offer.case, asked.offering.campaigns, offer.evaluation, asked.limitations)
