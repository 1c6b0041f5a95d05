"""What the answer to a call that moves points means: yes, a listed no, or neither."""

from typing import Any

import pytest

from tests.support.builders import a_request, an_answer, an_integration
from tillbridge.domain.integration import Integration
from tillbridge.domain.record_check import faults_of
from tillbridge.domain.upstream.answers import LoyaltyTransaction
from tillbridge.errors import UpstreamError

ASKED = {"customer_id": "C-1", "points": 100, "reference": "r-1"}


def a_debit(**changes: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "operation": "loyalty_redeem",
        "request": a_request(
            method="POST", query={}, body={"id": "{reference}", "points": "{points}"}
        ),
        "response": {"fields": {"transaction_id": "id", "points": "debited"}},
    }
    return {**parts, **changes}


def a_debits_record(*rules: dict[str, Any], **changes: Any) -> Integration:
    return an_integration(**a_debit(outcomes=list(rules), **changes))


def outcome(record: Integration, status: int, body: Any = ()) -> LoyaltyTransaction | str | None:
    """None when it is neither yes nor no."""
    try:
        return record.done(an_answer(status, body), ASKED)
    except UpstreamError:
        return None


def test_a_documented_success_is_done() -> None:
    done = outcome(a_debits_record(), 200, {"id": 17, "debited": 100.0})
    assert done == LoyaltyTransaction(transaction_id="17", points=100)


def test_a_success_without_content_is_done() -> None:
    assert outcome(a_debits_record(), 204, b"") == LoyaltyTransaction()


@pytest.mark.parametrize("status", [302, 400, 401, 404, 409, 422, 429, 500, 502, 503, 504])
def test_what_no_rule_names_is_neither_yes_nor_no(status: int) -> None:
    assert outcome(a_debits_record(), status, {"error": "too few"}) is None


@pytest.mark.parametrize(
    ("is_", "code"),
    [
        ("rejected", "upstream_rejected"),
        ("insufficient_points", "insufficient_points"),
        ("not_enrolled", "not_enrolled"),
        ("not_found", "not_enrolled"),
        ("unauthorized", "upstream_unauthorized"),
        ("throttled", "upstream_throttled"),
    ],
)
def test_a_rule_makes_an_answer_a_refusal(is_: str, code: str) -> None:
    record = a_debits_record({"when": {"status": 422}, "is": is_})
    assert outcome(record, 422, {"error": "x"}) == code
    assert outcome(record, 500) is None


def test_a_listed_failure_leaves_it_open() -> None:
    record = a_debits_record({"when": {"status": 200, "body": "error"}, "is": "failed"})
    assert outcome(record, 200, {"error": "deadlock"}) is None


def test_where_a_rule_names_success_nothing_else_is_one() -> None:
    record = a_debits_record({"when": {"body": "status = true"}, "is": "ok"})
    assert outcome(record, 200, {"status": True, "id": "1"}) is not None
    assert outcome(record, 200, {"status": False, "id": "1"}) is None


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", {"debited": 99}, [{"id": "1"}, {"id": "2"}], {"id": "x" * 257}, b"null"],
)
def test_a_success_that_cannot_be_understood_is_neither(body: Any) -> None:
    assert outcome(a_debits_record(), 200, body) is None


@pytest.mark.parametrize(
    ("status", "body", "expect"),
    [
        (200, {"id": "1"}, [{"transaction_id": "1"}]),
        (422, {}, {"code": "insufficient_points"}),
        (500, {}, {"code": "upstream_failed"}),
    ],
)
def test_the_guard_judges_examples_so(status: int, body: Any, expect: Any) -> None:
    example = {
        "name": "one",
        "input": ASKED,
        "response": {"status": status, "body": body},
        "expect": expect,
    }
    rule = {"when": {"status": 422}, "is": "insufficient_points"}
    assert faults_of(a_debit(outcomes=[rule], examples=[example])) == []
    assert faults_of(a_debit(outcomes=[rule], examples=[{**example, "expect": []}])) != []
