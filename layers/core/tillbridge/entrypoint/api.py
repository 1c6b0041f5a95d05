"""The routes of one function: declared once, read at its requests, by OpenAPI and the tests
alike."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel

from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.expression import reset_bounds
from tillbridge.domain.limits import Deadline, TimeLimitReached
from tillbridge.entrypoint.observability import frames, logger, metrics
from tillbridge.entrypoint.problems import MEDIA_TYPE, problem_body
from tillbridge.entrypoint.requests import (
    MAX_BODY_BYTES,
    Event,
    body_in,
    caller_in,
    headers_in,
    idempotency_key,
    parsed_input,
    refuse_loop,
    require_scope,
)
from tillbridge.errors import (
    InternalError,
    LedgerInconsistent,
    RouteNotFound,
    TenantError,
    TillbridgeError,
    Unauthorized,
    Undecided,
    UpstreamError,
    UpstreamTooLarge,
)

# As Shopify's own library answers its POS: any origin, no credentials, on errors as well.
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Expose-Headers": (
        "Idempotent-Replayed, Retry-After, Tillbridge-Not-Expressed, Tillbridge-Skipped, "
        "Tillbridge-Truncated"
    ),
}
# What was decided by an earlier request with the same key.
REPLAYED = {"Idempotent-Replayed": "true"}
_PREFLIGHT_MAX_AGE_S = "7200"
# Lambda takes 6 MB in UTF-8, where a character has up to four bytes.
_MAX_ANSWER_CHARACTERS = 1_500_000


Input = TypeVar("Input")
ProxyResponse = dict[str, Any]


class Request(NamedTuple, Generic[Input]):
    """What a route gets: the parsed input (None where it takes none), the till's key where it needs
    one, and until when there must be an answer. `body` and `headers` (names in lower case) are as
    they were sent, to a route that `takes_raw`."""

    input: Input
    path: Mapping[str, str]
    deadline: Deadline
    verified: Caller | None = None
    idempotency_key: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = {}

    @property
    def caller(self) -> Caller:
        """Who asks. A route without a scope has nobody to name: `Unauthorized`."""
        if self.verified is None:
            raise Unauthorized
        return self.verified


class Answer(NamedTuple):
    """What a route returns: JSON-like data, or its JSON as bytes, and the headers that go with it.
    `status` None is what its operation declares."""

    body: Any
    headers: Mapping[str, str] = {}
    status: int | None = None


Run = Callable[[Request[Any]], Answer]


class Operation(NamedTuple):
    """One method of one path. `scope` None means that anyone may call it. `input` is read from the
    query of a GET, from the JSON body otherwise, `with_query` from both. `needs_key`: the request
    has an `Idempotency-Key`. `moves_points`: its problems say what a till may do next. `takes_raw`:
    it reads the body, of at most `max_body_bytes`, by itself. `answer` is the type of the body,
    `headers` say what the answer's own headers mean, `may_be_pending` that it can be a 202,
    `reads_headers` which ones the request has, `errors` are those of the use case: for the
    OpenAPI."""

    method: str
    path: str
    run: Run
    answer: Any
    scope: Scope | None = None
    input: type[BaseModel] | None = None
    with_query: bool = False
    deadline_s: float = 3.0
    status: int = 200
    needs_key: bool = False
    moves_points: bool = False
    takes_raw: bool = False
    max_body_bytes: int = MAX_BODY_BYTES
    headers: Mapping[str, str] = {}
    may_be_pending: bool = False
    reads_headers: Mapping[str, str] = {}
    errors: tuple[type[TillbridgeError], ...] = ()

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


class Api:
    """A function's operations. Every answer has the CORS headers, every error is a problem of the
    catalogue, every request leaves one line in the log."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], Operation] = {}

    @property
    def operations(self) -> list[Operation]:
        return list(self._routes.values())

    def operation(self, method: str, path: str, **declared: Any) -> Callable[[Run], Run]:
        """Declare the decorated function to be an operation, with the fields of `Operation`."""

        def declare(run: Run) -> Run:
            self._routes[method, path] = Operation(method, path, run, **declared)
            return run

        return declare

    def resolve(self, event: Event) -> ProxyResponse:
        """The proxy response to an API Gateway REST event, which says what path of the template's
        it has matched, and with what parameters."""
        method, path = event.get("httpMethod", ""), event.get("resource", "")
        operation = self._routes.get((method, path))
        if operation is not None:
            return _run(operation, event)
        methods = [known for known, its_path in self._routes if its_path == path]
        return _preflight(path, methods) if methods and method == "OPTIONS" else _not_found(event)


