"""The routes of a function, as API Gateway asks for them."""

import json
from typing import Any

import pytest

from tillbridge.entrypoint.api import CORS_HEADERS, Answer, Api, Request
from tillbridge.errors import NotConfigured

PATH = "/v1/things/{thing_id}"


@pytest.fixture
def api() -> Api:
    api = Api()

    @api.operation("GET", PATH, answer=None)
    def show(request: Request[None]) -> Answer:
        return Answer({"path": dict(request.path)}, {"Retry-After": "1"})

    @api.operation("DELETE", PATH, answer=None, status=204)
    def remove(_request: Request[None]) -> Answer:
        return Answer(None)

    @api.operation("GET", "/v1/faults", answer=None)
    def fail(_request: Request[None]) -> Answer:
        raise KeyError("what nobody foresaw")

    @api.operation("GET", "/v1/refusals", answer=None)
    def refuse(_request: Request[None]) -> Answer:
        raise NotConfigured("nothing there")

    return api


def asked(api: Api, method: str, resource: str, parameters: Any = None) -> dict[str, Any]:
    return api.resolve(
        {
            "httpMethod": method,
            "resource": resource,
            # With a custom domain it begins with the name that the API has there.
            "path": f"/shops{resource}",
            "pathParameters": parameters,
            "requestContext": {"requestId": "request"},
        }
    )


def test_a_path_is_the_resource_that_was_matched(api: Api) -> None:
    answer = asked(api, "GET", PATH, {"thing_id": "a thing"})
    assert answer == {
        "statusCode": 200,
        "headers": {
            "Content-Type": "application/json",
            **CORS_HEADERS,
            "Cache-Control": "no-store",
            "Retry-After": "1",
        },
        "body": '{"path":{"thing_id":"a thing"}}',
    }


def test_an_answer_without_content_has_no_body(api: Api) -> None:
    answer = asked(api, "DELETE", PATH, {"thing_id": "a thing"})
    assert (answer["statusCode"], answer["body"]) == (204, "")


def test_a_preflight_hears_the_methods_of_its_path(api: Api) -> None:
    answer = asked(api, "OPTIONS", PATH, {"thing_id": "a thing"})
    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert answer["headers"]["Access-Control-Allow-Methods"] == "GET, DELETE, OPTIONS"
    assert answer["headers"].items() >= CORS_HEADERS.items()


@pytest.mark.parametrize(
    ("method", "resource", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "route_not_found"),
        ("OPTIONS", "/v1/nothing", 404, "route_not_found"),
        ("POST", PATH, 404, "route_not_found"),
        ("GET", "/v1/faults", 500, "internal_error"),
        ("GET", "/v1/refusals", 501, "not_configured"),
    ],
)
def test_whatever_goes_wrong_is_a_problem(
    api: Api, method: str, resource: str, status: int, code: str
) -> None:
    answer = asked(api, method, resource)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (status, code)
    assert answer["headers"].items() >= CORS_HEADERS.items()
    assert answer["headers"]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("event", [{}, {"httpMethod": "GET", "path": "/v1/faults"}])
def test_an_event_that_names_no_resource_finds_nothing(api: Api, event: dict[str, Any]) -> None:
    answer = api.resolve({"requestContext": {}, **event})

    assert answer["statusCode"] == 404
    assert answer["headers"].items() >= CORS_HEADERS.items()
