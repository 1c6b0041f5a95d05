"""Shopify's session tokens at the authorizer's own function (T61, T62)."""

import time
from collections.abc import Iterator

import pytest

from local.session_token import mint
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
from tests.support.gateway import Gateway, a_points_gateway

# Their names do not depend on the time.
GOOD, BAD = list(good_tokens(time.time())), list(bad_tokens(time.time()))


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        gateway.add_tenant("acme")
        gateway.add_tenant("rival")
        gateway.add_app(CLIENT_ID, NEWEST, BEFORE)
        gateway.add_app(OTHER_CLIENT_ID, OTHER_SECRET)
        gateway.add_shop(SHOP, "acme", CLIENT_ID)
        gateway.add_shop(OTHER_SHOP, "rival", OTHER_CLIENT_ID, scopes=["lookup"])
        yield gateway


def accepted(gateway: Gateway, token: str) -> bool:
    """False for what API Gateway answers with a 401; any other failure is raised."""
    try:
        answer = gateway.authorize(f"Bearer {token}")
    except Exception as error:
        if str(error) == "Unauthorized":
            return False
        raise
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    return True


def test_the_corpus_is_large() -> None:
    assert len(BAD) >= 200


@pytest.mark.requirement("S21", "X1")
@pytest.mark.parametrize("name", BAD)
def test_what_shopify_did_not_make_for_this_shop_is_refused(gateway: Gateway, name: str) -> None:
    assert not accepted(gateway, bad_tokens(time.time())[name])


@pytest.mark.requirement("S21")
@pytest.mark.parametrize("name", GOOD)
def test_what_shopify_makes_is_accepted(gateway: Gateway, name: str) -> None:
    assert accepted(gateway, good_tokens(time.time())[name])


def test_a_token_stands_for_its_shops_tenant_and_what_the_shop_may_do(gateway: Gateway) -> None:
    now_s = time.time()

    answer = gateway.authorize(f"bearer {mint(OTHER_SHOP, OTHER_CLIENT_ID, OTHER_SECRET, now_s)}")

    assert answer["principalId"] == f"rival/{OTHER_SHOP}"
    assert answer["context"] == {
        "tenant_id": "rival",
        "principal": OTHER_SHOP,
        "scopes": "lookup",
        "channel": "shopify",
        # Its minute, and what clocks may differ by.
        "expires_at_s": str(int(now_s) + 70),
    }


def test_a_scheme_of_another_pos_carries_no_session_token(gateway: Gateway) -> None:
    token = mint(SHOP, CLIENT_ID, NEWEST, time.time())

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gateway.authorize(f"KachingKey {token}")


def test_routes_refuse_a_token_that_expired_while_the_gateway_remembered_it(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = time.time()
    token = mint(SHOP, CLIENT_ID, NEWEST, now_s)
    path = "/v1/customers/C-1/loyalty"
    assert gateway.call("GET", path, token).json()["code"] == "not_configured"

    monkeypatch.setattr("tillbridge.entrypoint.requests.time.time", lambda: int(now_s) + 70)

    assert gateway.call("GET", path, token).json()["code"] == "unauthorized"


def test_a_shop_may_do_what_its_item_says(gateway: Gateway) -> None:
    token = mint(OTHER_SHOP, OTHER_CLIENT_ID, OTHER_SECRET, time.time())

    answer = gateway.call("POST", "/v1/redemptions", token, body={})

    assert (answer.status, answer.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/v1/customers/C-1/points/accruals", "earn"),
        ("/v1/customers/C-1/points/reversals", "earn"),
        ("/v1/sales", "earn"),
        ("/v1/webhooks/kaching/sales", "earn"),
        ("/v1/customers/C-1/points/adjustments", "adjust"),
    ],
)
def test_a_token_makes_no_points_by_itself(gateway: Gateway, path: str, scope: str) -> None:
    token = mint(SHOP, CLIENT_ID, NEWEST, time.time())

    answer = gateway.call("POST", path, token, body={})

    assert (answer.status, answer.json().get("scope")) == (403, scope)


def test_a_suspended_tenants_token_is_served_nothing(gateway: Gateway) -> None:
    gateway.add_tenant("frozen", profile={"status": "suspended"})
    gateway.add_shop("frozen.myshopify.com", "frozen", CLIENT_ID)
    token = mint("frozen.myshopify.com", CLIENT_ID, NEWEST, time.time())

    answer = gateway.call("GET", "/v1/customers", token, query={"search_term": "jane"})

    assert (answer.status, answer.json()["code"]) == (403, "tenant_suspended")


@pytest.mark.requirement("S15")
@pytest.mark.parametrize("token", ["null", "undefined"])
def test_a_pos_whose_user_lacks_the_apps_permission_is_told_so(
    gateway: Gateway, token: str
) -> None:
    answer = gateway.call("GET", "/v1/customers", token, query={"search_term": "jane"})

    assert (answer.status, answer.json()["code"]) == (401, "pos_user_not_permitted")
    assert "may not use this app" in answer.json()["cashier_message"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
