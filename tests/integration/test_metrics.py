"""What a request counts: whose fault a failure was decides whom it wakes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.builders import ORIGIN, a_record
from tests.support.gateway import Gateway, a_gateway
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.errors import UpstreamTimeout


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
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
    return {name: metrics[name] for name in ("Problems", "MerchantFaults")}


def test_a_found_customer_is_no_problem(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = counted(gateway, capsys, search_term="jane")

    assert counts == {"Problems": [0], "MerchantFaults": [0]}


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

    assert counted(gateway, capsys, search_term="jane") == {"Problems": [1], "MerchantFaults": [0]}


def test_a_tills_mistake_is_neither(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert counted(gateway, capsys) == {"Problems": [1], "MerchantFaults": [0]}
