"""No id of another tenant's opens anything of its points, on any loyalty route (T58): it is an id
that does not exist, with the same status and the same body.

The matrix is made from the function's own routes: a later one joins it by being declared.
"""

import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from tests.support.gateway import Gateway, GatewayAnswer, a_points_gateway
from tillbridge.domain.ledger.keys import redemption_id
from tillbridge.domain.loyalty_requests import RedemptionQuery
from tillbridge.entrypoint.api import Operation
from tools.openapi import apis

# One id is the beginning of another: a key that is compared by its beginning would mix them up.
TENANTS = ("acme", "acme-corp", "zeta")
_REDEMPTION_ID = re.compile(r"\b[a-z2-7]{26}\b")


def ids_of(tenant: str) -> dict[str, str]:
    """Every name under which a tenant's points are known, by the field that takes it."""
    key = f"key-of-{tenant}-0123456789"
    return {
        "customer_id": f"customer-of-{tenant}",
        "idempotency_key": key,
        "redemption_id": redemption_id(tenant, "pos", key),
        "sale_ref": f"sale-of-{tenant}",
        "store_id": f"shop-of-{tenant}",
        "order_ref": f"order-of-{tenant}",
        "return_ref": f"return-of-{tenant}",
        "refund_ref": f"refund-of-{tenant}",
    }


def cases() -> Iterator[tuple[Operation, set[str]]]:
    """Each route with the fields that it gets; where it takes a key or a sale, once with each."""
    for operation in apis()["loyalty_redemption"].operations:
        if operation.input and issubclass(operation.input, RedemptionQuery):
            yield operation, {"idempotency_key"}
            yield operation, {"customer_id", "store_id", "sale_ref"}
        else:
            yield operation, set(operation.input.model_fields) if operation.input else set()


CASES = list(cases())
NAMES = [f"{o.method} {o.path}{' by key' if len(fields) == 1 else ''}" for o, fields in CASES]


def call(
    gateway: Gateway, operation: Operation, fields: set[str], token: str, ids: dict[str, str]
) -> GatewayAnswer:
    """The operation with the ids wherever it takes one."""
    rest = {"points": 1, "mode": "burn", "reason": "goodwill", "staff_id": "staff-7"}
    every: dict[str, Any] = {**ids, **rest}
    if "customer-account" in operation.path:
        # A sale of its own: points pay a sale once.
        sale = f"{ids['sale_ref']}, paid"
        every |= {"amount": "0.05", "currency_code": "DKK", "sale_ref": sale}
    given = {name: every[name] for name in sorted(fields) if name in every}
    headers = {"Idempotency-Key": ids["idempotency_key"]} if operation.needs_key else {}
    path = operation.path.format_map(ids)
    if operation.method == "GET":
        return gateway.call("GET", path, token, query=given, headers=headers)
    return gateway.call(operation.method, path, token, body=given, headers=headers)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def tokens(gateway: Gateway) -> dict[str, str]:
    """Tenants with a customer each, who has earned points, burnt one and returned one."""
    values = {"DKK": {"points": 1, "amount_minor": 5}}
    tokens = {
        tenant: gateway.add_tenant(tenant, programme={"point_values": values}, customer_account={})
        for tenant in TENANTS
    }
    for tenant, token in tokens.items():
        customer = f"/v1/customers/{ids_of(tenant)['customer_id']}/points/accruals"
        gateway.call(
            "POST",
            customer,
            token,
            body={"points": 9, "store_id": "shop", "order_ref": "first order"},
        )
        for operation, fields in CASES:
            if operation.needs_key or operation.path.endswith("accruals"):
                assert call(gateway, operation, fields, token, ids_of(tenant)).status == 201
    return tokens


@pytest.fixture(autouse=True)
def as_it_was(gateway: Gateway, tokens: dict[str, str]) -> Iterator[None]:
    """Whatever a call does to the ledger is undone for the next one."""
    assert tokens
    before = dict(gateway.ledger.items)
    yield
    gateway.ledger.items = before


def alike(answer: GatewayAnswer, ids: dict[str, str]) -> tuple[int, str]:
    """An answer without what the caller itself has said."""
    text = answer.text
    for value in ids.values():
        text = text.replace(value, "<id>")
    return answer.status, _REDEMPTION_ID.sub("<id>", text)


@pytest.mark.parametrize(("operation", "fields"), CASES, ids=NAMES)
def test_a_tenants_own_ids_open_its_points(
    gateway: Gateway, tokens: dict[str, str], operation: Operation, fields: set[str]
) -> None:
    answer = call(gateway, operation, fields, tokens["acme"], ids_of("acme"))

    assert answer.status in (200, 201), answer.text


@pytest.mark.requirement("X1")
@pytest.mark.parametrize(("operation", "fields"), CASES, ids=NAMES)
@pytest.mark.parametrize(("asks", "owns"), list(permutations(TENANTS, 2)))
def test_an_id_of_another_tenant_is_an_id_that_does_not_exist(
    gateway: Gateway,
    tokens: dict[str, str],
    operation: Operation,
    fields: set[str],
    asks: str,
    owns: str,
) -> None:
    before = dict(gateway.ledger.items)
    foreign = call(gateway, operation, fields, tokens[asks], ids_of(owns))
    after = gateway.ledger.items
    gateway.ledger.items = dict(before)
    missing = call(gateway, operation, fields, tokens[asks], ids_of("nobody"))

    assert alike(foreign, ids_of(owns)) == alike(missing, ids_of("nobody"))
    written = {key.pk for key in after if after[key] is not before.get(key)}
    assert all(pk.startswith(f"T#{asks}#") for pk in written)


@pytest.mark.parametrize("path", ["/v1/redemptions/{}", "/v1/redemptions/{}/capture"])
def test_another_tenants_redemption_reads_as_one_that_never_was(
    gateway: Gateway, tokens: dict[str, str], path: str
) -> None:
    method = "POST" if path.endswith("capture") else "GET"
    foreign, unknown = ids_of("zeta")["redemption_id"], "a" * 26

    answers = [gateway.call(method, path.format(one), tokens["acme"]) for one in (foreign, unknown)]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].text.replace(foreign, unknown) == answers[1].text