def _run(operation: Operation, event: Event) -> ProxyResponse:
    started_s = time.monotonic()
    reset_bounds()
    request_id = _request_id(event)
    logger.append_keys(request_id=request_id)
    try:
        response = _answered(operation, operation.run(_request(operation, event)))
    # The one edge: whatever went wrong, the till gets words in our shape. It is told of in these
    # blocks: after them, a name for the error would keep all that its traceback holds, this frame
    # as well, until garbage is collected.
    except TillbridgeError as error:
        return _told(operation, error, request_id, started_s)
    except (Exception, TimeLimitReached) as error:
        logger.error("unforeseen fault", error=type(error).__name__, frames=frames(error))
        return _told(operation, InternalError(), request_id, started_s)
    _observe(operation.route, response["statusCode"], None, started_s)
    return response


def _told(
    operation: Operation, problem: TillbridgeError, request_id: str, started_s: float
) -> ProxyResponse:
    _observe(operation.route, problem.status, problem, started_s)
    return _problem(problem, request_id, moves_points=operation.moves_points)


def _preflight(path: str, methods: list[str]) -> ProxyResponse:
    headers = {
        **CORS_HEADERS,
        "Access-Control-Allow-Methods": ", ".join([*methods, "OPTIONS"]),
        "Access-Control-Max-Age": _PREFLIGHT_MAX_AGE_S,
    }
    _observe(f"OPTIONS {path}", 204, None, time.monotonic())
    return {"statusCode": 204, "headers": headers, "body": ""}


def _not_found(event: Event) -> ProxyResponse:
    problem = RouteNotFound()
    _observe("unknown", problem.status, problem, time.monotonic())
    return _problem(problem, _request_id(event))


def _request_id(event: Event) -> str:
    return str(event["requestContext"].get("requestId", "unknown"))


def _request(operation: Operation, event: Event) -> Request[Any]:
    deadline = Deadline.after(operation.deadline_s)
    refuse_loop(event)
    caller: Caller | None = None
    if operation.scope is not None:
        caller = caller_in(event)
        logger.append_keys(tenant_id=caller.tenant_id, principal=caller.principal)
        require_scope(operation.scope, caller)
    key = idempotency_key(event) if operation.needs_key else ""
    given = None
    if operation.input is not None:
        given = parsed_input(
            operation.input,
            operation.method,
            event,
            with_query=operation.with_query,
            max_body_bytes=operation.max_body_bytes,
        )
    path = event.get("pathParameters") or {}
    if not operation.takes_raw:
        return Request(given, path, deadline, caller, key)
    body = body_in(event, operation.max_body_bytes)
    return Request(given, path, deadline, caller, key, body, headers_in(event))


def _observe(route: str, status: int, problem: TillbridgeError | None, started_s: float) -> None:
    """One line and one set of metrics for a request: the route's template, never its path. What did
    not happen is not counted: each count is a twentieth of a lookup, and an alarm reads 0 there."""
    request_ms = round((time.monotonic() - started_s) * 1_000)
    code = None if problem is None else problem.code
    logger.info("answered", route=route, status=status, code=code, request_ms=request_ms)
    metrics.add_metadata("route", route)
    metrics.add_metric("RequestMs", MetricUnit.Milliseconds, request_ms)
    for name in () if problem is None else _counted_of(problem):
        metrics.add_metric(name, MetricUnit.Count, 1)


def _counted_of(problem: TillbridgeError) -> Iterator[str]:
    yield "Problems"
    if isinstance(problem, LedgerInconsistent | Undecided):
        yield type(problem).__name__
    # The alarm on our own 5xx takes these off.
    if isinstance(problem, TenantError | UpstreamError) and problem.status >= 500:
        yield "MerchantFaults"


def _answered(operation: Operation, answer: Answer) -> ProxyResponse:
    status = operation.status if answer.status is None else answer.status
    response = _response(status, "application/json", answer.body, answer.headers)
    if len(response["body"]) > _MAX_ANSWER_CHARACTERS:
        raise UpstreamTooLarge("the answer would be larger than a function may return")
    return response


def _problem(
    error: TillbridgeError, request_id: str, *, moves_points: bool = False
) -> ProxyResponse:
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    if error.replayed:
        headers |= REPLAYED
    body = problem_body(error, request_id, moves_points=moves_points)
    return _response(error.status, MEDIA_TYPE, body, headers)


def _response(status: int, media_type: str, body: Any, headers: Mapping[str, str]) -> ProxyResponse:
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": media_type,
            **CORS_HEADERS,
            "Cache-Control": "no-store",
            **headers,
        },
        "body": "" if status == 204 else _json_text(body),
    }


def _json_text(body: Any) -> str:
    if isinstance(body, bytes):
        return body.decode()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
