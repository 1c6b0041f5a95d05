"""DynamoDB as the other adapters use it: one lean client, items as plain data, our errors."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.aws import CONFIG
from tillbridge.errors import RecordsUnavailable, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def dynamodb_client() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=CONFIG)


def get_item(client: "DynamoDBClient", table: str, pk: str, sk: str) -> dict[str, Any] | None:
    """One item as plain data, None when there is none. Raises `RecordsUnavailable`."""
    try:
        answer = client.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    except (BotoCoreError, ClientError) as error:
        raise RecordsUnavailable from error
    item = answer.get("Item")
    return None if item is None else {name: _plain(value) for name, value in item.items()}


def _plain(attribute: Mapping[str, Any]) -> Any:
    """An attribute in DynamoDB's form as JSON-like data: integers as int, sets as sorted lists."""
    ((kind, value),) = attribute.items()
    match kind:
        case "M":
            return {name: _plain(member) for name, member in value.items()}
        case "L":
            return [_plain(member) for member in value]
        case "N":
            return _number(value)
        case "NS":
            return sorted(map(_number, value))
        case "SS":
            return sorted(value)
        case "NULL":
            return None
        case "B" | "BS":
            raise RecordUnusable("a record holds no binary values")
        case _:
            return value


def _number(digits: str) -> int | float:
    number = Decimal(digits)
    return int(number) if number == number.to_integral_value() else float(number)
