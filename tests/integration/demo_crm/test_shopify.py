"""Shopify's Admin GraphQL."""

from typing import Any

import pytest

from local.demo_crm.app import Settings
from local.demo_crm.credentials import SHOPIFY_ACCESS_TOKEN
from local.demo_crm.people import BEYOND_DOUBLE

from .conftest import Call, Serve

PATH = "/shopify/admin/api/2026-07/graphql.json"
AUTHORIZED = {"X-Shopify-Access-Token": SHOPIFY_ACCESS_TOKEN}
LOOKUP = """
query Lookup($term: String!, $first: Int = 10) {
  customers(first: $first, query: $term) {
    nodes {
      id displayName firstName lastName
      defaultEmailAddress { emailAddress }
      defaultPhoneNumber { phoneNumber }
      defaultAddress { address1 address2 zip city country countryCodeV2 }
      numberOfOrders
      amountSpent { amount currencyCode }
      tags
      storeCreditAccounts(first: 5) { nodes { id balance { amount currencyCode } } }
    }
  }
}
"""


def ask(call: Call, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    response = call("POST", PATH, json=body, headers=AUTHORIZED)
    assert response.status_code == 200, response.text
    return response.json()


def found(call: Call, term: str) -> list[str]:
    query = "query($q: String) { customers(first: 250, query: $q) { nodes { displayName } } }"
    nodes = ask(call, query, q=term)["data"]["customers"]["nodes"]
    return [node["displayName"] for node in nodes]


def test_a_hit_has_just_the_fields_asked_for(call: Call) -> None:
    answer = ask(call, LOOKUP, term="email:jane.doe@example.com")
    assert answer["data"]["customers"]["nodes"] == [
        {
            "id": "gid://shopify/Customer/7200000000001",
            "displayName": "Jane Doe",
            "firstName": "Jane",
            "lastName": "Doe",
            "defaultEmailAddress": {"emailAddress": "jane.doe@example.com"},
            "defaultPhoneNumber": {"phoneNumber": "+45 20 12 34 56"},
            "defaultAddress": {
                "address1": "Vestergade 12",
                "address2": "2. th.",
                "zip": "1456",
                "city": "København K",
                "country": "Denmark",
                "countryCodeV2": "DK",
            },
            "numberOfOrders": "17",
            "amountSpent": {"amount": "12500.50", "currencyCode": "DKK"},
            "tags": ["gold"],
            "storeCreditAccounts": {
                "nodes": [
                    {
                        "id": f"gid://shopify/StoreCreditAccount/1{index}",
                        "balance": {"amount": amount, "currencyCode": currency},
                    }
                    for index, (amount, currency) in enumerate(
                        [("1250.50", "DKK"), ("16.75", "EUR"), ("189.00", "SEK")]
                    )
                ]
            },
        }
    ]
    cost = answer["extensions"]["cost"]
    assert cost["requestedQueryCost"] > 0
    assert cost["throttleStatus"]["maximumAvailable"] == 2000.0
    assert cost["throttleStatus"]["restoreRate"] == 100.0


def test_no_hit_is_an_empty_connection(call: Call) -> None:
    assert ask(call, LOOKUP, term="nobody")["data"] == {"customers": {"nodes": []}}


def test_what_is_not_known_is_null(call: Call) -> None:
    (jane,) = ask(call, LOOKUP, term="first_name:Jane last_name:O\\'Brien phone:2079460018")[
        "data"
    ]["customers"]["nodes"]
    assert jane["defaultEmailAddress"] is jane["defaultAddress"] is None
    assert jane["storeCreditAccounts"] == {"nodes": []}


def test_edges_cursors_aliases_and_typename(call: Call) -> None:
    query = """
    query($after: String) { people: customers(first: 2, after: $after) {
      __typename edges { cursor node { gid: id } } pageInfo { hasNextPage endCursor } } }
    """
    first = ask(call, query)["data"]["people"]
    assert first["__typename"] == "CustomerConnection"
    cursor = first["pageInfo"]["endCursor"]
    assert first["pageInfo"]["hasNextPage"] is True
    assert first["edges"][-1]["cursor"] == cursor
    second = ask(call, query, after=cursor)["data"]["people"]["edges"][0]["node"]["gid"]
    assert second == "gid://shopify/Customer/7200000000003"


def test_last_and_reverse(call: Call) -> None:
    last = ask(call, "{ customers(last: 1) { nodes { id } } }")["data"]
    first = ask(call, "{ customers(first: 1, reverse: true) { nodes { id } } }")["data"]
    assert last == first
    assert last["customers"]["nodes"][0]["id"].endswith("7200000000200")


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("jane doe", "Jane Doe"),
        ('"Jane Doe"', "Jane Doe"),
        ("jan* do*", "Jane Doe"),
        ("email:jane.doe@*", "Jane Doe"),
        ("phone:20123456", "Jane Doe"),
        ("20123456", "Jane Doe"),
        ("tag:gold Doe", "Jane Doe"),
        ("(nobody OR doe) AND jane", "Jane Doe"),
        ("NOT -jane doe NOT", "Jane Doe"),
        ("(" * 5_000 + "jane doe", "Jane Doe"),
        ("last_name:'Ærø' first_name:Søren", "Søren Ærø"),
        ("山田", "太郎 山田"),
        (f"id:{BEYOND_DOUBLE}", "Åse Nordahl"),
        ("orders_count:>16 total_spent:12500.50", "Jane Doe"),
    ],
)
def test_search_syntax_finds(call: Call, term: str, name: str) -> None:
    assert name in found(call, term)


