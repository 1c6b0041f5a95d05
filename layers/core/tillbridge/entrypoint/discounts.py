"""Discounts as HTTP: what their operations declare, and their answers."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from tillbridge.domain.caller import Scope
from tillbridge.domain.discount_requests import CustomerDiscountsQuery, EvaluationRequest
from tillbridge.domain.discounts.kaching import KachingDiscount, Offered
from tillbridge.domain.discounts.shopify import NotApplied, PosAction, cart_changes
from tillbridge.domain.limitations import Limitation
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
    limitations: list[Limitation]
    pos_actions: list[PosAction] | None = Field(
        default=None, description="For a Shopify cart: the calls to make, in their order."
    )
    not_applied: list[NotApplied] | None = Field(
        default=None, description="For a Shopify cart: what these calls leave out."
    )


_ERRORS = (NotConfigured, RecordUnusable, TenantSuspended)
_NOT_EXPRESSED = "Tillbridge-Not-Expressed"
# API Gateway takes 10 KB of headers.
_MAX_HEADER_BYTES = 4_096

EVALUATION: dict[str, Any] = {
    "scope": Scope.DISCOUNT,
    "input": EvaluationRequest,
    "answer": EvaluationAnswer,
    "errors": _ERRORS,
}
CUSTOMER_DISCOUNTS: dict[str, Any] = {
    "scope": Scope.DISCOUNT,
    "input": CustomerDiscountsQuery,
    "answer": list[KachingDiscount],
    "headers": {
        _NOT_EXPRESSED: "Campaigns that run and that these objects do not say, each with what of "
        'it stands in the way: `"spring";why="limits condition.basket_subtotal"`. It ends in `...` '
        "where there are more.",
    },
    "errors": _ERRORS,
}


def evaluation_answer(decided: Decided, request: EvaluationRequest) -> Answer:
    """As `EvaluationAnswer`, of which a test holds it to every member: a sale has many lines and
    campaigns, and none of them is gone through twice."""
    body = {
        "receipt": decided.receipt(),
        **decided.evaluation.as_json(),
        "limitations": [one.model_dump() for one in decided.limitations],
    }
    if request.shopify is not None:
        records, basket = decided.campaigns.records, decided.case.basket
        changes = cart_changes(basket, records, decided.evaluation, request.shopify)
        body["pos_actions"] = [action.model_dump() for action in changes.pos_actions]
        body["not_applied"] = [one.model_dump(exclude_none=True) for one in changes.not_applied]
    return Answer(body)


def customer_discounts_answer(found: Offered) -> Answer:
    """A bare array of discount objects in Ka-ching's shape, and in a header what they leave out."""
    objects = [one.model_dump(mode="json") for one in found.objects]
    told = _not_expressed(found)
    return Answer(objects, {_NOT_EXPRESSED: told} if told else {})


def _not_expressed(found: Offered) -> str:
    """A list of strings with a parameter each (RFC 8941): ids and codes are plain ASCII."""
    told: list[str] = []
    size = 0
    for campaign_id, why in found.not_expressed.items():
        one = f'"{campaign_id}";why="{" ".join(why)}"'
        size += len(one) + 2
        if size > _MAX_HEADER_BYTES:
            return ", ".join([*told, "..."])
        told.append(one)
    return ", ".join(told)
