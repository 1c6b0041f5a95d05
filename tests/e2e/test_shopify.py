"""Shopify's POS at the deployed API: its tokens, by the authorizer's own role, table and secret."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.seed import operator_store, put_item
from local.session_token import mint
from local.stack import LocalStack, write_description
from tests.corpora.session_tokens import (
    BEFORE,
    CLIENT_ID,
    NEWEST,
    OTHER_CLIENT_ID,
    OTHER_SECRET,
    OTHER_SHOP,
    SHOP,
    bad_tokens,
    good_tokens,
)
from tests.support.till import Till, new_tenant
from tests.support.upstreams import answers, http_response, serving
from tillbridge.domain.customer_ref import to_segment

pytestmark = pytest.mark.stack

# A few of each kind of the corpus; the others are held against the function in one process.
SAMPLE = (
    "alg 'none', no signature",
    "alg 'nOnE', signed",
    "really HS512",
    "RS256 by a public key",
    'header {"kid": "../../../../dev/null"}',
    'header {"crit": ["exp"], "exp": 0}',
    "no jti",
    "exp: in a text",
    "expired 10 s ago",
    "nbf in 60 s",
    f"shop 'https://{SHOP}.evil.example'",
    f"iss 'https://{SHOP}@evil.example'",
    f"dest 'https://{OTHER_SHOP}'",
    "another tenant's shop by this app",
    f"audience '{OTHER_CLIENT_ID}'",
    "signature without its last 1",
    "retired secret",
    "an empty secret",
    "another app's secret",
    "four parts",
    "padding behind the claims",
    "claims a member twice, the shop",
    "claims of 5 KB",
)


@pytest.fixture(scope="module")
def pos(stack: LocalStack) -> Till:
    """The POS of the corpus's shop, without a token yet."""
    store = operator_store(stack.emulator, stack.outputs["TenantsTable"])
    for tenant_id in ("acme-shop", "rival-shop"):
        new_tenant(stack, tenant_id)
    for secret in (BEFORE, NEWEST):
        store.put_app_secret(CLIENT_ID, secret)
    store.put_app_secret(OTHER_CLIENT_ID, OTHER_SECRET)
    store.add_shop(SHOP, {"tenant_id": "acme-shop", "client_id": CLIENT_ID})
    store.add_shop(OTHER_SHOP, {"tenant_id": "rival-shop", "client_id": OTHER_CLIENT_ID})
    return Till(stack.api, None)


def status_of(pos: Till, token: str) -> int:
    return pos.with_authorization(f"Bearer {token}").look_up("jane").status_code


@pytest.mark.requirement("S21")
@pytest.mark.parametrize("name", good_tokens(time.time()))
def test_what_shopify_makes_reaches_the_shops_tenant(pos: Till, name: str) -> None:
    # The tenant has no record: it is the route that says so, after the authorizer.
    assert status_of(pos, good_tokens(time.time())[name]) == 501


@pytest.mark.requirement("S21")
@pytest.mark.parametrize("name", SAMPLE)
def test_what_shopify_did_not_make_is_401(pos: Till, name: str) -> None:
    assert status_of(pos, bad_tokens(time.time())[name]) == 401


def test_a_secret_that_was_just_rotated_is_accepted_at_once_or_within_seconds(
    stack: LocalStack, pos: Till
) -> None:
    """The authorizer has read the secrets for the tests before this one."""
    rotated = "shpss_" + "e" * 32
    assert status_of(pos, good_tokens(time.time())["newest secret"]) == 501
    operator_store(stack.emulator).put_app_secret(OTHER_CLIENT_ID, rotated)

    give_up_s = time.monotonic() + 30
    while status_of(pos, mint(OTHER_SHOP, OTHER_CLIENT_ID, rotated, time.time())) != 501:
        assert time.monotonic() < give_up_s
        time.sleep(0.5)

    assert status_of(pos, mint(OTHER_SHOP, OTHER_CLIENT_ID, OTHER_SECRET, time.time())) == 501


@pytest.mark.parametrize("token", ["null", "undefined"])
def test_a_pos_whose_user_lacks_the_apps_permission_is_refused(pos: Till, token: str) -> None:
    """By a policy that denies. The emulator leaves out the GatewayResponse that makes it a 401."""
    assert status_of(pos, token) == 403


@pytest.mark.requirement("S8", "S2")
def test_a_shops_pos_is_shown_a_customer_by_shopifys_number(stack: LocalStack) -> None:
    """The merchant's system is Shopify itself, so that its numbers are the merchant's own."""
    shop = stack.shop
    token = mint(shop.domain, shop.client_id, shop.client_secret, time.time())
    pos = Till(stack.api, f"Bearer {token}")
    jane = pos.look_up("jane").json()[0]
    assert jane["identifier"].isdecimal()

    screen = pos.call("GET", f"/v1/customers/{jane['identifier']}")

    assert screen.status_code == 200
    assert screen.json()["customer"]["name"] == jane["name"]


@pytest.mark.requirement("S8")
def test_a_merchants_record_says_whose_number_it_is(
    stack: LocalStack, own_port: int, pos: Till
) -> None:
    origin = f"http://127.0.0.1:{own_port}"
    requests = {
        "customer_by_shopify_id": {"url": f"{origin}/numbers", "query": {"id": "{customer_id}"}},
        "customer_details": {"url": f"{origin}/customers", "query": {"id": "{customer_id}"}},
    }
    for operation, request in requests.items():
        record = {"operation": operation, "request": request}
        table = stack.outputs["TenantsTable"]
        put_item(stack.emulator, table, "LIVE#acme-shop#", f"INTEGRATION#{operation}", record)
    token = mint(SHOP, CLIENT_ID, NEWEST, time.time())
    jane = http_response(b'{"identifier": "C-1", "name": "Jane Doe"}')
    shopifys_id = to_segment("gid://shopify/Customer/7123456789012")

    with serving(answers(jane), port=own_port) as system:
        screen = pos.with_authorization(f"Bearer {token}").call(
            "GET", f"/v1/customers/{shopifys_id}"
        )

    assert screen.json()["customer"] == {"identifier": "C-1", "name": "Jane Doe"}
    assert [request.split(b" ")[1] for request in system.requests] == [
        b"/numbers?id=7123456789012",
        b"/customers?id=C-1",
    ]


@pytest.mark.requirement("S21", "X1")
def test_a_shops_pos_asks_its_own_tenants_system(stack: LocalStack) -> None:
    shop = stack.shop
    token = mint(shop.domain, shop.client_id, shop.client_secret, time.time())

    found = Till(stack.api, f"Bearer {token}").look_up("jane")

    assert found.status_code == 200
    assert found.json() == Till.of(stack, shop.tenant_id).look_up("jane").json() != []
    assert found.headers["Access-Control-Allow-Origin"] == "*"


def test_what_make_run_prints_makes_a_token(stack: LocalStack, tmp_path: Path) -> None:
    description = tmp_path / "stack.json"
    write_description(stack, description)

    printed = subprocess.run(
        [sys.executable, "-m", "local.session_token", str(description)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    assert Till(stack.api, f"Bearer {printed}").look_up("jane").status_code == 200
