"""What a till says of a customer, a sale and its staff when it applies discounts is in no line of
the log, no metric, and in no item of the ledger but by names of the till's own (T68, T69)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_line
from tests.support.gateway import Gateway, a_points_gateway
from tests.support.operations import CAMPAIGNS
from tests.support.output import Output, captured_output
from tillbridge.domain.applications.decided import unpacked

PERSON = {
    "id": "canary-customer-id",
    "groups": ["canary-group"],
    "birthday": "1971-03-04",
}
CANARIES = ("canary", "1971-03-04")
APPLICATIONS = "/v1/discounts/applications"
KEY = {"Idempotency-Key": "canary-key-0123456789"}
SALE = {"store_id": "canary-store", "sale_ref": "canary-sale"}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@pytest.fixture
def token(gateway: Gateway) -> str:
    """A tenant whose customer has points, and whose campaigns ask for the customer's birthday."""
    birthday = a_campaign("birthday", condition={"kind": "birthday"})
    token = gateway.add_tenant("acme", programme={}, campaigns=[*CAMPAIGNS, birthday])
    earned = {"points": 90, "store_id": "shop", "order_ref": "first"}
    gateway.call("POST", f"/v1/customers/{PERSON['id']}/points/accruals", token, body=earned)
    return token


@pytest.fixture
def output(token: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    assert token
    with captured_output(capsys) as output:
        yield output


def applied(gateway: Gateway, token: str, **more: Any) -> dict[str, Any]:
    body = {
        "basket": {"currency": "DKK", "codes": ["canary-code"], "lines": [a_line("canary-line")]},
        "customer": PERSON,
        "customer_name": "Canary Doe",
        "staff_id": "canary-staff",
        "redemption": {"points": 10},
        **SALE,
        **more,
    }
    return dict(gateway.call("POST", APPLICATIONS, token, body=body, headers=KEY).json())


def test_no_line_holds_what_the_till_says(gateway: Gateway, token: str, output: Output) -> None:
    application = applied(gateway, token)["application_id"]
    goods = {"return_ref": "canary-return", "lines": [{"line_id": "canary-line", "quantity": 1}]}
    said = {"customer_name": "Canary Doe", "staff_id": "canary-staff"}
    for path, body in (
        (f"{application}/capture", said),
        (f"{application}/returns", {**goods, **said}),
        (f"{application}/returns", {**goods, "return_ref": "canary-2", **said}),
        (f"{application}/void", said),
        ("void", {**SALE, **said}),
    ):
        gateway.call("POST", f"{APPLICATIONS}/{path}", token, body=body)
    applied(gateway, token, customer={"id": "canary-other"})
    gateway.call("GET", APPLICATIONS, token, query=SALE)

    text = output.text()
    assert '"route":"POST /v1/discounts/applications"' in text.replace('": "', '":"')
    for canary in CANARIES:
        assert canary not in text.casefold()


def test_no_item_leads_back_to_the_customer(gateway: Gateway, token: str) -> None:
    assert applied(gateway, token)["state"] == "held"

    for key, item in gateway.ledger.items.items():
        packed = [unpacked(item["decided"])] if "decided" in item else []
        stored = json.dumps([key.pk, key.sk, item, packed]).casefold()
        for personal in ("canary-customer", "canary-group", "canary doe", "1971-03-04"):
            assert personal not in stored
