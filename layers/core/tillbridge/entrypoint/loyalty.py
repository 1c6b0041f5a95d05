"""Loyalty as HTTP: what its operations declare, and their answers."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from tillbridge.domain.caller import Scope
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.redemption import Mode, Receipt, State
from tillbridge.domain.loyalty_requests import LoyaltyRequest
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


class JournalEntry(BaseModel):
    """One entry of the journal, without who made it."""

    kind: EntryKind
    delta: int = Field(description="By how much the balance changed.")
    at: str
    points: int | None = None
    redemption_id: str | None = None
    store_id: str | None = None
    sale_ref: str | None = None
    order_ref: str | None = None
    reason: str | None = None


class Loyalty(BaseModel):
    """A customer's points. Of one who is not enrolled, nothing else is said."""

    enrolled: bool
    account: PointsAccount | None = None
    lots: list[ExpiringPoints] | None = None
    entries: list[JournalEntry] = Field(description="Newest first.")
    next: str | None = Field(default=None, description="`before` of the next page.")


class RedemptionAnswer(BaseModel):
    """A redemption as it is now. `message` is for the screen, `message_code` and the other members
    are what it was made of."""

    redemption_id: str
    state: State
    mode: Mode
    points: int
    refundable: int
    store_id: str | None = None
    sale_ref: str | None = None
    created_at: str
    held_until: str | None = None
    refusal: dict[str, Any] | None = None
    account: PointsAccount | None = Field(default=None, description="Where it is known.")
    message_code: str
    message: str


class PointsAnswer(BaseModel):
    """Points that came in or went out."""

    points: int
    account: PointsAccount | None = Field(default=None, description="Where it is known.")
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
        "headers": _REPLAYED,
        "errors": (*_ANY, Undecided, *errors),
    }


REDEMPTION = _moving(Scope.REDEEM, RedemptionAnswer, *_OF_REDEMPTIONS, IdempotencyMismatch)
ACCRUAL = _moving(Scope.REDEEM, PointsAnswer, IdempotencyMismatch, *_OF_POINTS)
ADJUSTMENT = _moving(Scope.ADJUST, PointsAnswer, IdempotencyMismatch, InsufficientPoints)
LOYALTY: dict[str, Any] = {"scope": Scope.LOOKUP, "answer": Loyalty, "errors": _ANY}

_REDEMPTION_WORDS = {
    State.HELD: "{points} points held for {customer}",
    State.CAPTURED: "{points} points redeemed for {customer}",
    State.VOIDED: "Redemption cancelled for {customer}",
    State.EXPIRED: "The hold has expired: {points} points are back with {customer}",
    State.REJECTED: "{points} points were not redeemed for {customer}",
}


def redemption_answer(receipt: Receipt, request: LoyaltyRequest | None = None) -> Answer:
    """The redemption as it is, in words as well (S11)."""
    words = _REDEMPTION_WORDS[receipt.redemption.state]
    message = words.format(points=receipt.redemption.points, customer=_customer(request))
    code = f"redemption_{receipt.redemption.state}"
    return _redemption_answer(receipt, code, message)


def refund_answer(receipt: Receipt, points: int, request: LoyaltyRequest) -> Answer:
    message = f"{points} points given back to {_customer(request)}"
    return _redemption_answer(receipt, "points_refunded", message)


def points_answer(booked: Booked, code: str, request: LoyaltyRequest) -> Answer:
    """What came in or went out, in words as well (S11)."""
    customer, points = _customer(request), abs(booked.delta)
    message = (
        f"{points} points added for {customer}"
        if booked.delta > 0
        else f"{points} points taken from {customer}"
    )
    answer = PointsAnswer(
        points=booked.delta, account=_account(booked.account), message_code=code, message=message
    )
    return Answer(answer.model_dump(mode="json", exclude_none=True), _replayed(booked.replayed))


def loyalty_answer(account: Account | None, history: Entries) -> Answer:
    """What a customer has and what happened: of one who is not enrolled, that alone."""
    answer = Loyalty(
        enrolled=account is not None,
        account=_account(account),
        lots=None
        if account is None
        else [ExpiringPoints(expires_on=day, points=n) for day, n in sorted(account.lots.items())],
        entries=[JournalEntry.model_validate(entry) for entry in history.entries],
        next=None if history.following is None else cursor_of(history.following),
    )
    return Answer(answer.model_dump(mode="json", exclude_none=True))


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
        refundable=redemption.refundable,
        store_id=redemption.store_id or None,
        sale_ref=redemption.sale_ref or None,
        created_at=redemption.created_at,
        held_until=None if until_s is None else instant(until_s),
        refusal=dict(redemption.refusal) or None,
        account=_account(receipt.account),
        message_code=code,
        message=message,
    )
    return Answer(answer.model_dump(mode="json", exclude_none=True), _replayed(receipt.replayed))


def _account(account: Account | None) -> PointsAccount | None:
    if account is None:
        return None
    return PointsAccount(
        balance=account.balance, available=account.available, held=account.held, debt=account.debt
    )


def _customer(request: LoyaltyRequest | None) -> str:
    return (request and request.customer_name) or "the customer"


def _replayed(replayed: bool) -> Mapping[str, str]:
    return REPLAYED if replayed else {}
