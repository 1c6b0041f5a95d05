"""What a till and a merchant's systems say of a customer is in no line of the log, no metric and no
error of discounts (T68, T69)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_line
from tests.support.gateway import Gateway, a_gateway
from tests.support.output import Output, captured_output
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer

ORIGIN = "https://crm.example.com"
CUSTOMER = "canary-customer"
GROUP, TAG, PRODUCT, CODE = "canary-group", "canary-tag", "canary-product", "canary-code"
BIRTHDAY, NAME, REFERENCE = "1988-02-17", "Canary Doe", "canary-order"
CANARIES = (CUSTOMER, GROUP, TAG, PRODUCT, CODE, BIRTHDAY, NAME, REFERENCE)
DETAILS = {"identifier": CUSTOMER, "name": NAME, "groups": [GROUP], "birthday": BIRTHDAY}
PURCHASE = {"date": "2026-02-17", "total": {"amount": 5, "currency_code": "DKK"}}
ANSWERS: dict[str, Any] = {
    "customer_details": DETAILS,
    "purchase_history": [{**PURCHASE, "reference": REFERENCE}],
}
CAMPAIGNS = [
    a_campaign("group", selector={"tags": [TAG]}, condition={"kind": "group", "any_of": [GROUP]}),
    a_campaign("birthday", selector={"tags": [TAG]}, condition={"kind": "birthday"}),
    a_campaign("fifth", condition={"kind": "nth_order", "n": 5}),
    a_campaign("tag", selector={"tags": [TAG]}),
]


def records() -> list[dict[str, Any]]:
    return [
        {"operation": name, "request": {"url": f"{ORIGIN}/{name}/{{customer_id}}", "retries": 0}}
        for name in ANSWERS
    ]


def telling(request: OutboundRequest) -> UpstreamAnswer:
    (name,) = (name for name in ANSWERS if name in request.url)
    return UpstreamAnswer(200, {}, json.dumps(ANSWERS[name]).encode())


def failing_with_words(_request: OutboundRequest) -> UpstreamAnswer:
    return UpstreamAnswer(500, {}, json.dumps(DETAILS).encode())


def telling_nonsense(_request: OutboundRequest) -> UpstreamAnswer:
    return UpstreamAnswer(200, {}, json.dumps([{"name": NAME, "date": BIRTHDAY}]).encode())


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with a_gateway(monkeypatch, telling) as gateway:
        yield gateway


@pytest.fixture
def token(gateway: Gateway) -> str:
    return gateway.add_tenant("acme", *records(), campaigns=CAMPAIGNS)


@pytest.fixture
def output(token: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    assert token
    with captured_output(capsys) as output:
        yield output


def evaluated(gateway: Gateway, token: str, **line: Any) -> Any:
    lines = [a_line("1", **{"product_id": PRODUCT, "tags": [TAG], **line})]
    basket = {"currency": "DKK", "codes": [CODE], "lines": lines}
    body = {"basket": basket, "customer": {"id": CUSTOMER}}
    return gateway.call("POST", "/v1/discounts/evaluations", token, body=body)


@pytest.mark.requirement("S16")
@pytest.mark.parametrize("systems", [telling, failing_with_words, telling_nonsense])
def test_no_evaluation_logs_whom_and_what_it_is_about(
    gateway: Gateway, token: str, output: Output, systems: Any
) -> None:
    gateway.systems = systems

    answer = evaluated(gateway, token)
    path = f"/v1/customers/{CUSTOMER}/discounts"
    listed = gateway.call("GET", path, token, query={"currency_code": "DKK"})

    assert (answer.status, listed.status) == (200, 200)
    assert len(gateway.requests_sent) == 3
    text = output.text()
    assert "/v1/discounts/evaluations" in text
    assert not [canary for canary in CANARIES if canary in text]
    told = json.dumps(answer.json()["limitations"]) + str(listed.headers)
    assert not [canary for canary in CANARIES if canary in told]


def test_what_the_systems_tell_decides_and_goes_no_further(gateway: Gateway, token: str) -> None:
    answer = evaluated(gateway, token)

    applied = {one["campaign_id"] for one in answer.json()["campaigns"] if one["applied"]}
    assert applied == {"group", "tag"}
    assert not [told for told in (BIRTHDAY, NAME, REFERENCE, CUSTOMER) if told in answer.text]


def test_no_refusal_repeats_what_was_said(gateway: Gateway, token: str, output: Output) -> None:
    answer = evaluated(gateway, token, unit_price_minor=CODE)

    assert answer.status == 400
    assert "basket.lines.0.unit_price_minor" in answer.text
    told = answer.text + output.text()
    assert not [canary for canary in CANARIES if canary in told]
