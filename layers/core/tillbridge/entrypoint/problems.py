"""Errors as a till gets them: RFC 9457 problem details."""

from typing import Any

from tillbridge.errors import TillbridgeError

MEDIA_TYPE = "application/problem+json"


def problem_type(error: type[TillbridgeError]) -> str:
    """The URI that names a kind of problem; `docs/errors.md` describes them all."""
    return f"urn:tillbridge:problem:{error.code}"


def problem_body(
    error: TillbridgeError, request_id: str, *, moves_points: bool = False
) -> dict[str, Any]:
    """RFC 9457's members, then ours; an error's facts go out as members of their own. Where points
    move, it says whether the same request, or one with a new key, can be sent."""
    next_steps = {"safe_to_retry": error.retryable, "safe_new_key": error.safe_new_key}
    return {
        "type": problem_type(type(error)),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": f"urn:tillbridge:request:{request_id}",
        "code": error.code,
        "cashier_message": error.words,
        "retryable": error.retryable,
        **(next_steps if moves_points else {}),
        **error.facts,
    }
