"""Items as plain data."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import TABLE, a_client_of_nobody, a_tenants_table, failing, put
from tillbridge.adapters.dynamodb import dynamodb_client, get_item
from tillbridge.errors import RecordsUnavailable, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


SAME: list[Any] = ["", "é例", True, False, None, 0, -5, 10**15, [], {}, [None]]


@pytest.fixture(scope="module")
def dynamodb() -> Iterator["DynamoDBClient"]:
    with a_tenants_table() as client:
        yield client


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        *((same, same) for same in SAME),
        (Decimal("12.50"), 12.5),
        (Decimal("-0.1"), -0.1),
        (Decimal("3.00"), 3),
        (Decimal("1E+3"), 1_000),
        (10**37, 10**37),
        ({"b", "a"}, ["a", "b"]),
        ({10, 9, Decimal("1.5")}, [1.5, 9, 10]),
        (
            {"deep": [{"n": 1, "s": {"x"}}, [False, None]]},
            {"deep": [{"n": 1, "s": ["x"]}, [False, None]]},
        ),
    ],
)
def test_an_item_is_plain_data(dynamodb: "DynamoDBClient", stored: Any, value: Any) -> None:
    put(dynamodb, "a", "b", content=stored)

    item = get_item(dynamodb, TABLE, "a", "b")

    assert item == {"content": value}
    assert type(item["content"]) is type(value)


@pytest.mark.parametrize("binary", [b"x", {b"x", b"y"}, [b"x"]])
def test_a_binary_value_is_refused(dynamodb: "DynamoDBClient", binary: Any) -> None:
    put(dynamodb, "a", "binary", content=binary)

    with pytest.raises(RecordUnusable, match="binary"):
        get_item(dynamodb, TABLE, "a", "binary")


@pytest.mark.parametrize(("pk", "sk"), [("a", "none"), ("none", "b"), ("b", "a")])
def test_an_item_that_is_not_there_is_none(dynamodb: "DynamoDBClient", pk: str, sk: str) -> None:
    put(dynamodb, "a", "b")

    assert get_item(dynamodb, TABLE, pk, sk) is None


@pytest.mark.parametrize(
    "code",
    ["InternalServerError", "ThrottlingException", "AccessDeniedException", "RequestLimitExceeded"],
)
def test_a_table_that_refuses_is_unavailable(dynamodb: "DynamoDBClient", code: str) -> None:
    with failing(dynamodb, "get_item", code), pytest.raises(RecordsUnavailable):
        get_item(dynamodb, TABLE, "a", "b")


def test_a_table_that_is_not_there_is_unavailable(dynamodb: "DynamoDBClient") -> None:
    with pytest.raises(RecordsUnavailable):
        get_item(dynamodb, "no-such-table", "a", "b")


def test_a_table_that_nobody_serves_is_unavailable() -> None:
    with pytest.raises(RecordsUnavailable):
        get_item(a_client_of_nobody("dynamodb"), TABLE, "a", "b")


def test_the_client_loses_patience_before_a_lookup_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    config: Any = dynamodb_client().meta.config

    assert (config.connect_timeout + config.read_timeout) * 2 < 3
    assert config.retries["total_max_attempts"] == 2
