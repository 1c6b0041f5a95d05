"""Loyalty as HTTP: what its operations declare, and their answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from tillbridge.domain.caller import Scope
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.redemption import Mode, Receipt, Redemption, State
from tillbridge.domain.loyalty_requests import LoyaltyRequest
from tillbridge.domain.money import money_text
from tillbridge.domain.programme import Standing, Tier
from tillbridge.domain.programme.rewards import Offer
from tillbridge.entrypoint.api import REPLAYED, Answer
from tillbridge.entrypoint.cursors import cursor_of, is_place, place_after
from tillbridge.errors import (
    AccrualNotFound,
    CurrencyMismatch,
    IdempotencyMismatch,
    InsufficientPoints,
    LedgerInconsistent,
    LoyaltyError,
    NotConfigured,
    NotReversible,
    RecordUnusable,
    TenantSuspended,
    TillbridgeError,
    Undecided,
    catalogue,
)

_ANY = (NotConfigured, RecordUnusable, TenantSuspended, LedgerInconsistent)
_OF_POINTS = (AccrualNotFound, NotReversible)
_OF_REDEMPTIONS = tuple(
    error
    for error in catalogue()
    if issubclass(error, LoyaltyError) and error not in (*_OF_POINTS, CurrencyMismatch)
)
_ASK_AGAIN = {"Retry-After": "With 202: how many seconds later to ask again."}
_REPLAYED = {"Idempotent-Replayed": "`true` when an earlier request had decided this."}


class PointsAccount(BaseModel):
    """What a customer has. balance = available + held - debt."""

    balance: int
    available: int = Field(description="What can be spent now.")
    held: int = Field(description="Reserved for sales that are not paid yet.")
    debt: int = Field(description="Spent and then taken back: the next points repay it.")


class ExpiringPoints(BaseModel):
    """Available points by their last day, in the merchant's time zone."""

    expires_on: str = Field(description="A date, or `never`.")
    points: int


class TierReached(BaseModel):
    """What the customer is."""

    code: str
    label: str
    badge: str | None = None


class TierAhead(BaseModel):
    """The next higher tier."""

    code: str
    label: str
    points_needed: int = Field(description="Still to be earned within the window.")


class WhyNot(BaseModel):
    """Why a reward cannot be had: `message` is for the screen, the others what it was made of."""

    code: str
    message: str
    facts: dict[str, str | int]


class PointsChoice(BaseModel):
    """The customer chooses how many points to use."""

    min_points: int
    max_points: int | None = Field(
        default=None, description="The most that this customer can use in this sale, if known."
    )
    step_points: int


class RewardOffered(BaseModel):
    """A reward of the merchant's, for this customer."""

    reward_id: str
    label: str
    kind: str = Field(description="`amount_off`, `percentage` or `free_product`.")
    points: int = Field(description="What it costs; at least, where there is a choice.")
    choice: PointsChoice | None = None
    amount_minor: int | None = Field(
        default=None, description="What `points` take off, where that can be told."
    )
    currency: str | None = None
    product_id: str | None = None
    product_label: str | None = None
    quantity: int | None = None
    eligible: bool
    reason: WhyNot | None = Field(default=None, description="Why not.")


class RewardGiven(BaseModel):
    """What the customer gets for a redemption's points, as it was decided then."""

    reward_id: str
    label: str
    kind: str
    amount_minor: int | None = None
    currency: str | None = None
    product_id: str | None = None
    product_label: str | None = None
    quantity: int | None = None


class JournalEntry(BaseModel):
    """One entry of the journal, without who made it."""

    kind: EntryKind
    delta: int = Field(description="By how much the balance changed.")
    at: str
    points: int | None = None
    redemption_id: str | None = None
    reward_id: str | None = None
    store_id: str | None = None
    sale_ref: str | None = None
    order_ref: str | None = None
    reason: str | None = None


class Loyalty(BaseModel):
    """A customer's points. Of one who is not enrolled, nothing else is said; what the programme
    does not have, tiers or rewards, is left out."""

    enrolled: bool
    points_label: str | None = Field(default=None, description="What the merchant calls points.")
    account: PointsAccount | None = None
    lots: list[ExpiringPoints] | None = Field(default=None, description="What expires when.")
    tier: TierReached | None = None
    tier_points: int | None = Field(
        default=None, description="What was earned within the window, which makes the tier."
    )
    next_tier: TierAhead | None = None
    rewards: list[RewardOffered] | None = Field(
        default=None, description="What can be had first, then what cannot, and why."
    )
    entries: list[JournalEntry] = Field(description="Newest first.")
    next: str | None = Field(default=None, description="`before` of the next page.")


