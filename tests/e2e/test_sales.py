"""Sales over HTTP to the deployed template: through its queue and worker to a customer's points."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.seed import DemoShop, create_shop, put_item, put_secret
from local.stack import LocalStack
from tests.support.till import Till, new_tenant
from tests.support.upstreams import answers, http_response, serving

pytestmark = pytest.mark.stack

# A worker's first start on a busy machine.
COUNTED_WITHIN_S = 60


class SellingTill:
    """A till of a demo tenant's, and a customer of the test's own."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.customer_id = f"customer-{uuid4()}"
        self.sale_ref = str(uuid4())

    def report(self, **changes: Any) -> requests.Response:
        """A sale of 200.00, which earns 20 points at fjord-outdoor."""
        sale = {
            "store_id": "aarhus",
            "sale_ref": self.sale_ref,
            "customer_id": self.customer_id,
            "currency": "DKK",
            "at": "2026-11-25T11:00:00+01:00",
            "lines": [{"line_id": "1", "quantity": 4, "amount_minor": 20_000}],
        }
        return self.till.call("POST", "/v1/sales", json={**sale, **changes})

    def loyalty(self) -> dict[str, Any]:
        path = f"/v1/customers/{self.customer_id}/loyalty"
        return dict(self.till.call("GET", path).json())

    def available(self) -> int | None:
        account = self.loyalty().get("account")
        return None if account is None else int(account["available"])


@pytest.fixture
def till(stack: LocalStack) -> SellingTill:
    return SellingTill(Till.of(stack, "fjord-outdoor"))


def until(found: Callable[[], Any], wanted: Any) -> None:
    give_up_s = time.monotonic() + COUNTED_WITHIN_S
    while (value := found()) != wanted:
        assert time.monotonic() < give_up_s, f"{value}, not {wanted}"
        time.sleep(0.1)


def test_a_sale_earns_points_once_and_its_return_takes_them_back(till: SellingTill) -> None:
    answer = till.report()
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    until(till.available, 20)
    till.report()
    lines = [{"line_id": "1", "quantity": 1, "amount_minor": 5_000}]
    till.report(status="returned", return_ref="return-1", lines=lines)
    until(till.available, 15)
    assert [entry["kind"] for entry in till.loyalty()["entries"]] == ["unearn", "earn"]


def test_a_return_that_comes_first_is_remembered(till: SellingTill) -> None:
    till.report(status="returned", return_ref="return-1")
    till.report(status="refunded", return_ref="return-2")
    time.sleep(1)
    till.report(sale_ref=(other := str(uuid4())))
    until(till.available, 20)
    till.report()
    till.report(sale_ref=other, status="voided")
    until(till.available, 0)


def test_what_is_held_for_a_sale_is_captured_when_it_is_reported(till: SellingTill) -> None:
    till.report(sale_ref=str(uuid4()))
    until(till.available, 20)
    hold = {
        "customer_id": till.customer_id,
        "points": 5,
        "store_id": "aarhus",
        "sale_ref": till.sale_ref,
    }
    headers = {"Idempotency-Key": str(uuid4())}
    held = till.till.call("POST", "/v1/redemptions", json=hold, headers=headers).json()
    till.report()
    path = f"/v1/redemptions/{held['redemption_id']}"
    until(lambda: till.till.call("GET", path).json()["state"], "captured")


def test_a_sale_that_is_wrong_is_refused_with_the_place(till: SellingTill) -> None:
    answer = till.report(lines=[{"line_id": "1", "amount_minor": "200.00"}])
    assert (answer.status_code, answer.json()["field"]) == (400, "lines.0.amount_minor")


@contextmanager
def impatient_queue(stack: LocalStack, tries: int) -> Iterator[None]:
    """The deployed queue gives up after so many tries of a second."""
    sqs = stack.emulator.client("sqs")
    url = stack.outputs["SaleQueue"]
    names = ["VisibilityTimeout", "RedrivePolicy"]
    as_deployed = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    redrive = {**json.loads(as_deployed["RedrivePolicy"]), "maxReceiveCount": tries}
    sqs.set_queue_attributes(
        QueueUrl=url,
        Attributes={"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)},
    )
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=as_deployed)


# --- Ka-ching ----------------------------------------------------------------------------------


def exported(till: SellingTill, **changes: Any) -> dict[str, Any]:
    sale = {
        "identifier": str(uuid4()),
        "base_currency_code": "DKK",
        "source": {"shop_id": "aarhus", "cashier_name": "Bo"},
        "timing": {"timestamp_string": "2026-11-25T10:00:00Z"},
        "summary": {
            "customer": {"identifier": till.customer_id},
            "line_items": [{"line_item_id": str(uuid4()), "quantity": 1, "total": 200.0}],
        },
    }
    return {**sale, **changes}


def test_one_sale_of_an_export_that_cannot_be_read_waits_for_a_person_and_no_other_does(
    stack: LocalStack, till: SellingTill
) -> None:
    export = {str(number): exported(till) for number in range(4)}
    bad = exported(till, base_currency_code="kroner")
    kaching = till.till.with_authorization(f"KachingKey {stack.keys['fjord-outdoor'].token}")
    sqs = stack.emulator.client("sqs")
    set_aside: list[str] = []

    def find() -> int:
        found = sqs.receive_message(QueueUrl=stack.outputs["UncountedSalesQueue"])
        bodies = (message["Body"] for message in found.get("Messages", []))
        # Other tests' sales may wait here as well.
        set_aside.extend(body for body in bodies if bad["identifier"] in body)
        return len(set_aside)

    with impatient_queue(stack, tries=2):
        answer = kaching.call("POST", "/v1/webhooks/kaching/sales", json={"bad": bad, **export})
        assert (answer.status_code, answer.text) == (204, "")
        until(till.available, 80)
        until(find, 1)

    assert json.loads(set_aside[0])["report"]["content"]["identifier"] == bad["identifier"]
    # Who sold it is nothing that counts.
    assert "Bo" not in set_aside[0]
    assert till.available() == 80


