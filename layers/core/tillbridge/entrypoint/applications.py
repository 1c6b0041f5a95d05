"""Discounts applied to sales as HTTP: what the operations declare, and their answers."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from tillbridge.domain.applications.application import Application, Applied
from tillbridge.domain.applications.returning import Returned
from tillbridge.domain.caller import Scope
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.redemption import Redemption, State
from tillbridge.domain.loyalty_requests import LoyaltyRequest
from tillbridge.domain.money import money_text
from tillbridge.entrypoint.api import REPLAYED, Answer
from tillbridge.entrypoint.discounts import EvaluationAnswer, ReasonAnswer
from tillbridge.entrypoint.loyalty import RewardGiven, customer_named, redemption_message
from tillbridge.errors import (
    ApplicationCaptured,
    ApplicationClosed,
    ApplicationExists,
    ApplicationNotFound,
    ApplicationSuperseded,
    ApplicationVoided,
    DiscountsChanged,
    IdempotencyMismatch,
    InsufficientPoints,
    LedgerInconsistent,
    NotConfigured,
    NotEnrolled,
    NotReturnable,
    PointsApart,
    RecordUnusable,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionExists,
    RedemptionSuperseded,
    RewardNotAvailable,
    TenantSuspended,
    TillbridgeError,
    TooManyLimits,
    Undecided,
)


class AppliedPoints(BaseModel):
    """The points that came with it: a redemption like any other."""

    redemption_id: str
    state: State
    points: int
    reward: RewardGiven | None = None


class Decision(EvaluationAnswer):
    """What the sale is given, word for word as it was decided; of the campaigns, those that apply
    and those in `exhausted`."""

    exhausted: list[str] = Field(description="Campaigns that nothing but their limits keeps away.")


class ApplicationAnswer(BaseModel):
    """An application of discounts as it is now. `message` is for the screen."""

    application_id: str
    state: State
    store_id: str | None = None
    sale_ref: str | None = None
    created_at: str
    held_until: str | None = None
    beyond_limit: list[str] | None = Field(
        default=None,
        description="Campaigns that a capture, after the hold had expired, counted beyond their "
        "limits.",
    )
    returns: int = Field(description="How many returns there were.")
    refusal: dict[str, Any] | None = None
    redemption: AppliedPoints | None = None
    decision: Decision | None = Field(
        default=None, description="Not in answers to a capture or a void."
    )
    message_code: str
    message: str


class LineRefundAnswer(BaseModel):
    """What comes back of one line: `refund_minor` is what counts, `computed_minor` what the sale's
    own discounts make of it; `discounts` is what goes with it of each campaign's."""

    line_id: str
    refund_minor: int
    computed_minor: int
    discounts: dict[str, int]


class KeptLineAnswer(BaseModel):
    """What the customer keeps of a line."""

    line_id: str
    quantity: str
    paid_minor: int
    discounts: dict[str, int]


class ReturnAnswer(BaseModel):
    """A return, and what it gives back."""

    application_id: str
    return_ref: str
    refund_minor: int = Field(description="All that the customer gets.")
    lines: list[LineRefundAnswer]
    no_longer_met: dict[str, list[ReasonAnswer]] = Field(
        description="By campaign, the thresholds that the kept goods are below."
    )
    clawed_back: dict[str, int] = Field(
        description="By campaign, what of its discount the refund was lessened by."
    )
    kept: list[KeptLineAnswer]
    message_code: str
    message: str


def _declared(answer: type[BaseModel], *errors: type[TillbridgeError]) -> dict[str, Any]:
    return {
        "scope": Scope.DISCOUNT,
        "answer": answer,
        "deadline_s": 4.5,
        "moves_points": True,
        "headers": {
            "Idempotent-Replayed": "`true` when an earlier request had decided this.",
        },
        "errors": (
            *(NotConfigured, RecordUnusable, TenantSuspended, LedgerInconsistent, Undecided),
            *errors,
        ),
    }


_POINTS = (
    NotEnrolled,
    InsufficientPoints,
    RewardNotAvailable,
    RedemptionExists,
    RedemptionCaptured,
)
APPLY = _declared(
    ApplicationAnswer,
    *(IdempotencyMismatch, ApplicationVoided, ApplicationExists, ApplicationCaptured),
    *(DiscountsChanged, TooManyLimits, PointsApart, *_POINTS),
)
APPLICATION = _declared(ApplicationAnswer, ApplicationNotFound)
CAPTURE = _declared(
    ApplicationAnswer,
    *(ApplicationNotFound, ApplicationClosed, ApplicationSuperseded),
    *(RedemptionClosed, RedemptionSuperseded),
)
VOID = _declared(ApplicationAnswer, ApplicationNotFound, ApplicationCaptured, RedemptionCaptured)
RETURN = _declared(
    ReturnAnswer, ApplicationNotFound, ApplicationClosed, NotReturnable, IdempotencyMismatch
)

_WORDS = {
    State.HELD: "Discounts held for {sale}",
    State.CAPTURED: "Discounts given in {sale}",
    State.VOIDED: "Discounts of {sale} cancelled",
    State.EXPIRED: "The discounts of {sale} were held for too long, and are free again",
    State.REJECTED: "The discounts were not applied",
}


def application_answer(applied: Applied, request: LoyaltyRequest | None = None) -> Answer:
    """The application as it is, in words as well (S11): whose sale, what comes off it, and the
    points with it; what was decided word for word."""
    application = applied.application
    words = ApplicationAnswer(
        application_id=application.application_id,
        state=application.state,
        store_id=application.store_id or None,
        sale_ref=application.sale_ref or None,
        created_at=application.created_at,
        held_until=_held_until(application),
        beyond_limit=list(application.beyond_limit) or None,
        returns=application.returns,
        refusal=dict(application.refusal) or None,
        redemption=_points(applied.redemption),
        message_code=f"application_{application.state}",
        message=_message(applied, request),
    )
    body = words.model_dump(mode="json", exclude_none=True)
    if applied.decided is not None:
        body["decision"] = applied.decided.answer
    return Answer(body, _replayed(applied.replayed))


def return_answer(returned: Returned, return_ref: str, request: LoyaltyRequest) -> Answer:
    application = returned.application.application_id
    body = {
        "application_id": application,
        "return_ref": return_ref,
        **returned.outcome,
        "message_code": "goods_returned",
        "message": f"The return is recorded for {customer_named(request)}",
    }
    return Answer(body, _replayed(returned.replayed))


def _message(applied: Applied, request: LoyaltyRequest | None) -> str:
    name = request and request.customer_name
    message = _WORDS[applied.application.state].format(
        sale=f"{name}'s sale" if name else "the sale"
    )
    if applied.decided is not None:
        answer = applied.decided.answer
        message += f": {money_text(answer['discount_minor'], answer['currency'])} off"
    if applied.redemption is not None:
        message += f"; {redemption_message(applied.redemption, request)}"
    return message


def _held_until(application: Application) -> str | None:
    until_s = application.held_until_s
    return None if until_s is None else instant(until_s)


def _points(redemption: Redemption | None) -> AppliedPoints | None:
    if redemption is None:
        return None
    return AppliedPoints(
        redemption_id=redemption.redemption_id,
        state=redemption.state,
        points=redemption.points,
        reward=RewardGiven(**redemption.reward) if redemption.reward else None,
    )


def _replayed(replayed: bool) -> Mapping[str, str]:
    return REPLAYED if replayed else {}
