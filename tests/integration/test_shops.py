"""Shops, read from a table by moto at each request, and remembered while it is silent."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import TABLE, a_client_of_nobody, failing, put
from tests.support.builders import TENANT
from tests.support.fakes import FakeClock
from tillbridge.adapters.shops import Shops
from tillbridge.domain.shop import Shop
from tillbridge.errors import RecordsUnavailable, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

DOMAIN = "acme.myshopify.com"
STORED = {"tenant_id": TENANT, "client_id": "client-1", "scopes": ["lookup"]}
SHOP = Shop(DOMAIN, TENANT, "client-1", frozenset({"lookup"}))


@pytest.fixture
def shops(dynamodb: "DynamoDBClient", clock: FakeClock) -> Shops:
    return Shops(dynamodb, TABLE, clock)


def store(dynamodb: "DynamoDBClient", **changes: Any) -> None:
    put(dynamodb, f"SHOP#{DOMAIN}", "SHOP", **{**STORED, **changes})


def test_a_shop_is_what_the_table_holds(dynamodb: "DynamoDBClient", shops: Shops) -> None:
    store(dynamodb)

    assert shops.read(DOMAIN) == (SHOP, False)


def test_without_scopes_a_shop_may_do_all_but_make_points(
    dynamodb: "DynamoDBClient", shops: Shops
) -> None:
    put(dynamodb, f"SHOP#{DOMAIN}", "SHOP", tenant_id=TENANT, client_id="client-1")

    shop, _ = shops.read(DOMAIN)

    assert shop == Shop(DOMAIN, TENANT, "client-1")
    assert shop.scopes == {"lookup", "redeem", "discount", "service"}


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "other.myshopify.com",
        "acme.myshopify.com.evil.example",
        "evil.example/acme.myshopify.com",
        "ACME.myshopify.com",
        "acme.myshopify.com\n",
        "acme.myshopify.com#",
        "-acme.myshopify.com",
        ".myshopify.com",
        "a.b.myshopify.com",
        "acmé.myshopify.com",
    ],
)
def test_any_other_domain_is_nobodys(dynamodb: "DynamoDBClient", shops: Shops, domain: str) -> None:
    store(dynamodb)

    assert shops.read(domain) == (None, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": None},
        {"tenant_id": "a#b"},
        {"client_id": 5},
        {"client_id": ""},
        {"scopes": "lookup"},
        {"scopes": None},
    ],
)
def test_a_shop_that_somebody_edited_out_of_shape_is_unusable(
    dynamodb: "DynamoDBClient", shops: Shops, changes: dict[str, Any]
) -> None:
    store(dynamodb, **changes)

    with pytest.raises(RecordUnusable):
        shops.read(DOMAIN)


def test_a_shop_that_moves_is_seen_at_once(dynamodb: "DynamoDBClient", shops: Shops) -> None:
    store(dynamodb)
    shops.read(DOMAIN)
    store(dynamodb, tenant_id="other")

    shop, _ = shops.read(DOMAIN)

    assert shop is not None
    assert shop.tenant_id == "other"


def test_without_dynamodb_a_known_shop_is_remembered_for_a_quarter_of_an_hour(
    dynamodb: "DynamoDBClient", shops: Shops, clock: FakeClock
) -> None:
    store(dynamodb)
    shops.read(DOMAIN)

    with failing(dynamodb, "get_item"):
        clock.now_s += 15 * 60 - 1
        assert shops.read(DOMAIN) == (SHOP, True)
        clock.now_s += 1
        with pytest.raises(RecordsUnavailable):
            shops.read(DOMAIN)


def test_without_dynamodb_an_unknown_shop_cannot_be_told() -> None:
    with pytest.raises(RecordsUnavailable):
        Shops(a_client_of_nobody("dynamodb"), TABLE).read(DOMAIN)
