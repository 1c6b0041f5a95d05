"""A log line: what Powertools would write, for less."""

import json
import logging
import sys
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from tillbridge.domain.pos_key import PosKey
from tillbridge.entrypoint.observability import LogLine, logger

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def a_record(message: str = "answered", **parts: Any) -> logging.LogRecord:
    record = logging.LogRecord("tillbridge.x", logging.INFO, "/var/x.py", 7, message, (), None, "f")
    vars(record).update(parts)
    return record


@pytest.mark.parametrize("trace", ["", TRACE])
@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"status": 200, "code": None, "route": "GET /v1/customers", "who": "Jørgen"},
        {"names": ["a"], "error": ValueError("x")},
        {"key": PosKey.mint("acme"), "body": b"\xff", "at": {"of": PosKey.mint("acme")}},
        {"msg": "%s of %s", "args": (1, 2)},
    ],
)
def test_a_line_is_as_powertools_writes_it(
    monkeypatch: pytest.MonkeyPatch, trace: str, parts: dict[str, Any]
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    known: dict[str, Any] = {"service": "tillbridge", "request_id": "r-1", "tenant_id": None}
    record = a_record(**parts)

    ours = json.loads(LogLine(**known).format(record))
    theirs = json.loads(
        LambdaPowertoolsFormatter(**known, utc=True, use_rfc3339=True).format(record)
    )

    assert ours == theirs


def test_a_message_is_a_text_whatever_it_looks_like() -> None:
    assert json.loads(LogLine().format(a_record('{"a": 1}')))["message"] == '{"a": 1}'


def test_an_exception_is_told_whole() -> None:
    error = ValueError("what happened")

    line = json.loads(LogLine().format(a_record(exc_info=(ValueError, error, None))))

    assert line["exception_name"] == "ValueError"
    assert "what happened" in line["exception"]


def test_keys_of_a_request_are_in_its_lines_and_gone_after_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger.handlers[0], "stream", sys.stdout)
    logger.append_keys(request_id="r-1")
    logger.info("one", extra={"status": 200})
    logger.clear_state()
    logger.info("two")

    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert (one["request_id"], one["status"], one["service"]) == ("r-1", 200, "tillbridge")
    assert "request_id" not in two
    assert two["service"] == "tillbridge"
