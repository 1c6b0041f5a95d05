"""The tables: what can never be changed or brought back later is right from the first deploy."""

from typing import Any

import pytest

from tests.support.template import all_of, properties_of, template

TABLES = all_of("AWS::DynamoDB::Table")
each_table = pytest.mark.parametrize("table", TABLES)


def keys(described: dict[str, Any]) -> dict[str, str]:
    """The attributes of a table's or an index's key by their roles."""
    return {key["KeyType"]: key["AttributeName"] for key in described["KeySchema"]}


def indexes(kind: str) -> dict[str, dict[str, Any]]:
    return {index["IndexName"]: index for index in properties_of("LedgerTable").get(kind, [])}


def test_the_tables_are_tenants_and_ledger() -> None:
    assert TABLES.keys() == {"TenantsTable", "LedgerTable"}


@each_table
def test_a_table_outlives_its_stack(table: str) -> None:
    resource = template()["Resources"][table]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    # A fixed name would make a replacement, and a second stack, impossible.
    assert "TableName" not in resource["Properties"]


@each_table
def test_a_table_can_be_brought_back_and_is_encrypted(table: str) -> None:
    recovery = TABLES[table]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert TABLES[table]["SSESpecification"] == {"SSEEnabled": True}


@each_table
def test_a_table_takes_whatever_load_comes(table: str) -> None:
    assert TABLES[table]["BillingMode"] == "PAY_PER_REQUEST"


@each_table
def test_a_table_cleans_up_by_one_attribute(table: str) -> None:
    cleaning = TABLES[table]["TimeToLiveSpecification"]
    assert cleaning == {"AttributeName": "delete_after_s", "Enabled": True}


@each_table
def test_a_tables_key_is_pk_and_sk_in_text(table: str) -> None:
    assert keys(TABLES[table]) == {"HASH": "pk", "RANGE": "sk"}
    kinds = {one["AttributeType"] for one in TABLES[table]["AttributeDefinitions"]}
    assert kinds == {"S"}


def test_every_write_of_a_tenants_record_can_be_checked() -> None:
    stream = properties_of("TenantsTable")["StreamSpecification"]
    assert stream["StreamViewType"] in {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}


def test_the_ledger_has_its_local_index_by_time_from_the_first_deploy() -> None:
    local = indexes("LocalSecondaryIndexes")
    assert {name: keys(index) for name, index in local.items()} == {
        "by-time": {"HASH": "pk", "RANGE": "at"}
    }


def test_the_ledgers_due_index_holds_keys_alone() -> None:
    """What is due is read again from its item: the index is behind, and names no one."""
    due = indexes("GlobalSecondaryIndexes")["due"]
    assert keys(due) == {"HASH": "due_shard", "RANGE": "due_at"}
    assert due["Projection"] == {"ProjectionType": "KEYS_ONLY"}
