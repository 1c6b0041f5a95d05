import json

import pytest

from tillbridge.entrypoint.problems import problem_body, problem_type
from tillbridge.errors import (
    InvalidRequest,
    TillbridgeError,
    UpstreamFailed,
    UpstreamThrottled,
    catalogue,
)

MEMBERS = {
    *("type", "title", "status", "detail", "instance"),
    *("code", "cashier_message", "retryable"),
}


@pytest.mark.parametrize("error", catalogue())
def test_every_error_is_a_whole_problem(error: type[TillbridgeError]) -> None:
    body = problem_body(error(), "request-1")

    assert body.keys() == MEMBERS
    assert body["type"] == problem_type(error) == f"urn:tillbridge:problem:{error.code}"
    assert body["instance"] == "urn:tillbridge:request:request-1"
    assert body["detail"] == error.title
    assert json.loads(json.dumps(body)) == body


def test_a_problem_says_what_is_known_of_this_one() -> None:
    body = problem_body(InvalidRequest("say it once", field="search_term"), "r")

    assert body["detail"] == "say it once"
    assert body["field"] == "search_term"
    assert body["status"] == 400
    assert body["retryable"] is False


def test_when_to_come_again_is_a_header_and_no_member() -> None:
    assert "retry_after_s" not in problem_body(UpstreamThrottled(retry_after_s=7), "r")


def test_a_problem_does_not_say_what_caused_it() -> None:
    error = UpstreamFailed(upstream_status=500)
    error.__cause__ = ValueError("jane")

    assert "jane" not in json.dumps(problem_body(error, "r"))
