from typing import Any

import pytest

from tests.support.builders import an_answer
from tillbridge.domain.documents import parse_json
from tillbridge.domain.faults import RecordRefused
from tillbridge.domain.integration_record import OutcomeRule
from tillbridge.domain.outcome import CompiledRule, found_something
from tillbridge.errors import (
    CallLoop,
    TillbridgeError,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamThrottled,
    UpstreamUnauthorized,
)


def found(*rules: dict[str, Any], status: int = 200, body: Any = (), **headers: str) -> bool:
    answer = an_answer(status, body, **headers)
    compiled = [CompiledRule.compile(OutcomeRule.model_validate(r), "outcomes.0") for r in rules]
    return found_something(answer, compiled, lambda: parse_json(answer.body))


@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_a_success_holds_what_was_asked_for(status: int) -> None:
    assert found(status=status)


def test_an_answer_without_content_says_that_there_is_none() -> None:
    assert not found(status=204)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, UpstreamRejected),
        (401, UpstreamUnauthorized),
        (403, UpstreamUnauthorized),
        (404, UpstreamRejected),
        (409, UpstreamRejected),
        (422, UpstreamRejected),
        (429, UpstreamThrottled),
        (500, UpstreamFailed),
        (503, UpstreamFailed),
        (599, UpstreamFailed),
    ],
)
def test_a_failure_is_never_an_empty_answer(status: int, error: type[TillbridgeError]) -> None:
    with pytest.raises(error) as failure:
        found(status=status)

    assert failure.value.facts == {"upstream_status": status}


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        ("rejected", UpstreamRejected),
        ("failed", UpstreamFailed),
        ("unauthorized", UpstreamUnauthorized),
        ("throttled", UpstreamThrottled),
    ],
)
def test_a_rule_says_what_an_answer_means(outcome: str, error: type[TillbridgeError]) -> None:
    with pytest.raises(error):
        found({"when": {"status": 200}, "is": outcome})


@pytest.mark.parametrize(("outcome", "is_found"), [("ok", True), ("not_found", False)])
def test_a_rule_can_make_a_404_an_answer(outcome: str, is_found: bool) -> None:
    assert found({"when": {"status": 404}, "is": outcome}, status=404) is is_found


def test_the_first_rule_that_holds_decides() -> None:
    rules = [
        {"when": {"status": 500}, "is": "failed"},
        {"when": {"status": 200, "body": "error"}, "is": "not_found"},
        {"when": {}, "is": "rejected"},
    ]

    assert not found(*rules, body={"error": "none"})
    with pytest.raises(UpstreamRejected):
        found(*rules, body={"error": ""})


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        ({"errors": [{"code": 1006}]}, True),
        ({"errors": "no such customer"}, True),
        ({"errors": 1}, True),
        ({"errors": [0, 1]}, True),
        ({"errors": [[], [True]]}, True),
        ({"errors": []}, False),
        ({"errors": [0, "", []]}, False),
        ({"errors": {}}, False),
        ({"errors": ""}, False),
        ({"errors": 0}, False),
        ({"errors": None}, False),
        ({}, False),
        ([], False),
    ],
)
def test_a_condition_on_the_body_is_jsonatas_truth(body: Any, holds: bool) -> None:
    assert found({"when": {"body": "errors"}, "is": "not_found"}, body=body) is not holds


@pytest.mark.parametrize("body", [b"<html>", b"", {"name": "jane"}])
def test_a_condition_that_cannot_be_judged_does_not_hold(body: Any) -> None:
    rule = {"when": {"body": "$number(name)"}, "is": "not_found"}

    with pytest.raises(UpstreamFailed):
        found(rule, status=503, body=body)


def test_a_status_is_judged_before_the_body_is_read() -> None:
    assert found({"when": {"status": 404, "body": "error"}, "is": "not_found"}, body=b"<html>")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("999999", 3_600),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("Fri, 31 Dec 2027 23:59:59 GMT", None),
        ("\N{ARABIC-INDIC DIGIT FOUR}", None),
        ("9" * 5_000, None),
    ],
)
def test_a_throttled_answer_says_when_to_ask_again(header: str, seconds: int | None) -> None:
    with pytest.raises(UpstreamThrottled) as failure:
        found(status=429, retry_after=header)

    assert failure.value.retry_after_s == seconds


def test_only_a_throttled_answer_says_when_to_ask_again() -> None:
    with pytest.raises(UpstreamFailed) as failure:
        found(status=503, retry_after="30")

    assert failure.value.retry_after_s is None


def test_an_answer_of_this_gateway_itself_is_a_loop_whatever_the_rules_say() -> None:
    with pytest.raises(CallLoop):
        found({"when": {"status": 508}, "is": "ok"}, status=508)


def test_a_rule_that_is_no_expression_is_refused() -> None:
    with pytest.raises(RecordRefused):
        found({"when": {"body": "errors["}, "is": "failed"})
