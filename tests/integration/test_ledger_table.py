"""What the ledger makes of DynamoDB's refusals and silences. That it writes what it should is seen
on the emulator (test_ledger_store_semantics)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.support.aws import a_client_of_nobody
from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.domain.ledger.writes import (
    Absent,
    Equals,
    Key,
    Put,
    StoreBusy,
    StoreSilent,
    Update,
    WritesRefused,
)
from tillbridge.errors import RecordsUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ONE, OTHER = Key("T#acme#A#1", "ACCT"), Key("T#acme#R#1", "R")
WRITES = (Put(ONE, {"n": 1}, Absent()), Update(OTHER, Equals("n", 1), put={"n": 2}))


@pytest.fixture
def client() -> "DynamoDBClient":
    return boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="t", aws_secret_access_key="t"
    )


@pytest.fixture
def stub(client: "DynamoDBClient") -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub


def cancelled(stub: Stubber, *reasons: dict[str, Any]) -> None:
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        http_status_code=400,
        modeled_fields={"CancellationReasons": list(reasons)},
    )


def test_a_refusal_shows_every_item_that_failed_as_it_is(
    client: "DynamoDBClient", stub: Stubber
) -> None:
    item = {"pk": {"S": OTHER.pk}, "sk": {"S": "R"}, "n": {"N": "7"}}
    failed = {"Code": "ConditionalCheckFailed"}
    cancelled(stub, failed, {**failed, "Item": item})

    with pytest.raises(WritesRefused) as refused:
        LedgerTable(client, "ledger").transact(WRITES)

    assert refused.value.found == {ONE: None, OTHER: {"n": 7}}


def test_an_item_that_did_not_fail_is_not_shown(client: "DynamoDBClient", stub: Stubber) -> None:
    cancelled(stub, {"Code": "ConditionalCheckFailed"}, {"Code": "None"})

    with pytest.raises(WritesRefused) as refused:
        LedgerTable(client, "ledger").transact(WRITES)

    assert refused.value.found == {ONE: None}


@pytest.mark.parametrize(
    "code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_contention_is_no_refusal(client: "DynamoDBClient", stub: Stubber, code: str) -> None:
    cancelled(stub, {"Code": code}, {"Code": "None"})

    with pytest.raises(StoreBusy):
        LedgerTable(client, "ledger").transact(WRITES)


def test_what_is_wrong_with_our_own_request_is_not_hidden(
    client: "DynamoDBClient", stub: Stubber
) -> None:
    cancelled(stub, {"Code": "ValidationError"}, {"Code": "None"})

    with pytest.raises(client.exceptions.TransactionCanceledException):
        LedgerTable(client, "ledger").transact(WRITES)


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("ThrottlingException", 400, StoreBusy),
        ("RequestLimitExceeded", 400, StoreBusy),
        ("TransactionInProgressException", 400, StoreSilent),
        ("InternalServerError", 500, StoreSilent),
        ("ServiceUnavailable", 503, StoreSilent),
    ],
)
def test_an_error_says_whether_anything_can_have_been_written(
    client: "DynamoDBClient", stub: Stubber, code: str, status: int, meaning: type[Exception]
) -> None:
    stub.add_client_error("transact_write_items", code, http_status_code=status)

    with pytest.raises(meaning):
        LedgerTable(client, "ledger").transact(WRITES)


def test_a_read_that_fails_has_read_nothing(client: "DynamoDBClient", stub: Stubber) -> None:
    stub.add_client_error("get_item", "InternalServerError", http_status_code=500)

    with pytest.raises(StoreBusy):
        LedgerTable(client, "ledger").get(ONE)


def test_nobody_who_listens_has_written_nothing() -> None:
    table = LedgerTable(a_client_of_nobody("dynamodb"), "ledger")

    with pytest.raises(StoreBusy):
        table.transact(WRITES)
    with pytest.raises(StoreBusy):
        table.get(ONE)
    with pytest.raises(RecordsUnavailable):
        table.sort_keys(ONE.pk)
    with pytest.raises(RecordsUnavailable):
        table.entries(ONE.pk, 10, None)
    with pytest.raises(RecordsUnavailable):
        list(table.due("DUE#0", "9999"))
