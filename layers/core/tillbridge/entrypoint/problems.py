"""Errors as a till gets them: RFC 9457 problem details."""

from typing import Any

from tillbridge.errors import TillbridgeError

MEDIA_TYPE = "application/problem+json"


def problem_type(error: type[TillbridgeError]) -> str:
    """The URI that names a kind of problem; `docs/errors.md` describes them all."""
    return f"urn:tillbridge:problem:{error.code}"


def problem_body(error: TillbridgeError, request_id: str) -> dict[str, Any]:
    """RFC 9457's members, then ours; an error's facts go out as members of their own."""
    return {
        "type": problem_type(type(error)),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": f"urn:tillbridge:request:{request_id}",
        "code": error.code,
        "cashier_message": error.cashier_message,
        "retryable": error.retryable,
        **error.facts,
    }
