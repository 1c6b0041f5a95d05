"""No customer of another tenant's is shown, changed or served, on any route of the screen (T58):
it is an id that does not exist, with the same status and the same body.

The matrix is made from the function's own routes: a later one joins it by being declared.
"""

import json
from collections.abc import Iterator
from itertools import permutations
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.gateway import Gateway, GatewayAnswer, a_gateway
from tests.support.screen import CHANGING, READING
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.entrypoint.api import Operation
from tools.openapi import apis

pytestmark = pytest.mark.requirement("X1")

# One id is the beginning of another: a key that is compared by its beginning would mix them up.
TENANTS = ("acme", "acme-corp", "zeta")
OPERATIONS = apis()["customer_details"].operations
GIVEN: dict[str, Any] = {
    "preferences": {"language": "en"},
    "subject": "repair",
    "text": "New soles",
    "staff_id": "staff-7",
}
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}"
)


def origin_of(tenant_id: str) -> str:
    return f"https://crm.{tenant_id}.example"


def customer_of(tenant_id: str) -> str:
    return f"customer-of-{tenant_id}"


def answer_of_its_own_system(request: OutboundRequest) -> UpstreamAnswer:
    """Each tenant's system knows one customer, whom it is told of in the path or the body."""
    url = urlsplit(request.url)
    (tenant_id,) = (one for one in TENANTS if origin_of(one) == f"https://{url.hostname}")
    asked_for = unquote(url.path) + (request.body or b"").decode()
    if customer_of(tenant_id) not in asked_for.replace('"', "/").split("/"):
        return UpstreamAnswer(404, {}, b"{}")
    if url.path.endswith("/orders"):
        return UpstreamAnswer(200, {}, b"[]")
    known = {"identifier": customer_of(tenant_id), "name": f"canary of {tenant_id} only"}
    return UpstreamAnswer(200, {}, json.dumps(known).encode())


def a_record(tenant_id: str, operation: str) -> dict[str, Any]:
    request = {**READING, **CHANGING}[operation]
    url = f"{origin_of(tenant_id)}{urlsplit(request['url']).path}"
    return {
        "operation": operation,
        "request": {**request, "url": url},
        "auth": {"kind": "bearer", "secret": "crm-token"},
        "outcomes": [{"when": {"status": 404}, "is": "not_found"}],
    }


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        a_gateway(monkeypatch, answer_of_its_own_system) as gateway,
    ):
        yield gateway


@pytest.fixture(scope="module")
def tokens(gateway: Gateway) -> dict[str, str]:
    """Tenants with a customer each, for whom something was done already."""
    tokens = {
        tenant_id: gateway.add_tenant(
            tenant_id,
            *(a_record(tenant_id, operation) for operation in (*READING, *CHANGING)),
            profile={"preferences": ["language"]},
            programme={},
            secrets={"crm-token": (f"secret of {tenant_id}", origin_of(tenant_id))},
        )
        for tenant_id in TENANTS
    }
    for tenant_id, token in tokens.items():
        for operation in OPERATIONS:
            if operation.needs_key:
                answer = call(gateway, operation, token, customer_of(tenant_id), tenant_id)
                assert answer.status < 300, answer.text
    return tokens


@pytest.fixture(autouse=True)
def as_it_was(gateway: Gateway, tokens: dict[str, str]) -> Iterator[None]:
    """Whatever a call does to the ledger is undone for the next one."""
    assert tokens
    gateway.requests_sent.clear()
    before = dict(gateway.ledger.items)
    yield
    gateway.ledger.items = before


def call(
    gateway: Gateway, operation: Operation, token: str, customer_id: str, key: str
) -> GatewayAnswer:
    """The operation for that customer; `key` makes the Idempotency-Key."""
    path = operation.path.format(customer_id=customer_id)
    if operation.method == "GET":
        return gateway.call("GET", path, token)
    names = operation.input.model_fields if operation.input else ()
    body = {name: value for name, value in GIVEN.items() if name in names}
    headers = {"Idempotency-Key": f"key-of-{key}-0123456789"}
    return gateway.call(operation.method, path, token, body=body, headers=headers)


@each_operation
@pytest.mark.parametrize(("asks", "owns"), list(permutations(TENANTS, 2)))
def test_a_customer_of_another_tenant_is_one_who_does_not_exist(
    gateway: Gateway, tokens: dict[str, str], operation: Operation, asks: str, owns: str
) -> None:
    foreign = call(gateway, operation, tokens[asks], customer_of(owns), "one")
    missing = call(gateway, operation, tokens[asks], "does-not-exist", "another")

    assert (foreign.status, foreign.text) == (missing.status, missing.text)
    assert f"canary of {owns}" not in foreign.text
    assert {urlsplit(one.url).hostname for one in gateway.requests_sent} <= {
        urlsplit(origin_of(asks)).hostname
    }
    assert {one.headers["Authorization"] for one in gateway.requests_sent} <= {
        f"Bearer secret of {asks}"
    }


@each_operation
@pytest.mark.parametrize("asks", TENANTS)
def test_a_tenants_own_customer_is_there(
    gateway: Gateway, tokens: dict[str, str], operation: Operation, asks: str
) -> None:
    answer = call(gateway, operation, tokens[asks], customer_of(asks), "new")

    assert answer.status < 300, answer.text
    if operation.path.endswith("interactions"):
        assert len(answer.json()["interactions"]) == 2


@each_operation
def test_the_same_key_of_two_tenants_is_two_keys(
    gateway: Gateway, tokens: dict[str, str], operation: Operation
) -> None:
    answers = [
        call(gateway, operation, tokens[tenant], customer_of(tenant), "shared")
        for tenant in TENANTS
    ]

    assert not any("Idempotent-Replayed" in answer.headers for answer in answers)
    assert {answer.status for answer in answers} == {answers[0].status}


def test_a_place_in_another_tenants_list_is_one_in_ones_own(
    gateway: Gateway, tokens: dict[str, str]
) -> None:
    def page(tenant: str, **query: str) -> Any:
        path = f"/v1/customers/{customer_of(tenant)}/interactions"
        return gateway.call("GET", path, tokens[tenant], query={"limit": "1", **query}).json()

    foreign = page("zeta", before=page("acme")["next"])

    own = {one["id"] for one in page("zeta", limit="100")["interactions"]}
    assert {one["id"] for one in foreign["interactions"]} <= own
