"""The table that the benchmark grows is DynamoDB's in what the app asks of it."""

from typing import Any

import pytest

from bench.gateway.tables import Tables, attributes

QUERY = {
    "TableName": "ledger",
    "KeyConditionExpression": "pk = :pk",
    "ExpressionAttributeValues": {":pk": {"S": "one"}},
}


@pytest.fixture
def tables() -> Tables:
    tables = Tables()
    for sk, at in (("E#b", "2026-01-02"), ("E#a", "2026-01-03"), ("E#c", "2026-01-01")):
        tables.put("ledger", "one", sk, attributes({"at": at}))
    tables.put("ledger", "one", "ACCT", attributes({"avail": 3, "lots": {"2099-01-31": 3}}))
    tables.put("ledger", "another", "E#a", attributes({"at": "2026-01-04"}))
    return tables


def sort_keys(answer: Any) -> list[str]:
    return [item["sk"]["S"] for item in answer["Items"]]


def test_an_item_is_found_by_its_whole_key(tables: Tables) -> None:
    key = {"pk": {"S": "one"}, "sk": {"S": "ACCT"}}
    found = tables.get({"TableName": "ledger", "Key": key, "ConsistentRead": True})
    assert found["Item"]["lots"] == {"M": {"2099-01-31": {"N": "3"}}}
    assert tables.get({"TableName": "tenants", "Key": key}) == {}
    assert tables.get({"TableName": "ledger", "Key": key | {"sk": {"S": "E#x"}}}) == {}


def test_a_query_gives_one_partition_in_order(tables: Tables) -> None:
    assert sort_keys(tables.query(QUERY)) == ["ACCT", "E#a", "E#b", "E#c"]


def test_a_query_by_prefix_gives_what_begins_so(tables: Tables) -> None:
    condition = {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": "one"}, ":prefix": {"S": "E#"}},
    }
    assert sort_keys(tables.query(QUERY | condition)) == ["E#a", "E#b", "E#c"]


def test_the_index_has_what_has_its_key_and_a_page_says_where_it_ends(tables: Tables) -> None:
    newest = QUERY | {"IndexName": "by-time", "ScanIndexForward": False}
    assert sort_keys(tables.query(newest)) == ["E#a", "E#b", "E#c"]
    page = tables.query(newest | {"Limit": 2})
    assert sort_keys(page) == ["E#a", "E#b"]
    assert page["LastEvaluatedKey"] == {
        "pk": {"S": "one"},
        "sk": {"S": "E#b"},
        "at": {"S": "2026-01-02"},
    }
    assert "LastEvaluatedKey" not in tables.query(newest | {"Limit": 3})


@pytest.mark.parametrize(
    "asked", [{"FilterExpression": "x = :x"}, {"KeyConditionExpression": "pk = :pk AND sk > :sk"}]
)
def test_what_it_does_not_honour_it_refuses(tables: Tables, asked: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"sk > :sk|FilterExpression"):
        tables.query(QUERY | asked)
