"""Forty canaries of personal data and secrets, through every way to succeed and to fail: none may
be seen in logs, metrics or errors (T68, T69)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.gateway import Gateway, a_gateway
from tests.support.output import Output, captured_output
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.errors import UpstreamError, catalogue

ORIGIN = "https://crm.example.com"


def canary(name: str) -> str:
    return f"canary-{name}-\u00e6"


TERM = canary("term")
SECRET = "canary-secret-0123456789abcdef"
FIELDS = {
    name: canary(name)
    for name in (
        *("identifier", "name", "street", "city", "postal_code", "country", "country_code"),
        *("phone", "email", "additional_info"),
    )
}
# What a system knows beyond what a till needs: none of it may leave the gateway, on any road.
UNMAPPED = {
    name: canary(name)
    for name in (
        *("birthday", "gender", "note", "ssn", "passport", "iban", "card", "password", "mobile"),
        *("second_email", "company", "title", "spouse", "child", "diet", "allergy", "religion"),
        *(
            "latitude",
            "altitude",
            "device",
            "cookie",
            "last_order",
            "wishlist",
            "employer",
            "vat_number",
        ),
    )
}
HEADERS = {"set-cookie": canary("header-cookie"), "x-customer": canary("header-customer")}
ERROR_PAGE = canary("error-page")
CANARIES = [TERM, SECRET, *FIELDS.values(), *UNMAPPED.values(), *HEADERS.values(), ERROR_PAGE]

RECORD = {
    "operation": "customer_lookup",
    "request": {
        "url": f"{ORIGIN}/contacts/{{search_term}}",
        "query": {"q": "{search_term}"},
        "retries": 0,
    },
    "auth": {"kind": "bearer", "secret": "crm-token"},
    "response": {"items": "items", "fields": {name: name for name in FIELDS}},
}


def answering(status: int, body: Any) -> UpstreamAnswer:
    return UpstreamAnswer(status, HEADERS, json.dumps(body).encode())


def html_page() -> UpstreamAnswer:
    return UpstreamAnswer(200, HEADERS, f"<html>{ERROR_PAGE} {TERM}</html>".encode())


ITEM = {**FIELDS, **UNMAPPED}
ANSWERS = {
    "found": answering(200, {"items": [ITEM]}),
    "nothing found": answering(200, {"items": []}),
    "an item without its identifier": answering(200, {"items": [{**ITEM, "identifier": None}]}),
    "an identifier of the wrong type": answering(200, {"items": [{**ITEM, "identifier": [TERM]}]}),
    "one good item and one bad": answering(200, {"items": [ITEM, {**ITEM, "identifier": ""}]}),
    "items that are a text": answering(200, {"items": TERM}),
    "an HTML page": html_page(),
    "broken JSON": UpstreamAnswer(200, HEADERS, f'{{"items": ["{TERM}'.encode()),
    "a member twice": UpstreamAnswer(200, HEADERS, f'{{"{TERM}": 1, "{TERM}": 2}}'.encode()),
    "not UTF-8": UpstreamAnswer(200, HEADERS, TERM.encode("latin-1")),
    **{
        f"status {status}": answering(status, {"message": ERROR_PAGE, "customer": ITEM})
        for status in (204, 400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503, 508)
    },
}
FAILURES: dict[str, Exception] = {
    **{error.code: error() for error in catalogue() if issubclass(error, UpstreamError)},
    "a fault of ours whose text quotes the request": RuntimeError(f"{TERM} {SECRET}"),
    "a fault of ours of an odd kind": KeyError(TERM),
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        a_gateway(monkeypatch, lambda _request: ANSWERS["found"]) as gateway,
    ):
        yield gateway


@pytest.fixture(scope="module")
def token(gateway: Gateway) -> str:
    return gateway.add_tenant("acme", RECORD, secrets={"crm-token": (SECRET, ORIGIN)})


@pytest.fixture
def output(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    gateway.systems = lambda _request: ANSWERS["found"]
    with captured_output(capsys) as output:
        yield output


def seen_in(text: str) -> set[str]:
    """The canaries in a text, spelled as they are or as JSON or a URL spells them."""
    return {
        one
        for one in CANARIES
        if any(
            spelling in text for spelling in (one, json.dumps(one)[1:-1], one.split("\u00e6")[0])
        )
    }


def test_there_are_forty_canaries() -> None:
    assert len(set(CANARIES)) >= 40


@pytest.mark.requirement("S16")
def test_a_success_shows_what_was_mapped_and_logs_nothing_of_it(
    gateway: Gateway, token: str, output: Output
) -> None:
    answer = gateway.call("GET", "/v1/customers", token, query={"search_term": TERM})

    assert answer.json() == [FIELDS]
    assert not seen_in(output.text())


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_answer_of_a_system_is_logged_or_quoted(
    gateway: Gateway,
    token: str,
    output: Output,
    answer: UpstreamAnswer,
    method: str,
) -> None:
    gateway.systems = lambda _request: answer

    response = ask(gateway, token, method)

    assert not seen_in(output.text())
    assert seen_in(response) <= set(FIELDS.values())


@pytest.mark.requirement("S16")
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_no_failure_quotes_the_request(
    gateway: Gateway, token: str, output: Output, failure: Exception
) -> None:
    def fail(_request: OutboundRequest) -> UpstreamAnswer:
        raise failure

    gateway.systems = fail

    response = ask(gateway, token, "GET")

    assert not seen_in(output.text() + response)


@pytest.mark.parametrize(
    "asked",
    [
        {"search_term": TERM * 20},
        {"search_term": TERM, "currency_code": canary("currency")},
        {"search_term": [TERM]},
        {"search_term": {"name": TERM}},
        {"search_term": f"../{TERM}"},
        [TERM],
        TERM,
    ],
    ids=["too long", "no currency", "a list", "an object", "dotted", "not an object", "a text"],
)
def test_a_refused_request_is_not_quoted(
    gateway: Gateway, token: str, output: Output, asked: Any
) -> None:
    answer = gateway.call("POST", "/v1/customers", token, body=asked)

    assert answer.status == 400
    assert not seen_in(output.text() + answer.text)


@pytest.mark.parametrize(
    "record",
    [
        {**RECORD, "auth": {"kind": "bearer", "secret": SECRET}},
        {**RECORD, "auth": {"kind": "bearer", "secret": "no-such-secret"}},
        {**RECORD, "extra": TERM},
        {**RECORD, "response": {"items": f"'{TERM}' +"}},
    ],
    ids=[
        "a secret for its name",
        "an unknown secret",
        "an extra member",
        "an expression",
    ],
)
def test_a_bad_record_logs_no_canary(
    gateway: Gateway, output: Output, record: dict[str, Any]
) -> None:
    tenant_id = f"broken-{len(json.dumps(record))}"
    token = gateway.add_tenant(tenant_id, record)

    ask(gateway, token, "GET")

    assert not seen_in(output.text())


def ask(gateway: Gateway, token: str, method: str) -> str:
    asked = {"search_term": TERM, "currency_code": "DKK"}
    sent = {"query": asked} if method == "GET" else {"body": asked}
    return gateway.call(method, "/v1/customers", token, **sent).text
