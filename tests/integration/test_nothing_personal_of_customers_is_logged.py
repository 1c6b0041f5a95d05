"""Canaries of personal data through the customer's screen, its changes and its requests, whatever
becomes of them: none is in a log line, a metric or an error, and none is kept that need not be
(T67, T68, T69)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.gateway import Gateway
from tests.support.output import Output, captured_output
from tests.support.screen import (
    CHANGING,
    READING,
    ScreenShop,
    a_screen_gateway,
    said,
    screen_shop_in,
)
from tillbridge.errors import UpstreamError, catalogue

pytestmark = pytest.mark.requirement("S16")


def canary(name: str) -> str:
    return f"canary-{name}-\u00e6"


CUSTOMER = canary("id")
DETAILS = {
    "identifier": CUSTOMER,
    **{name: canary(name) for name in ("name", "street", "city", "phone", "email", "tier")},
    "badges": [canary("badge")],
    "preferences": {"language": canary("language")},
    "communication": [{"channel": "email", "state": "given", "by": canary("by")}],
    "note": canary("note"),
}
PURCHASES = [
    {
        "date": "2026-09-28",
        "total": {"amount": 5, "currency_code": "DKK"},
        "reference": canary("reference"),
        "store": canary("store"),
        "categories": [canary("category")],
    }
]
CHANGE = {
    "preferences": {"language": canary("wish")},
    "communication": [{"channel": "sms", "consent": "given"}],
    "staff_id": "staff-7",
    "customer_name": canary("said"),
}
REQUEST = {
    "subject": "repair",
    "text": canary("text"),
    "staff_id": "staff-7",
    "customer_name": canary("said"),
}
CALLS: dict[str, tuple[str, str, Any]] = {
    "shown": ("GET", "", None),
    "changed": ("PATCH", "", CHANGE),
    "served": ("POST", "/service-requests", REQUEST),
    "listed": ("GET", "/interactions", None),
}
WHATEVER = {"items": [canary("whatever")], "error": canary("error-page"), **DETAILS}
ANSWERS: dict[str, Any] = {
    "well": None,
    "a bad item": said([{**DETAILS, "identifier": [CUSTOMER]}]),
    "purchases of the wrong shape": said([{"date": canary("date"), **DETAILS}]),
    "a text": said(canary("error-page")),
    **{
        f"status {status}": said(WHATEVER, status)
        for status in (204, 400, 401, 404, 409, 422, 429, 500, 503)
    },
    **{error.code: error() for error in catalogue() if issubclass(error, UpstreamError)},
    "a fault of ours whose text quotes the request": RuntimeError(f"{CUSTOMER} {REQUEST}"),
}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_screen_gateway() as gateway:
        yield gateway


@pytest.fixture
def shop(gateway: Gateway) -> ScreenShop:
    shop = screen_shop_in(gateway)
    shop.open(*READING, *CHANGING)
    return shop


@pytest.fixture
def output(shop: ScreenShop, capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    assert shop.token
    with captured_output(capsys) as output:
        yield output


def seen_in(text: str) -> set[str]:
    everything = json.dumps([DETAILS, PURCHASES, CHANGE, REQUEST, WHATEVER, canary("date")])
    canaries = {word for word in everything.split('"') if word.startswith("canary-")}
    return {one for one in canaries if one.split("\\u00e6")[0] in text}


def call(shop: ScreenShop, name: str) -> Any:
    method, rest, body = CALLS[name]
    sent = {} if body is None else {"body": body}
    return shop.call(method, rest, CUSTOMER, **sent)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("how", ANSWERS)
def test_whatever_becomes_of_it_nothing_of_the_customer_is_logged(
    shop: ScreenShop, output: Output, name: str, how: str
) -> None:
    answer = ANSWERS[how]

    def respond(request: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        orders = request.url.endswith("/orders")
        return answer or said(PURCHASES if orders else DETAILS)

    shop.gateway.systems = respond

    answered = call(shop, name)

    assert not seen_in(output.text())
    if answered.status >= 400:
        assert not seen_in(answered.text)


def test_what_is_kept_of_a_change_and_a_request_says_nothing_of_the_person(
    shop: ScreenShop,
) -> None:
    for name in ("changed", "served", "shown"):
        shop.gateway.systems = lambda _request: said(DETAILS)
        assert call(shop, name).status < 300

    assert not seen_in(json.dumps(list(map(dict, shop.gateway.ledger.items.values()))))
    assert not seen_in(str(list(shop.gateway.ledger.items)))


def test_only_a_request_that_no_system_takes_is_kept_with_its_text(gateway: Gateway) -> None:
    shop = screen_shop_in(gateway)
    shop.open(*READING)

    assert call(shop, "served").status == 201

    kept = json.dumps(list(map(dict, shop.gateway.ledger.items.values())))
    assert seen_in(kept) == {json.dumps(canary("text"))[1:-1]}
