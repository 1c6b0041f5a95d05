"""The customer's screen as HTTP: what its operations declare, and their answers."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from tillbridge.domain.caller import Scope
from tillbridge.domain.customer_requests import ProfileChange, ServiceRequest
from tillbridge.domain.customer_screen import CustomerScreen, Interactions, InteractionShown
from tillbridge.domain.ledger.interaction import SOURCES, Result, Starts
from tillbridge.domain.ledger.writes import Item
from tillbridge.entrypoint.api import REPLAYED, Answer
from tillbridge.entrypoint.cursors import cursor_of, is_place, place_after
from tillbridge.errors import (
    CustomerNotFound,
    IdempotencyInFlight,
    IdempotencyMismatch,
    NotConfigured,
    OutcomeUnknown,
    RecordUnusable,
    TenantError,
    TenantSuspended,
    Undecided,
    UpstreamError,
    catalogue,
)
from tillbridge.services.serve_customer import Served

_SYSTEMS = tuple(e for e in catalogue() if issubclass(e, TenantError | UpstreamError))


class ServedAnswer(BaseModel):
    """What was done. `message` is for the screen: it names the customer and the change;
    `message_code` and the other members are what it was made of."""

    interaction_id: str
    result: Result
    changes: list[str] | None = Field(default=None, description="Each change in words.")
    subject: str | None = None
    reference: str | None = Field(
        default=None, description="The merchant's system's own name for it."
    )
    message_code: str
    message: str


SCREEN: dict[str, Any] = {
    "scope": Scope.LOOKUP,
    "answer": CustomerScreen,
    "errors": (CustomerNotFound, NotConfigured, RecordUnusable, TenantSuspended),
}
INTERACTIONS: dict[str, Any] = {
    "scope": Scope.LOOKUP,
    "answer": Interactions,
    "errors": (NotConfigured, RecordUnusable, TenantSuspended),
}
SERVICE: dict[str, Any] = {
    "scope": Scope.SERVICE,
    "answer": ServedAnswer,
    "needs_key": True,
    "deadline_s": 4.0,
    "headers": {"Idempotent-Replayed": "`true` when an earlier request had done this."},
    "errors": (
        CustomerNotFound,
        IdempotencyMismatch,
        IdempotencyInFlight,
        OutcomeUnknown,
        Undecided,
        *(error for error in _SYSTEMS if error is not OutcomeUnknown),
    ),
}


def screen_answer(screen: CustomerScreen) -> Answer:
    return Answer(screen.model_dump(mode="json", exclude_none=True))


def profile_answer(served: Served, change: ProfileChange) -> Answer:
    changes = list(change.changes())
    who = served.name or change.customer_name or "the customer"
    said = "; ".join(changes)
    message = f"{said[0].upper()}{said[1:]} for {who}"
    return _answer(served, "profile_updated", message, changes=changes)


def service_answer(served: Served, asked: ServiceRequest) -> Answer:
    who = served.name or asked.customer_name or "the customer"
    is_sent = served.result is Result.DONE
    code = "service_requested" if is_sent else "service_request_recorded"
    subject = asked.subject.replace("_", " ").replace("-", " ")
    message = f"Service request ({subject}) {'sent' if is_sent else 'recorded'} for {who}"
    return _answer(served, code, message, subject=asked.subject)


def interactions_answer(items: Sequence[Item], following: Starts | None) -> Answer:
    answer = Interactions(
        interactions=[InteractionShown.of(item) for item in items],
        next=None if following is None else cursor_of(following),
    )
    return Answer(answer.model_dump(mode="json", exclude_none=True))


def starts_after(cursor: str | None) -> Starts | None:
    """Where the page begins that `next` of the one before stands for. Raises `InvalidRequest`."""
    starts: Starts | None = place_after(cursor, _are_starts)
    return starts


def _are_starts(starts: Any) -> bool:
    return (
        isinstance(starts, dict)
        and bool(starts)
        and starts.keys() <= set(SOURCES)
        and all(place is None or is_place(place) for place in starts.values())
    )


def _answer(served: Served, code: str, message: str, **facts: Any) -> Answer:
    answer = ServedAnswer(
        interaction_id=served.interaction_id,
        result=served.result,
        reference=served.reference,
        message_code=code,
        message=message,
        **facts,
    )
    headers = REPLAYED if served.replayed else {}
    return Answer(answer.model_dump(mode="json", exclude_none=True), headers)
