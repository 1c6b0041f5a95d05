"""Sales over HTTP, through the functions' own handlers, to points; the queue is a list."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.support.aws import put
from tests.support.gateway import Gateway, GatewayAnswer, a_points_gateway
from tests.support.output import captured_output
from tillbridge.domain.caller import Scope
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.services.shopify_customers import OPERATION

TENANTS = ("acme", "zeta")
SHOP, APP, SECRET = "acme.myshopify.com", "client-1", "shpss_" + "a" * 32
OTHER_SHOP = "zeta.myshopify.com"
PROGRAMME = {"earn": {"rates": {"DKK": {"points": 1, "per_minor": 100}}}}
SALE = {
    "store_id": "shop",
    "sale_ref": "sale-1",
    "customer_id": "C-1",
    "currency": "DKK",
    "at": "2026-11-25T11:00:00Z",
    "lines": [{"line_id": "1", "amount_minor": 10_000}],
}
EXPORTED = {
    "identifier": "sale-7",
    "base_currency_code": "DKK",
    "source": {"shop_id": "aarhus"},
    "timing": {"timestamp_string": "2026-11-25T11:00:00Z"},
    "summary": {
        "customer": {"identifier": "C-1"},
        "line_items": [{"line_item_id": "1", "quantity": 1, "total": 80.00}],
    },
}
ORDER = {
    "id": 1001,
    "currency": "DKK",
    "created_at": "2026-11-25T11:00:00Z",
    "updated_at": "2026-11-25T11:00:00Z",
    "taxes_included": True,
    "customer": {"id": 77},
    "line_items": [{"id": 1, "quantity": 1, "price": "60.00"}],
}


def numbers_of(tenant: str) -> dict[str, Any]:
    """The record by which a merchant's system says whose number at Shopify is whose."""
    url = f"https://crm.{tenant}.example/numbers"
    return {"operation": OPERATION, "request": {"url": url, "query": {"id": "{customer_id}"}}}


def customer_of_its_host(request: OutboundRequest) -> UpstreamAnswer:
    """Each merchant's system knows the number as its own customer's."""
    tenant = request.url.split(".")[1]
    known = {"identifier": f"{tenant}-customer", "name": "Canary Doe"}
    return UpstreamAnswer(200, {}, json.dumps(known if "id=77" in request.url else []).encode())


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("SHOPIFY_APPS_SECRET", "tillbridge-apps/test/shopify")
    with a_points_gateway() as gateway:
        yield gateway


@pytest.fixture
def tokens(gateway: Gateway) -> dict[str, str]:
    return {tenant: gateway.add_tenant(tenant, programme=PROGRAMME) for tenant in TENANTS}


@pytest.fixture
def token(tokens: dict[str, str]) -> str:
    return tokens["acme"]


@pytest.fixture
def shop(gateway: Gateway, tokens: dict[str, str]) -> None:
    """Acme's shop, with the one app of the deployment."""
    assert tokens
    put(gateway.table, f"SHOP#{SHOP}", "SHOP", tenant_id="acme", client_id=APP)
    boto3.client("secretsmanager", region_name="eu-west-1").create_secret(
        Name="tillbridge-apps/test/shopify", SecretString=json.dumps({"apps": {APP: [SECRET]}})
    )


def available(gateway: Gateway, token: str, customer_id: str = "C-1") -> int:
    loyalty = gateway.call("GET", f"/v1/customers/{customer_id}/loyalty", token).json()
    return int(loyalty["account"]["available"]) if loyalty["enrolled"] else 0


def webhook(
    gateway: Gateway, document: Any, topic: str = "orders/paid", **headers: str
) -> GatewayAnswer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest())
    given = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Hmac-Sha256": signature.decode(),
        "X-Shopify-Webhook-Id": "delivery-1",
        **headers,
    }
    path = f"/v1/webhooks/shopify/{topic.replace('/', '-')}"
    return gateway.call("POST", path, body=body, headers=given)


def test_a_sale_is_answered_once_it_is_stored_and_earns_points(
    gateway: Gateway, token: str
) -> None:
    answer = gateway.call("POST", "/v1/sales", token, body=SALE)
    assert (answer.status, answer.json()) == (202, {"accepted": 1})
    assert available(gateway, token) == 0
    assert gateway.count_sales() == {"batchItemFailures": []}
    assert available(gateway, token) == 100


