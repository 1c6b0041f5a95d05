"""No id of another tenant's opens anything of its applications (T58), and a limit is each tenant's
own, though campaigns, sales and keys have the same names."""

import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_line
from tests.support.gateway import Gateway, GatewayAnswer, a_points_gateway
from tillbridge.domain.ledger.keys import application_id

# One id is the beginning of another: a key that is compared by its beginning would mix them up.
TENANTS = ("acme", "acme-corp", "zeta")
APPLICATIONS = "/v1/discounts/applications"
_ID = re.compile(r"\b[a-z2-7]{26}\b")


def key_of(tenant: str) -> str:
    return f"key-of-{tenant}-0123456789"


def sale_of(tenant: str) -> dict[str, str]:
    return {"store_id": f"shop-of-{tenant}", "sale_ref": f"sale-of-{tenant}"}


def apply(gateway: Gateway, token: str, sale: dict[str, str], key: str) -> GatewayAnswer:
    body = {"basket": {"currency": "DKK", "lines": [a_line()]}, "customer": {"id": "jane"}, **sale}
    return gateway.call("POST", APPLICATIONS, token, body=body, headers={"Idempotency-Key": key})


def calls(owner: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every way to name an application that exists: method, path, and query or body."""
    one = f"{APPLICATIONS}/{application_id(owner, 'pos', key_of(owner))}"
    by_key, by_sale = {"idempotency_key": key_of(owner)}, sale_of(owner)
    goods = {"return_ref": "r", "lines": [{"line_id": "1", "quantity": 1}]}
    return [
        ("GET", one, {}),
        ("GET", APPLICATIONS, by_key),
        ("GET", APPLICATIONS, by_sale),
        ("POST", f"{one}/capture", {}),
        ("POST", f"{one}/void", {}),
        ("POST", f"{one}/returns", goods),
        ("POST", f"{APPLICATIONS}/void", by_key),
        ("POST", f"{APPLICATIONS}/void", by_sale),
    ]


def send(gateway: Gateway, token: str, call: tuple[str, str, dict[str, Any]]) -> GatewayAnswer:
    method, path, said = call
    if method == "GET":
        return gateway.call(method, path, token, query=said)
    return gateway.call(method, path, token, body=said)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def tokens(gateway: Gateway) -> dict[str, str]:
    """Tenants with one campaign each, of the same name, good for two sales of a customer's."""
    limits = [{"uses": 2}, {"scope": "customer", "uses": 2}]
    tokens = {
        tenant: gateway.add_tenant(tenant, campaigns=[a_campaign("same", limits=limits)])
        for tenant in TENANTS
    }
    for tenant, token in tokens.items():
        assert apply(gateway, token, sale_of(tenant), key_of(tenant)).status == 201
    return tokens


@pytest.fixture(autouse=True)
def as_it_was(gateway: Gateway, tokens: dict[str, str]) -> Iterator[None]:
    """Whatever a call does to the ledger is undone for the next one."""
    assert tokens
    before = dict(gateway.ledger.items)
    yield
    gateway.ledger.items = before


def alike(answer: GatewayAnswer, owner: str) -> tuple[int, str]:
    """An answer without what the caller itself has said."""
    text = answer.text
    for said in (key_of(owner), *sale_of(owner).values()):
        text = text.replace(said, "<said>")
    return answer.status, _ID.sub("<id>", text)


@pytest.mark.parametrize("number", range(len(calls("acme"))))
@pytest.mark.parametrize(("asks", "owns"), list(permutations(TENANTS, 2)))
def test_an_application_of_another_tenant_is_one_that_does_not_exist(
    gateway: Gateway, tokens: dict[str, str], number: int, asks: str, owns: str
) -> None:
    before = dict(gateway.ledger.items)
    foreign = send(gateway, tokens[asks], calls(owns)[number])
    written = {key.pk for key, item in gateway.ledger.items.items() if before.get(key) is not item}
    gateway.ledger.items = dict(before)
    missing = send(gateway, tokens[asks], calls("nobody")[number])

    assert alike(foreign, owns) == alike(missing, "nobody")
    assert all(pk.startswith(f"T#{asks}#") for pk in written)


def test_a_tenants_own_names_open_its_application(gateway: Gateway, tokens: dict[str, str]) -> None:
    statuses = [send(gateway, tokens["acme"], call).status for call in calls("acme")]

    # Captured, it can be returned of, and no longer be voided.
    assert statuses == [200, 200, 200, 200, 409, 201, 409, 409]


def test_a_limit_is_each_tenants_own(gateway: Gateway, tokens: dict[str, str]) -> None:
    same_sale = {"store_id": "shop", "sale_ref": "sale"}
    for number, total_minor in ((1, 900), (2, 1_000)):
        for token in tokens.values():
            sale = {**same_sale, "sale_ref": f"sale-{number}"}
            answer = apply(gateway, token, sale, f"the-same-key-{number}-0123456789")
            assert answer.json()["decision"]["total_minor"] == total_minor