# --- Shopify -----------------------------------------------------------------------------------


class Webhooks:
    """Shopify, as it speaks for a shop: the demo tenant's, unless a test has its own."""

    def __init__(self, stack: LocalStack, shop: DemoShop | None = None) -> None:
        self.api = stack.api
        self.shop = shop or stack.shop

    def send(
        self, document: Any, topic: str = "orders/paid", sent: bytes | None = None
    ) -> requests.Response:
        """`sent` are the bytes that arrive, where they are not those that were signed."""
        body = json.dumps(document).encode()
        secret = self.shop.client_secret.encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": self.shop.domain,
            "X-Shopify-Hmac-Sha256": base64.b64encode(
                hmac.new(secret, body, hashlib.sha256).digest()
            ).decode(),
            "X-Shopify-Webhook-Id": str(uuid4()),
        }
        url = f"{self.api}/v1/webhooks/shopify/{topic.replace('/', '-')}"
        return requests.post(url, data=sent or body, headers=headers, timeout=20)


@pytest.fixture
def shopify(stack: LocalStack) -> Webhooks:
    return Webhooks(stack)


def an_order(customer_id: int) -> dict[str, Any]:
    return {
        "id": uuid4().int % 10**15,
        "note": "Crème brûlée",
        "currency": "SEK",
        "created_at": "2026-11-25T11:00:00+01:00",
        "updated_at": "2026-11-25T11:00:00+01:00",
        "taxes_included": True,
        "customer": {"id": customer_id, "email": "jane@example.com"},
        "line_items": [
            {"id": 11, "quantity": 2, "price": "100.00", "tax_lines": [{"price": "40.00"}]}
        ],
    }


def test_shopifys_order_earns_points_and_its_refund_takes_them_back(
    stack: LocalStack, shopify: Webhooks
) -> None:
    buyer = SellingTill(Till.of(stack, shopify.shop.tenant_id))
    customer_id = uuid4().int % 10**12
    buyer.customer_id = str(customer_id)
    order = an_order(customer_id)
    for _ in range(2):
        assert shopify.send(order).status_code == 204
    # A star for each krona without tax.
    until(buyer.available, 160)
    money = {"shop_money": {"amount": "100.00", "currency_code": "SEK"}}
    refund = {
        "id": 7,
        "order_id": order["id"],
        "created_at": "2026-11-26T11:00:00+01:00",
        "refund_line_items": [{"line_item_id": 11, "quantity": 2, "subtotal_set": money}],
    }
    assert shopify.send(refund, "refunds/create").status_code == 204
    until(buyer.available, 0)
    assert [entry["delta"] for entry in buyer.loyalty()["entries"]] == [-160, 160]


@pytest.mark.requirement("S8")
def test_shopifys_order_earns_the_customer_whom_the_till_knows(
    stack: LocalStack, own_port: int
) -> None:
    """Shopify's number is asked for in the merchant's system, as for the customer's screen."""
    tenant_id, origin = "numbered-shop", f"http://127.0.0.1:{own_port}"
    table = stack.outputs["TenantsTable"]
    record = {
        "operation": "customer_by_shopify_id",
        "request": {"url": f"{origin}/numbers", "query": {"id": "{customer_id}"}},
        "auth": {"kind": "bearer", "secret": "crm-token"},
    }
    profile = {"pseudonym_key": uuid4().hex}
    buyer = SellingTill(new_tenant(stack, tenant_id, record, profile))
    programme = {"earn": {"rates": {"SEK": {"points": 1, "per_minor": 100}}}}
    put_item(stack.emulator, table, f"LIVE#{tenant_id}#", "PROGRAM", programme)
    put_secret(stack.emulator, tenant_id, "crm-token", "s3cret", [origin])
    shop = create_shop(stack.emulator, table, "numbered-shop.myshopify.com", tenant_id)
    number = uuid4().int % 10**12
    order, shopify = an_order(number), Webhooks(stack, shop)
    jane = http_response(json.dumps({"identifier": buyer.customer_id}).encode())

    assert buyer.loyalty()["enrolled"] is False
    with serving(answers(jane), port=own_port) as system:
        # Shopify sends again as well; an app that has just been added is known within seconds.
        until(lambda: shopify.send(order).status_code, 204)
        until(buyer.available, 200)

    assert f"/numbers?id={number} ".encode() in system.requests[0]
    assert b"Bearer s3cret" in system.requests[0]
    buyer.customer_id = str(number)
    assert buyer.loyalty()["enrolled"] is False


@pytest.mark.parametrize(
    "sent",
    [
        json.dumps(an_order(1), ensure_ascii=False).encode(),
        json.dumps(an_order(1), separators=(",", ":")).encode(),
        b"{}",
    ],
)
def test_a_webhook_in_other_bytes_than_were_signed_is_401(shopify: Webhooks, sent: bytes) -> None:
    assert shopify.send(an_order(1), sent=sent).status_code == 401


def test_a_webhook_without_a_signature_is_401(stack: LocalStack) -> None:
    url = f"{stack.api}/v1/webhooks/shopify/orders-paid"
    headers = {"X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": stack.shop.domain}
    answer = requests.post(url, json=an_order(1), headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
