"""Reading a request: who sends it and what it says, from an API Gateway REST event."""

import base64
import time
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.customer_ref import from_segment
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.exchange import HOP_HEADER
from tillbridge.domain.faults import faults_in
from tillbridge.domain.idempotency import parse_key
from tillbridge.entrypoint.authorizer import caller_of
from tillbridge.errors import (
    CallLoop,
    IdempotencyKeyMissing,
    InvalidRequest,
    RecordsUnavailable,
    RequestTooLarge,
    ScopeMissing,
    Unauthorized,
)

Event = dict[str, Any]
Input = TypeVar("Input", bound=BaseModel)

MAX_BODY_BYTES = 64 * 1024
_HOP_HEADER = HOP_HEADER.lower()


def refuse_loop(event: Event) -> None:
    """Raises `CallLoop` when the request comes from this gateway itself."""
    if _HOP_HEADER in map(str.lower, event.get("headers") or {}):
        raise CallLoop


def caller_in(event: Event) -> Caller:
    """The caller that the authorizer verified. Raises `Unauthorized` when there is none, or one
    that expired while API Gateway remembered it."""
    context = event["requestContext"].get("authorizer")
    if not context or "tenant_id" not in context:
        raise Unauthorized
    caller = caller_of(context)
    if caller.expires_at_s is not None and time.time() >= caller.expires_at_s:
        raise Unauthorized
    return caller


def require_scope(scope: Scope, caller: Caller) -> None:
    """Raises `ScopeMissing`; and `RecordsUnavailable` for a caller whose key was only remembered,
    which is good enough to look up, and to change nothing."""
    if scope not in caller.scopes:
        raise ScopeMissing(f"this needs the scope {scope}", scope=scope)
    if caller.degraded and scope is not Scope.LOOKUP:
        raise RecordsUnavailable


def parsed_input(
    model: type[Input],
    method: str,
    event: Event,
    *,
    with_query: bool = False,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Input:
    """The input from the query of a GET, from the JSON body otherwise, and from both `with_query`.
    Raises `InvalidRequest`, naming the field but not repeating its value, and `RequestTooLarge`."""
    given = (
        _query(event)
        if method == "GET"
        else _json_body(event, max_body_bytes, or_nothing=may_be_empty(model))
    )
    if with_query and method != "GET":
        given = _together(_query(event), given)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fault = faults_in(error)[0]
        name = fault.path or "body"
        raise InvalidRequest(f"{name}: {fault.message}", field=name) from None


def idempotency_key(event: Event) -> str:
    """The till's key for this request. Raises `IdempotencyKeyMissing`, and `InvalidRequest` for one
    that cannot be a key."""
    given = {
        name.lower(): values for name, values in (event.get("multiValueHeaders") or {}).items()
    }.get("idempotency-key") or []
    if len(given) > 1:
        raise InvalidRequest("Idempotency-Key is given more than once", field="Idempotency-Key")
    if not given or not given[0].strip():
        raise IdempotencyKeyMissing
    try:
        return parse_key(given[0])
    except ValueError as error:
        raise InvalidRequest(f"Idempotency-Key: {error}", field="Idempotency-Key") from None


def customer_in(path: Mapping[str, str]) -> str:
    """The customer's identifier in the path, decoded once. Raises `InvalidRequest`."""
    try:
        return from_segment(path["customer_id"])
    except ValueError as error:
        raise InvalidRequest(f"customer_id: {error}", field="customer_id") from None


def may_be_empty(model: type[BaseModel]) -> bool:
    """Whether a request's body may be left out: nothing in it is required."""
    return not any(field.is_required() for field in model.model_fields.values())


def _query(event: Event) -> dict[str, str]:
    parameters = event.get("multiValueQueryStringParameters")
    if parameters is None:
        return event.get("queryStringParameters") or {}
    for name, values in parameters.items():
        if values and len(values) > 1:
            # Gateways disagree about which one counts, so none does.
            raise InvalidRequest(f"{name} is given more than once", field=name)
    return {name: values[0] for name, values in parameters.items() if values}


def _together(query: dict[str, str], body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    if twice := sorted(query.keys() & body.keys()):
        raise InvalidRequest(f"{twice[0]} is in the query and in the body", field=twice[0])
    return query | body


def _json_body(event: Event, max_bytes: int, *, or_nothing: bool) -> Any:
    raw = body_in(event, max_bytes)
    return {} if or_nothing and not raw.strip() else document_in(raw)


def body_in(event: Event, max_bytes: int) -> bytes:
    """The body as it was sent, to the byte. Raises `InvalidRequest`, `RequestTooLarge`."""
    body = event.get("body") or ""
    try:
        raw = (
            base64.b64decode(body, validate=True)
            if event.get("isBase64Encoded")
            # A lone surrogate gets as far as the parser, which refuses it.
            else str(body).encode(errors="surrogatepass")
        )
    except ValueError:
        raise InvalidRequest("the body is not base64", field="body") from None
    if len(raw) > max_bytes:
        raise RequestTooLarge(f"send at most {max_bytes} bytes")
    return raw


def headers_in(event: Event) -> dict[str, str]:
    """Headers by name in lower case; of one that is given more than once, the last."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def document_in(raw: bytes, *, exact: bool = False) -> Any:
    """A body as JSON (see `parse_json`). Raises `InvalidRequest`."""
    try:
        return parse_json(raw, exact=exact)
    except DocumentUnreadable as unreadable:
        raise InvalidRequest(f"the body is not JSON: {unreadable}", field="body") from None
