"""What holds whatever the POS, through the whole gateway; what needs many tills at once or a real
connection is marked where it is tried (docs/requirements.md)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_line, percentage
from tests.support.gateway import Gateway, GatewayAnswer, a_gateway
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer

LOOKUP = {
    "operation": "customer_lookup",
    "request": {"url": "https://crm.example.com/find", "query": {"q": "{search_term}"}},
}
KEY = "a-key-that-a-till-made-up"


def jane(_request: OutboundRequest) -> UpstreamAnswer:
    return UpstreamAnswer(200, {}, b'[{"identifier": "C-1"}]')


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    with a_gateway(monkeypatch, jane) as gateway:
        yield gateway


def earn(gateway: Gateway, token: str) -> None:
    body = {"points": 150, "store_id": "shop", "order_ref": "order-1"}
    assert gateway.call("POST", "/v1/customers/C-1/points/accruals", token, body=body).status == 201


def redeem(gateway: Gateway, token: str, **changes: Any) -> GatewayAnswer:
    body = {"customer_id": "C-1", "points": 100, "store_id": "shop", "sale_ref": "s-1", **changes}
    headers = {"Idempotency-Key": KEY}
    return gateway.call("POST", "/v1/redemptions", token, body=body, headers=headers)


def available(gateway: Gateway, token: str) -> int:
    loyalty = gateway.call("GET", "/v1/customers/C-1/loyalty", token).json()
    return int(loyalty["account"]["available"])


@pytest.mark.requirement("X1")
def test_x1_one_customers_id_is_two_customers_of_two_merchants(gateway: Gateway) -> None:
    ours, theirs = (gateway.add_tenant(name, programme={}) for name in ("acme", "rival"))
    earn(gateway, ours)

    refused = redeem(gateway, theirs, tenant_id="acme")
    unknown = redeem(gateway, theirs)

    assert refused.status == 400
    assert unknown.json()["code"] == "not_enrolled"
    assert available(gateway, ours) == 150


@pytest.mark.requirement("X3")
def test_x3_the_same_key_is_the_same_redemption_and_with_another_body_none(
    gateway: Gateway,
) -> None:
    token = gateway.add_tenant("acme", programme={})
    earn(gateway, token)

    first, again, other = (
        redeem(gateway, token),
        redeem(gateway, token),
        redeem(gateway, token, points=50),
    )

    assert first.json()["redemption_id"] == again.json()["redemption_id"]
    assert (first.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert (other.status, other.json()["code"]) == (422, "idempotency_mismatch")
    assert available(gateway, token) == 50


@pytest.mark.requirement("X5")
def test_x5_an_expression_that_never_ends_costs_its_own_answer(gateway: Gateway) -> None:
    endless = {"items": "$", "fields": {"identifier": "($f := function($n) { $f($n + 1) }; $f(1))"}}
    gateway.add_tenant("acme", {**LOOKUP, "response": endless})
    token = gateway.add_key("acme", "till")

    answer = gateway.call("GET", "/v1/customers", token, query={"search_term": "jane"})
    healthy = gateway.add_tenant("rival", LOOKUP)

    assert answer.status >= 500
    looked_up = gateway.call("GET", "/v1/customers", healthy, query={"search_term": "jane"})
    assert looked_up.json() == [{"identifier": "C-1"}]


@pytest.mark.requirement("X6")
@pytest.mark.parametrize(
    ("basis_points", "unit_price_minor", "discount_minor"),
    # 29 % of 100.00 and 58 % of 0.50, which doubles put just beside the whole number.
    [(2_900, 10_000, 2_900), (5_800, 50, 29), (10_000, 999_999_999_999, 999_999_999_999)],
)
def test_x6_amounts_are_exact(
    gateway: Gateway, basis_points: int, unit_price_minor: int, discount_minor: int
) -> None:
    token = gateway.add_tenant("acme", campaigns=[a_campaign(benefit=percentage(basis_points))])
    basket = {"currency": "DKK", "lines": [a_line("1", unit_price_minor)]}

    body = {"basket": basket}
    answer = gateway.call("POST", "/v1/discounts/evaluations", token, body=body).json()

    assert answer["discount_minor"] == discount_minor