class RedemptionAnswer(BaseModel):
    """A redemption as it is now. `message` is for the screen, `message_code` and the other members
    are what it was made of."""

    redemption_id: str
    state: State
    mode: Mode
    points: int
    reward: RewardGiven | None = None
    refundable: int
    store_id: str | None = None
    sale_ref: str | None = None
    created_at: str
    held_until: str | None = None
    refusal: dict[str, Any] | None = None
    account: PointsAccount | None = Field(default=None, description="Where it is known.")
    operation_state: Literal["unknown"] | None = Field(
        default=None,
        description="With 202: the merchant's own system has not said whether it has taken the "
        "points. Give no discount yet; ask for the redemption after `Retry-After` seconds, for 8 "
        "seconds at most, then void it until that is answered and sell without points.",
    )
    message_code: str
    message: str


class PointsAnswer(BaseModel):
    """Points that came in or went out."""

    points: int
    account: PointsAccount | None = Field(default=None, description="Where it is known.")
    operation_state: Literal["unknown"] | None = Field(
        default=None,
        description="With 202: the merchant's own system has not said that it is done. It is seen "
        "to; the till need not send it again.",
    )
    message_code: str
    message: str


def _moving(
    scope: Scope, answer: type[BaseModel], *errors: type[TillbridgeError]
) -> dict[str, Any]:
    return {
        "scope": scope,
        "answer": answer,
        "deadline_s": 4.5,
        "moves_points": True,
        "headers": {**_REPLAYED, **_ASK_AGAIN},
        "may_be_pending": True,
        "errors": (*_ANY, Undecided, *errors),
    }


REDEMPTION = _moving(Scope.REDEEM, RedemptionAnswer, *_OF_REDEMPTIONS, IdempotencyMismatch)
ACCRUAL = _moving(Scope.EARN, PointsAnswer, IdempotencyMismatch, *_OF_POINTS)
ADJUSTMENT = {
    **_moving(Scope.ADJUST, PointsAnswer, IdempotencyMismatch, InsufficientPoints),
    "headers": _REPLAYED,
    "may_be_pending": False,
}
LOYALTY: dict[str, Any] = {"scope": Scope.LOOKUP, "answer": Loyalty, "errors": _ANY}

# How long a till waits before it asks what has become of a redemption, in seconds.
_ASK_AGAIN_AFTER_S = 2

_REDEMPTION_WORDS = {
    State.UNKNOWN: (
        "It is not known yet whether {points} were taken from {customer}. "
        "Do not give the discount yet."
    ),
    State.HELD: "{points} held for {customer}{gain}",
    State.CAPTURED: "{points} redeemed for {customer}{gain}",
    State.VOIDED: "Redemption cancelled for {customer}",
    State.EXPIRED: "The hold has expired: {points} are back with {customer}",
    State.REJECTED: "{points} were not redeemed for {customer}",
}


def redemption_answer(receipt: Receipt, request: LoyaltyRequest | None = None) -> Answer:
    """The redemption as it is, in words as well: cost and effect (S11)."""
    redemption = receipt.redemption
    message = redemption_message(redemption, request)
    return _redemption_answer(receipt, f"redemption_{redemption.state}", message)


def redemption_message(redemption: Redemption, request: LoyaltyRequest | None) -> str:
    return _REDEMPTION_WORDS[redemption.state].format(
        points=f"{redemption.points} {redemption.points_label}",
        customer=customer_named(request),
        gain=_gain(redemption.reward),
    )


def customer_named(request: LoyaltyRequest | None) -> str:
    """Who it is about, as far as the till says."""
    return (request and request.customer_name) or "the customer"


def _gain(reward: Mapping[str, Any]) -> str:
    if "amount_minor" in reward:
        return f": {money_text(reward['amount_minor'], reward['currency'])} off"
    if "product_label" in reward:
        return f": {reward['quantity']} free {reward['product_label']}"
    return ""


def refund_answer(receipt: Receipt, points: int, request: LoyaltyRequest) -> Answer:
    label = receipt.redemption.points_label
    message = f"{points} {label} given back to {customer_named(request)}"
    return _redemption_answer(receipt, "points_refunded", message)