@pytest.mark.parametrize(
    "term", ["jan", "-jane doe", "NOT first_name:Jane doe", "id:1", "orders_count:<0"]
)
def test_search_syntax_leaves_out(call: Call, term: str) -> None:
    assert "Jane Doe" not in found(call, term)


def test_an_unknown_search_field_is_ignored_with_a_warning(call: Call) -> None:
    answer = ask(call, LOOKUP, term="shoe_size:44")
    assert len(answer["data"]["customers"]["nodes"]) == 10
    assert answer["extensions"]["search"] == [
        {
            "path": ["customers"],
            "query": "shoe_size:44",
            "parsed": {"field": "shoe_size", "match_all": "44"},
            "warnings": [{"field": "shoe_size", "message": "Invalid search field for this query."}],
        }
    ]


def test_an_unknown_field_is_an_error_in_a_200(call: Call) -> None:
    answer = ask(call, "{\n  customers(first: 1) { nodes { shoeSize } }\n}")
    assert answer == {
        "errors": [
            {
                "message": "Field 'shoeSize' doesn't exist on type 'Customer'",
                "locations": [{"line": 2, "column": 33}],
                "path": ["query", "customers", "nodes", "shoeSize"],
                "extensions": {
                    "code": "undefinedField",
                    "typeName": "Customer",
                    "fieldName": "shoeSize",
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ customers(first: 1, size: 4) { nodes { id } } }", "argumentNotAccepted"),
        ("{ customers(first: 1) }", "selectionMismatch"),
        ("{ customers(first: 1) { nodes { id { x } } } }", "selectionMismatch"),
        ("{ customers(first: $n) { nodes { id } } }", "variableNotDefined"),
        ("query($n: Int!) { customers(first: $n) { nodes { id } } }", "INVALID_VARIABLE"),
        (
            "{ customers(first: 200) { nodes { storeCreditAccounts(last: 9) { nodes { id } } } } }",
            "MAX_COST_EXCEEDED",
        ),
        ("{ customers(first: 251) { pageInfo { hasNextPage } } }", "BAD_REQUEST"),
    ],
)
def test_invalid_operations_have_a_code(call: Call, query: str, code: str) -> None:
    (error,) = ask(call, query)["errors"]
    assert error["extensions"]["code"] == code


def test_a_page_size_is_required(call: Call) -> None:
    (error,) = ask(call, "{ customers { nodes { id } } }")["errors"]
    assert error["message"] == "you must provide one of first or last"


@pytest.mark.parametrize(
    "query", ["{ customers(first: 1) { nodes { id } }", "mutation { x }", "{ a ... }", "{ % }", ""]
)
def test_a_syntax_error_says_where(call: Call, query: str) -> None:
    (error,) = ask(call, query)["errors"]
    assert error["message"].startswith("syntax error, unexpected")
    assert set(error["locations"][0]) == {"line", "column"}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"variables": {}}', b'{"query": 1}'])
def test_a_body_without_a_query_is_a_400(call: Call, body: bytes) -> None:
    assert call("POST", PATH, data=body, headers=AUTHORIZED).status_code == 400


@pytest.mark.parametrize("headers", [{}, {"X-Shopify-Access-Token": "shpat_wrong"}])
def test_a_wrong_token_is_a_401(call: Call, headers: dict[str, str]) -> None:
    response = call("POST", PATH, json={"query": LOOKUP}, headers=headers)
    assert response.status_code == 401
    assert response.json()["errors"].startswith("[API] Invalid API key or access token")


def test_an_empty_bucket_throttles_in_a_200_when_switched_on(serve: Serve) -> None:
    now = [100.0]
    with serve(Settings(shopify_points_per_second=30), lambda: now[0]) as call:
        query = "{ customers(first: 200) { nodes { amountSpent { amount } } } }"
        assert "data" in ask(call, query)
        throttled = ask(call, query)
        assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert throttled["extensions"]["cost"]["actualQueryCost"] is None
        now[0] += 20
        assert "data" in ask(call, query)


ORDERS = """
query Orders($id: ID!) {
  customer(id: $id) {
    displayName
    orders(first: 5, sortKey: CREATED_AT, reverse: true) {
      nodes {
        name createdAt subtotalLineItemsQuantity
        currentTotalPriceSet { shopMoney { amount currencyCode } }
      }
    }
  }
}
"""


def test_a_customer_has_orders_the_newest_first(call: Call) -> None:
    answer = ask(call, ORDERS, id="gid://shopify/Customer/7200000000001")

    customer = answer["data"]["customer"]
    days = [order["createdAt"] for order in customer["orders"]["nodes"]]
    assert customer["displayName"] == "Jane Doe"
    assert len(days) == 5
    assert days == sorted(days, reverse=True)
    assert customer["orders"]["nodes"][0]["currentTotalPriceSet"]["shopMoney"] == {
        "amount": "735.38",
        "currencyCode": "DKK",
    }


def test_a_customer_that_is_not_there_is_null(call: Call) -> None:
    assert ask(call, ORDERS, id="gid://shopify/Customer/1")["data"] == {"customer": None}


def test_an_id_that_is_no_customers_is_an_error_in_a_200(call: Call) -> None:
    (error,) = ask(call, ORDERS, id="gid://shopify/Order/1")["errors"]

    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"
