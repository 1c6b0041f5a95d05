"""What API Gateway answers by itself is what the functions would have answered."""

import json
from typing import Any

import pytest

from tests.support.template import properties_of
from tillbridge.entrypoint.api import CORS_HEADERS
from tillbridge.entrypoint.problems import MEDIA_TYPE, problem_body
from tillbridge.errors import (
    InternalError,
    InvalidRequest,
    PosUserNotPermitted,
    RecordsUnavailable,
    RequestTooLarge,
    RouteNotFound,
    ServiceTimeout,
    TillbridgeError,
    TooManyRequests,
    Unauthorized,
)

RESPONSES: dict[str, dict[str, Any]] = properties_of("Api")["GatewayResponses"]

STANDS_FOR: dict[str, type[TillbridgeError]] = {
    "DEFAULT_4XX": InvalidRequest,
    "DEFAULT_5XX": InternalError,
    "UNAUTHORIZED": Unauthorized,
    # The one policy of the authorizer's that denies.
    "ACCESS_DENIED": PosUserNotPermitted,
    # The authorizer raises anything but `Unauthorized` only when it cannot read the keys.
    "AUTHORIZER_FAILURE": RecordsUnavailable,
    # API Gateway's name for a path or method that does not exist.
    "MISSING_AUTHENTICATION_TOKEN": RouteNotFound,
    "INVALID_SIGNATURE": RouteNotFound,
    "RESOURCE_NOT_FOUND": RouteNotFound,
    "INTEGRATION_TIMEOUT": ServiceTimeout,
    "INTEGRATION_FAILURE": ServiceTimeout,
    "REQUEST_TOO_LARGE": RequestTooLarge,
    "THROTTLED": TooManyRequests,
    "QUOTA_EXCEEDED": TooManyRequests,
}
each_kind = pytest.mark.parametrize("kind", STANDS_FOR)


def headers(kind: str) -> dict[str, str]:
    """A response's headers. API Gateway wants each value in quotes of its own."""
    quoted = RESPONSES[kind]["ResponseParameters"]["Headers"]
    assert all(value == f"'{value[1:-1]}'" for value in quoted.values())
    return {name: value[1:-1] for name, value in quoted.items()}


def test_every_gateway_response_stands_for_an_error_of_the_catalogue() -> None:
    assert RESPONSES.keys() == STANDS_FOR.keys()


@each_kind
def test_a_gateway_response_is_the_problem_that_a_function_would_answer(kind: str) -> None:
    error = STANDS_FOR[kind]()
    templates = RESPONSES[kind]["ResponseTemplates"]
    assert templates.keys() == {"application/json"}
    # It answers for routes that move points too, of which nobody knows how far they came.
    said = problem_body(error, "$context.requestId", moves_points=error.retryable)
    assert json.loads(templates["application/json"]) == said
    assert RESPONSES[kind]["StatusCode"] == error.status


@each_kind
def test_a_gateway_response_says_what_it_is_and_is_not_kept(kind: str) -> None:
    assert headers(kind)["Content-Type"] == MEDIA_TYPE
    assert headers(kind)["Cache-Control"] == "no-store"


@each_kind
def test_a_browser_may_read_a_gateway_response(kind: str) -> None:
    for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Headers"):
        assert headers(kind)[name] == CORS_HEADERS[name]