def points_answer(booked: Booked, code: str, request: LoyaltyRequest) -> Answer:
    """What came in or went out, in words as well (S11)."""
    customer, points = customer_named(request), f"{abs(booked.delta)} {booked.points_label}"
    message = (
        f"{points} added for {customer}" if booked.delta > 0 else f"{points} taken from {customer}"
    )
    answer = PointsAnswer(
        points=booked.delta,
        account=_account(booked.account),
        operation_state="unknown" if booked.pending else None,
        message_code=code,
        message=f"{message}, once their system has said so" if booked.pending else message,
    )
    body = answer.model_dump(mode="json", exclude_none=True)
    return Answer(body, _replayed(booked.replayed), status=202 if booked.pending else None)


def loyalty_answer(standing: Standing, offered: Sequence[Offer], history: Entries) -> Answer:
    """What a customer has, is offered, and what happened: of one who is not enrolled, that
    alone."""
    account, label = standing.account, standing.programme.rules.points_label
    answer = Loyalty(
        enrolled=account is not None,
        points_label=None if account is None else label,
        account=_account(account),
        lots=None
        if account is None
        else [ExpiringPoints(expires_on=day, points=n) for day, n in sorted(account.lots.items())],
        tier=_tier(standing.tier),
        tier_points=standing.earned,
        next_tier=_tier_ahead(standing),
        rewards=[reward_offered(offer) for offer in offered] or None,
        entries=[JournalEntry.model_validate(entry) for entry in history.entries],
        next=None if history.following is None else cursor_of(history.following),
    )
    return Answer(answer.model_dump(mode="json", exclude_none=True))


def reward_offered(offer: Offer) -> RewardOffered:
    """A reward as it is answered."""
    reward, reason = offer.reward, offer.reason
    choice = reward.choice
    gained = {} if offer.award is None else offer.award.as_json()
    return RewardOffered.model_validate(
        {
            "reward_id": reward.id,
            "kind": reward.gain.kind,
            **gained,
            "label": offer.label,
            "points": offer.points,
            "choice": choice
            and PointsChoice(
                min_points=choice.min_points,
                max_points=choice.max_points if offer.max_points is None else offer.max_points,
                step_points=choice.step_points,
            ),
            "eligible": offer.eligible,
            "reason": reason
            and WhyNot(code=reason.code, message=reason.message, facts=dict(reason.facts)),
        }
    )


def page_after(cursor: str | None) -> Mapping[str, str] | None:
    """Where the page begins that `next` of the one before stands for. Raises `InvalidRequest`."""
    place: Mapping[str, str] | None = place_after(cursor, is_place)
    return place


def _redemption_answer(receipt: Receipt, code: str, message: str) -> Answer:
    redemption = receipt.redemption
    until_s = redemption.held_until_s
    answer = RedemptionAnswer(
        redemption_id=redemption.redemption_id,
        state=redemption.state,
        mode=redemption.mode,
        points=redemption.points,
        reward=RewardGiven(**redemption.reward) if redemption.reward else None,
        refundable=redemption.refundable,
        store_id=redemption.store_id or None,
        sale_ref=redemption.sale_ref or None,
        created_at=redemption.created_at,
        held_until=None if until_s is None else instant(until_s),
        refusal=dict(redemption.refusal) or None,
        account=_account(receipt.account),
        operation_state="unknown" if redemption.state is State.UNKNOWN else None,
        message_code=code,
        message=message,
    )
    body = answer.model_dump(mode="json", exclude_none=True)
    headers = _replayed(receipt.replayed)
    if redemption.state is not State.UNKNOWN:
        return Answer(body, headers)
    return Answer(body, {**headers, "Retry-After": str(_ASK_AGAIN_AFTER_S)}, status=202)


def _account(account: Account | None) -> PointsAccount | None:
    if account is None:
        return None
    return PointsAccount(
        balance=account.balance, available=account.available, held=account.held, debt=account.debt
    )


def _tier(tier: Tier | None) -> TierReached | None:
    if tier is None:
        return None
    return TierReached(code=tier.code, label=tier.label, badge=tier.badge)


def _tier_ahead(standing: Standing) -> TierAhead | None:
    tier, points = standing.next_tier, standing.points_to_next_tier
    if tier is None or points is None:
        return None
    return TierAhead(code=tier.code, label=tier.label, points_needed=points)


def _replayed(replayed: bool) -> Mapping[str, str]:
    return REPLAYED if replayed else {}
