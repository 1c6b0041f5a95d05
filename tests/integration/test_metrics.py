"""What a request counts: whose fault a failure was decides whom it wakes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.builders import ORIGIN, a_record
from tests.support.gateway import Gateway, a_gateway
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.entrypoint.observability import metrics
from tillbridge.errors import UpstreamTimeout


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    # A test that asks an `Api` without its function leaves its counts to the next one's line.
    metrics.clear_metrics()
    with a_gateway(monkeypatch, lambda _request: UpstreamAnswer(200, {}, b"[]")) as gateway:
        yield gateway


def counted(gateway: Gateway, capsys: pytest.CaptureFixture[str], **asked: str) -> dict[str, Any]:
    """The metrics of one lookup, as CloudWatch reads them from the log."""
    token = gateway.add_tenant("acme", a_record(request={"url": ORIGIN, "retries": 0}))
    capsys.readouterr()
    gateway.call("GET", "/v1/customers", token, query=asked)
    (line,) = (one for one in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in one)
    metrics: dict[str, Any] = json.loads(line)
    assert metrics["route"] == "GET /v1/customers"
    return {name: metrics[name] for name in ("Problems", "MerchantFaults") if name in metrics}


def test_a_found_customer_is_no_problem(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = counted(gateway, capsys, search_term="jane")

    assert counts == {}


def test_a_merchants_system_that_is_down_is_the_merchants(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_request: OutboundRequest) -> UpstreamAnswer:
        raise UpstreamTimeout

    gateway.systems = fail

    assert counted(gateway, capsys, search_term="jane") == {"Problems": [1], "MerchantFaults": [1]}


def test_a_fault_of_ours_is_not_the_merchants(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(_request: OutboundRequest) -> UpstreamAnswer:
        raise ZeroDivisionError

    gateway.systems = break_down

    assert counted(gateway, capsys, search_term="jane") == {"Problems": [1]}


def test_a_tills_mistake_is_neither(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert counted(gateway, capsys) == {"Problems": [1]}


def test_an_answer_that_drifted_counts_for_the_stack_and_for_its_record(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    response = {"fields": {"identifier": "id", "n": "n"}}
    token = gateway.add_tenant("acme", a_record(response=response))
    bodies = iter([[{"id": 1, "n": "x"}] * 10, [{"id": 1}]])
    gateway.systems = lambda _request: UpstreamAnswer(200, {}, json.dumps(next(bodies)).encode())

    for _ in range(2):
        capsys.readouterr()
        gateway.call("GET", "/v1/customers", token, query={"search_term": "a"})

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    of_stack, of_record = (line for line in lines if "DriftedAnswers" in line)
    if "tenant_id" in of_stack:
        of_stack, of_record = of_record, of_stack
    assert of_stack["DriftedAnswers"] == of_record["DriftedAnswers"] == [1]
    assert (of_record["tenant_id"], of_record["operation"]) == ("acme", "customer_lookup")
    assert "tenant_id" not in of_stack
