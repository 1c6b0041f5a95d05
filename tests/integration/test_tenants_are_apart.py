"""One tenant never sees another: every route with every id of another's, and warm environments.

The matrix is made from the functions' own route tables: a later route joins it by being declared.
Loyalty's is in test_tenants_points_are_apart, that of discounts in
test_tenants_discounts_are_apart, the customer screen's in test_tenants_customers_are_apart.
"""

import json
import random
from collections.abc import Iterator
from itertools import permutations
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.support.gateway import Gateway, GatewayAnswer, a_gateway, operations
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.entrypoint.api import Operation
from tools.openapi import apis

# One id is the beginning of another: a key that is compared by its beginning would mix them up.
TENANTS = ("acme", "acme-corp", "zeta")
GUARDED = [operation for operation in operations() if operation.scope is not None]
POINTS = apis()["loyalty_redemption"].operations
# They answer nothing of anybody's: test_sale_intake follows a sale to whom it earns points.
TELLING = apis()["sale_intake"].operations
DISCOUNTS = apis()["discount_application"].operations
SCREENS = apis()["customer_details"].operations
ELSEWHERE = [*POINTS, *DISCOUNTS, *SCREENS, *TELLING]
ASKING = [operation for operation in GUARDED if operation not in ELSEWHERE]


def origin_of(tenant_id: str) -> str:
    return f"https://crm.{tenant_id}.example"


def canary_of(tenant_id: str) -> str:
    return f"canary {tenant_id} only"


def customer_of(tenant_id: str) -> dict[str, str]:
    return {
        "identifier": f"id-{tenant_id}",
        "name": canary_of(tenant_id),
        "email": f"jane@{tenant_id}.example",
        "phone": f"+45 {TENANTS.index(tenant_id)}0 00 00 00",
    }


def answer_of_its_own_system(request: OutboundRequest) -> UpstreamAnswer:
    """Each tenant's system knows one customer, by any of its fields."""
    url = urlsplit(request.url)
    (tenant_id,) = (one for one in TENANTS if origin_of(one) == f"https://{url.hostname}")
    known = customer_of(tenant_id)
    found = [known] if parse_qs(url.query)["q"][0] in known.values() else []
    return UpstreamAnswer(200, {}, json.dumps(found).encode())


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        a_gateway(monkeypatch, answer_of_its_own_system) as gateway,
    ):
        yield gateway


@pytest.fixture(autouse=True)
def nothing_sent_yet(gateway: Gateway) -> None:
    gateway.requests_sent.clear()


@pytest.fixture(scope="module")
def tokens(gateway: Gateway) -> dict[str, str]:
    return {
        tenant_id: gateway.add_tenant(
            tenant_id,
            {
                "operation": "customer_lookup",
                "request": {"url": origin_of(tenant_id), "query": {"q": "{search_term}"}},
                "auth": {"kind": "bearer", "secret": "crm-token"},
            },
            secrets={"crm-token": (f"secret of {tenant_id}", origin_of(tenant_id))},
        )
        for tenant_id in TENANTS
    }


def call_with_id(gateway: Gateway, operation: Operation, token: str, some_id: str) -> GatewayAnswer:
    """The operation with the id wherever it takes a text: in its path and in its input."""
    path = operation.path
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + quote(some_id, safe="") + rest.partition("}")[2]
    given: dict[str, Any] = {}
    if operation.input is not None:
        fields = operation.input.model_json_schema().get("properties", {})
        given = {n: some_id for n, field in fields.items() if field.get("type") == "string"}
    if operation.method == "GET":
        return gateway.call(operation.method, path, token, query=given)
    return gateway.call(operation.method, path, token, body=given)


def without_instance(answer: GatewayAnswer) -> tuple[int, str]:
    return answer.status, answer.text


@pytest.mark.requirement("X1")
@pytest.mark.parametrize("operation", ASKING, ids=lambda o: f"{o.method} {o.path}")
@pytest.mark.parametrize(("asks", "owns"), list(permutations(TENANTS, 2)))
@pytest.mark.parametrize("field", customer_of("acme"))
def test_an_id_of_another_tenant_is_an_id_that_does_not_exist(
    gateway: Gateway,
    tokens: dict[str, str],
    operation: Operation,
    asks: str,
    owns: str,
    field: str,
) -> None:
    its_own = call_with_id(gateway, operation, tokens[asks], customer_of(asks)[field])
    foreign = call_with_id(gateway, operation, tokens[asks], customer_of(owns)[field])
    missing = call_with_id(gateway, operation, tokens[asks], "does not exist")

    assert canary_of(asks) in its_own.text
    assert canary_of(owns) not in foreign.text
    assert without_instance(foreign) == without_instance(missing)
    assert all(r.url.startswith(origin_of(asks)) for r in gateway.requests_sent)
    assert {r.headers["Authorization"] for r in gateway.requests_sent} == {
        f"Bearer secret of {asks}"
    }


@pytest.mark.requirement("X1")
def test_a_thousand_interleaved_requests_in_one_process_never_mix(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    shuffled = random.Random(20261123)
    for _ in range(1_000):
        tenant_id = shuffled.choice(TENANTS)
        method = shuffled.choice(["GET", "POST"])
        given = {"search_term": customer_of(tenant_id)["email"]}
        sent = {"query": given} if method == "GET" else {"body": given}

        answer = gateway.call(method, "/v1/customers", tokens[tenant_id], **sent)

        assert answer.json() == [customer_of(tenant_id)]
    assert len(gateway.requests_sent) == 1_000


@pytest.mark.requirement("X1")
def test_a_tenant_named_in_the_request_changes_nothing(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    asked = {"search_term": "id-zeta", "tenant_id": "zeta", "tenant": "zeta"}

    answer = gateway.call(
        "GET", "/v1/customers", tokens["acme"], query=asked, headers={"X-Tenant-Id": "zeta"}
    )

    assert answer.json() == []


def test_the_matrix_holds_every_route_that_needs_a_credential() -> None:
    assert {f"{o.method} {o.path}" for o in operations() if o.scope is None} == {
        "GET /v1/health",
        "POST /v1/webhooks/shopify/{topic}",
    }
    assert len(ASKING) >= 2
    assert len(POINTS) >= 11
    assert len(SCREENS) >= 4
    assert DISCOUNTS
