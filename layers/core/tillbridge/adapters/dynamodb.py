"""DynamoDB as the other adapters use it: one lean client, items as plain data, our errors."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.aws import CONFIG, aws_client
from tillbridge.errors import RecordsUnavailable, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEY = ("pk", "sk")


def dynamodb_client(attempts: int = 2) -> "DynamoDBClient":
    """A client that sends a request at most so many times."""
    config = CONFIG.merge(Config(retries={"total_max_attempts": attempts, "mode": "standard"}))
    client: DynamoDBClient = aws_client("dynamodb", config)
    client.meta.events.register("before-parse.dynamodb", _require_whole)
    return client


class _Broken(BotoCoreError):
    fmt = "an answer of DynamoDB's did not arrive whole"


def _require_whole(response_dict: Mapping[str, Any], **_: Any) -> None:
    """Raises `_Broken` for a success that is no JSON object or has another checksum than it says.
    To botocore, with no attempt left, that is an empty answer: an item that is there would be
    taken for one that is not."""
    body, checksum = response_dict["body"], response_dict["headers"].get("x-amz-crc32")
    if response_dict["status_code"] >= 300:
        return
    try:
        is_whole = isinstance(json.loads(body), dict)
    except ValueError:
        is_whole = False
    if not is_whole or (checksum is not None and int(checksum) != crc32(body)):
        raise _Broken


def get_item(client: "DynamoDBClient", table: str, pk: str, sk: str) -> dict[str, Any] | None:
    """One item as plain data without its key, None when there is none. Raises
    `RecordsUnavailable`, and `RecordUnusable` where it holds a binary value."""
    item = get_attributes(client, table, pk, sk)
    return None if item is None else plain_item(item)


def get_attributes(
    client: "DynamoDBClient", table: str, pk: str, sk: str, *, consistent: bool = False
) -> dict[str, Any] | None:
    """One item in DynamoDB's own form. Raises `RecordsUnavailable`."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    try:
        answer = client.get_item(TableName=table, Key=key, ConsistentRead=consistent)
    except (BotoCoreError, ClientError) as error:
        raise RecordsUnavailable from error
    return cast("dict[str, Any] | None", answer.get("Item"))


def items_under(
    client: "DynamoDBClient", table: str, pk: str, prefix: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every item of the partition whose `sk` begins so, in that order, with its `sk`, as plain data
    without its key. Raises as `get_item`."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
    )
    try:
        for page in pages:
            for item in page["Items"]:
                yield item["sk"]["S"], plain_item(item)
    except (BotoCoreError, ClientError) as error:
        raise RecordsUnavailable from error


def plain_item(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An item as plain data, without its key."""
    return {name: plain(value) for name, value in attributes.items() if name not in _KEY}


def _refuse_binary(_value: Any) -> Any:
    raise RecordUnusable("a record holds no binary values")


def plain(attribute: Mapping[str, Any], binary: Callable[[Any], Any] = _refuse_binary) -> Any:
    """An attribute in DynamoDB's form as JSON-like data: integers as int, sets as sorted lists, and
    `binary(value)` for a binary one."""
    ((kind, value),) = attribute.items()
    match kind:
        case "M":
            return {name: plain(member, binary) for name, member in value.items()}
        case "L":
            return [plain(member, binary) for member in value]
        case "N":
            return _number(value)
        case "NS":
            return sorted(map(_number, value))
        case "SS":
            return sorted(value)
        case "NULL":
            return None
        case "B" | "BS":
            return binary(value)
        case _:
            return value


def attribute(value: Any) -> dict[str, Any]:
    """JSON-like data in DynamoDB's form, which knows no floats. Raises `TypeError`."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": {name: attribute(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [attribute(member) for member in value]}
    raise TypeError(f"DynamoDB has no {type(value).__name__}")


def _number(digits: str) -> int | float:
    number = Decimal(digits)
    return int(number) if number == number.to_integral_value() else float(number)
