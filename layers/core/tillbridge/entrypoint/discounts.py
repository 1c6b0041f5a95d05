"""Discounts as HTTP: what their operations declare, and their answers."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from tillbridge.domain.caller import Scope
from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.entrypoint.api import Answer
from tillbridge.errors import NotConfigured, RecordUnusable, TenantSuspended
from tillbridge.services.evaluate_discounts import Decided


class LineShare(BaseModel):
    """What one campaign takes off a line."""

    campaign_id: str
    discount_minor: int


class LineAnswer(BaseModel):
    """One line that is sold."""

    line_id: str
    amount_minor: int
    discount_minor: int
    net_minor: int
    discounts: list[LineShare]


class ReasonAnswer(BaseModel):
    """Why a campaign does not apply: a code, its facts, and the sentence made of them."""

    code: str
    facts: dict[str, Any]
    text: str


class CampaignAnswer(BaseModel):
    """One live campaign: applied, or why not."""

    campaign_id: str
    display_name: str
    applied: bool
    discount_minor: int
    reasons: list[ReasonAnswer]
    smallest_change: list[dict[str, Any]] | None = Field(
        description="What would make it apply, each with `change` and its facts; null where "
        "something is in the way that no change is known for."
    )


class ConsumptionAnswer(BaseModel):
    """What an applied campaign would use up of a limit."""

    campaign_id: str
    scope: Literal["campaign", "customer"]
    period: Literal["ever", "day", "week", "month", "year"]
    period_key: str
    uses: int
    spend_minor: int


class ReceiptAnswer(BaseModel):
    """What the decision was made of: the same again gives the same `decision_id`."""

    decision_id: str
    engine_version: str
    as_of: str
    prices_include_tax: bool
    strategy: Literal["priority", "best_for_customer"]
    campaign_versions: dict[str, str]


class LimitationAnswer(BaseModel):
    """Something that could not be looked at."""

    what: str
    code: str


class EvaluationAnswer(BaseModel):
    """A sale's discounts. Amounts are minor units of `currency`."""

    receipt: ReceiptAnswer
    currency: str
    subtotal_minor: int
    discount_minor: int
    total_minor: int
    optimal: bool
    lines: list[LineAnswer]
    campaigns: list[CampaignAnswer]
    consumes: list[ConsumptionAnswer]
    limitations: list[LimitationAnswer]


EVALUATION: dict[str, Any] = {
    "scope": Scope.DISCOUNT,
    "input": EvaluationRequest,
    "answer": EvaluationAnswer,
    "errors": (NotConfigured, RecordUnusable, TenantSuspended),
}


def evaluation_answer(decided: Decided) -> Answer:
    """As `EvaluationAnswer`, of which a test holds it to every member: a sale has many lines and
    campaigns, and none of them is gone through twice."""
    return Answer(
        {
            "receipt": decided.receipt(),
            **decided.evaluation.as_json(),
            "limitations": [one.as_json() for one in decided.limitations],
        }
    )