def test_a_sale_of_one_merchants_earns_nothing_at_another(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    gateway.call("POST", "/v1/sales", tokens["acme"], body=SALE)
    gateway.count_sales()
    assert available(gateway, tokens["zeta"]) == 0
    gateway.call("POST", "/v1/sales", tokens["zeta"], body={**SALE, "status": "voided"})
    gateway.count_sales()
    assert available(gateway, tokens["acme"]) == 100


def test_a_sale_that_is_sent_again_and_a_return_of_it(gateway: Gateway, token: str) -> None:
    returned = {
        **SALE,
        "status": "returned",
        "return_ref": "r-1",
        "lines": [{"line_id": "1", "quantity": "0.25", "amount_minor": 2_500}],
    }
    for body in (returned, SALE, SALE, returned):
        assert gateway.call("POST", "/v1/sales", token, body=body).status == 202
    gateway.count_sales()
    assert available(gateway, token) == 75


def test_what_is_wrong_with_a_sale_is_said_with_its_place(gateway: Gateway, token: str) -> None:
    line = {"line_id": "1", "amount_minor": "100.00"}
    answer = gateway.call("POST", "/v1/sales", token, body={**SALE, "lines": [line]})
    assert (answer.status, answer.json()["field"]) == (400, "lines.0.amount_minor")
    assert gateway.sales == []


@pytest.mark.parametrize("path", ["/v1/sales", "/v1/webhooks/kaching/sales"])
def test_it_needs_the_scope_that_makes_points(gateway: Gateway, path: str) -> None:
    token = gateway.add_tenant("spends", scopes=frozenset(Scope) - {Scope.EARN})
    answer = gateway.call("POST", path, token, body=SALE)
    assert (answer.status, answer.json()["scope"]) == (403, "earn")


def test_a_body_that_is_too_large_is_refused(gateway: Gateway, token: str) -> None:
    answer = gateway.call("POST", "/v1/webhooks/kaching/sales", token, body={"s": "x" * 2**20})
    assert (answer.status, gateway.sales) == (413, [])


@pytest.mark.parametrize(("count", "status"), [(1_000, 204), (1_001, 413)])
def test_an_export_has_so_many_sales_at_most(
    gateway: Gateway, token: str, count: int, status: int
) -> None:
    export: Any = {str(number): {} for number in range(count)}
    answer = gateway.call("POST", "/v1/webhooks/kaching/sales", token, body=export)
    assert (answer.status, len(gateway.sales)) == (status, count if status == 204 else 0)


def test_kachings_export_is_taken_in_with_all_its_sales(gateway: Gateway, token: str) -> None:
    export = {"sale-7": EXPORTED, "sale-8": {**EXPORTED, "identifier": "sale-8"}}
    answer = gateway.call("POST", "/v1/webhooks/kaching/sales", token, body=export)
    assert (answer.status, answer.text) == (204, "")
    gateway.count_sales()
    assert available(gateway, token) == 160


def test_a_sale_of_kachings_that_cannot_be_read_waits_for_a_person_alone(
    gateway: Gateway, token: str
) -> None:
    export = {"sale-6": {"identifier": "sale-6"}, "sale-7": EXPORTED}
    assert gateway.call("POST", "/v1/webhooks/kaching/sales", token, body=export).status == 204
    assert gateway.count_sales() == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert available(gateway, token) == 80


def test_a_sale_of_too_many_lines_is_refused_or_set_aside(gateway: Gateway, token: str) -> None:
    """A till can send it in another way; an export would be sent for ever."""
    lines = [{"line_id": str(number), "amount_minor": 1} for number in range(501)]
    answer = gateway.call("POST", "/v1/sales", token, body={**SALE, "lines": lines})
    assert (answer.status, answer.json()["field"], gateway.sales) == (400, "lines", [])
    summary = {"line_items": [{"total": 1}] * 501}
    export = {"sale-6": {**EXPORTED, "summary": summary}, "sale-7": EXPORTED}
    assert gateway.call("POST", "/v1/webhooks/kaching/sales", token, body=export).status == 204
    assert gateway.count_sales() == {"batchItemFailures": [{"itemIdentifier": "0"}]}


@pytest.mark.parametrize("body", [[], "sales", b"{", b"", b"\xff"])
def test_what_is_no_export_is_refused(gateway: Gateway, token: str, body: Any) -> None:
    assert gateway.call("POST", "/v1/webhooks/kaching/sales", token, body=body).status == 400


def test_a_suspended_merchants_sale_comes_again(gateway: Gateway) -> None:
    token = gateway.add_tenant("late", profile={"status": "suspended"}, programme=PROGRAMME)
    assert gateway.call("POST", "/v1/sales", token, body=SALE).status == 202
    assert gateway.count_sales() == {"batchItemFailures": [{"itemIdentifier": "0"}]}


@pytest.mark.usefixtures("shop")
class TestShopifysWebhooks:
    def test_an_order_that_is_paid_earns_its_shops_customer_points(
        self, gateway: Gateway, token: str
    ) -> None:
        assert webhook(gateway, ORDER).status == 204
        assert webhook(gateway, ORDER).status == 204
        gateway.count_sales()
        assert available(gateway, token, "77") == 60

    def test_a_refund_takes_them_back(self, gateway: Gateway, token: str) -> None:
        money = {"shop_money": {"amount": "60.00", "currency_code": "DKK"}}
        refund = {
            "id": 5,
            "order_id": 1001,
            "created_at": "2026-11-26T11:00:00Z",
            "refund_line_items": [{"line_item_id": 1, "quantity": 1, "subtotal_set": money}],
        }
        webhook(gateway, refund, "refunds/create")
        webhook(gateway, ORDER)
        gateway.count_sales()
        assert available(gateway, token, "77") == 0

    @pytest.mark.parametrize(("source", "state"), [("pos", "captured"), ("web", "held")])
    def test_what_the_till_held_for_the_cart_is_captured_by_a_tills_order_alone(
        self, gateway: Gateway, token: str, source: str, state: str
    ) -> None:
        accrual = {"points": 100, "store_id": "s", "order_ref": "o"}
        gateway.call("POST", "/v1/customers/77/points/accruals", token, body=accrual)
        hold = {"customer_id": "77", "points": 40, "store_id": "aarhus", "sale_ref": "cart-7"}
        held = gateway.call(
            "POST", "/v1/redemptions", token, body=hold, headers={"Idempotency-Key": "k" * 20}
        ).json()
        attributes = [
            {"name": "tillbridge_store_id", "value": "aarhus"},
            {"name": "tillbridge_sale_ref", "value": "cart-7"},
        ]
        webhook(gateway, {**ORDER, "source_name": source, "note_attributes": attributes})
        gateway.count_sales()
        path = f"/v1/redemptions/{held['redemption_id']}"
        assert gateway.call("GET", path, token).json()["state"] == state

    def test_an_order_earns_the_customer_whom_the_till_knows(
        self, gateway: Gateway, token: str
    ) -> None:
        put(gateway.table, "LIVE#acme#", f"INTEGRATION#{OPERATION}", **numbers_of("acme"))
        gateway.systems = customer_of_its_host
        webhook(gateway, ORDER)
        assert gateway.count_sales() == {"batchItemFailures": []}
        assert available(gateway, token, "acme-customer") == 60
        assert available(gateway, token, "77") == 0

    def test_one_number_of_two_merchants_customers_is_two(
        self, gateway: Gateway, tokens: dict[str, str]
    ) -> None:
        put(gateway.table, f"SHOP#{OTHER_SHOP}", "SHOP", tenant_id="zeta", client_id=APP)
        for tenant in TENANTS:
            name = f"INTEGRATION#{OPERATION}"
            put(gateway.table, f"LIVE#{tenant}#", name, **numbers_of(tenant))
        gateway.systems = customer_of_its_host
        for shop in (SHOP, OTHER_SHOP):
            webhook(gateway, ORDER, **{"X-Shopify-Shop-Domain": shop})
        gateway.count_sales()
        for tenant, other in (TENANTS, TENANTS[::-1]):
            assert available(gateway, tokens[tenant], f"{tenant}-customer") == 60
            assert available(gateway, tokens[tenant], f"{other}-customer") == 0

    def test_an_order_comes_again_while_the_merchants_system_is_down(
        self, gateway: Gateway, token: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """And no line says who bought."""
        put(gateway.table, "LIVE#acme#", f"INTEGRATION#{OPERATION}", **numbers_of("acme"))
        gateway.systems = lambda _request: UpstreamAnswer(503, {}, b"Canary Doe")
        with captured_output(capsys) as output:
            webhook(gateway, ORDER)
            webhook(gateway, {**ORDER, "id": 1002, "customer": None})
            waiting = gateway.sales.copy()
            assert gateway.count_sales() == {"batchItemFailures": [{"itemIdentifier": "0"}]}
            assert available(gateway, token, "77") == 0
            gateway.systems = customer_of_its_host
            gateway.sales.extend(waiting)
            assert gateway.count_sales() == {"batchItemFailures": []}
        assert available(gateway, token, "acme-customer") == 60
        text = output.text()
        assert '"code":"upstream_failed"' in text
        asked = [line for line in text.splitlines() if "asked a tenant's system" in line]
        assert asked
        assert all('"tenant_id":"acme"' in line for line in asked)
        assert not [name for name in ("acme-customer", "Canary Doe", "id=77") if name in text]

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"X-Shopify-Hmac-Sha256": "AAAA"}, 401),
            ({"X-Shopify-Shop-Domain": "zeta.myshopify.com"}, 401),
            ({"X-Shopify-Topic": "refunds/create"}, 400),
        ],
    )
    def test_what_is_not_what_it_says_is_refused(
        self, gateway: Gateway, headers: dict[str, str], status: int
    ) -> None:
        assert webhook(gateway, ORDER, **headers).status == status
        assert gateway.sales == []

    def test_a_topic_that_is_not_taken_is_no_route(self, gateway: Gateway) -> None:
        answer = webhook(gateway, ORDER, "products/update")
        assert (answer.status, answer.json()["code"]) == (404, "route_not_found")

    def test_a_signed_body_that_is_no_json_is_refused(self, gateway: Gateway) -> None:
        assert webhook(gateway, b"{").status == 400
