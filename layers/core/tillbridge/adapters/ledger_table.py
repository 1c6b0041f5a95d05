"""The ledger's table: conditional writes rendered for DynamoDB, its refusals read back, and its two
indexes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from tillbridge.adapters.dynamodb import attribute, plain_item
from tillbridge.domain.ledger.due import Due
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.writes import (
    Absent,
    AllOf,
    AtLeast,
    AtMost,
    Condition,
    Equals,
    Item,
    Key,
    Lacks,
    Path,
    Put,
    StoreBusy,
    StoreSilent,
    Update,
    Write,
    WritesRefused,
)
from tillbridge.errors import RecordsUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# What says that nothing was done, and that it may be done in a moment.
_BUSY = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    }
)


class LedgerTable:
    """See `ports.LedgerStore`, `ports.ListSortKeys`, `ports.ReadEntries` and `ports.FindDue`. Its
    client tries once: who decides tries again, knowing what that means."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, key: Key) -> Item | None:
        try:
            answer = self._client.get_item(
                TableName=self._table, Key=_key_attributes(key), ConsistentRead=True
            )
        except ClientError as error:
            failure = _failure(error, ())
            raise StoreBusy if isinstance(failure, StoreSilent) else failure from error
        except BotoCoreError as error:
            raise StoreBusy from error
        return plain_item(answer["Item"]) if "Item" in answer else None

    def transact(self, writes: Sequence[Write]) -> None:
        try:
            self._client.transact_write_items(
                TransactItems=[_rendered(self._table, write) for write in writes]
            )
        except ClientError as error:
            raise _failure(error, writes) from error
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            raise StoreBusy from error
        except BotoCoreError as error:
            raise StoreSilent from error

    def sort_keys(self, pk: str) -> frozenset[str]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=_attributes({":pk": pk}),
            ProjectionExpression="sk",
            ConsistentRead=True,
        )
        try:
            return frozenset(item["sk"]["S"] for page in pages for item in page["Items"])
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error

    def entries(self, pk: str, at_most: int, before: Mapping[str, str] | None) -> Entries:
        start: Any = (
            {} if before is None else {"ExclusiveStartKey": _attributes({**before, "pk": pk})}
        )
        try:
            answer = self._client.query(
                TableName=self._table,
                IndexName="by-time",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=_attributes({":pk": pk}),
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=at_most,
                **start,
            )
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error
        last = answer.get("LastEvaluatedKey")
        following = None if last is None else {name: last[name]["S"] for name in ("sk", "at")}
        items = ({**plain_item(item), "sk": item["sk"]["S"]} for item in answer["Items"])
        return Entries(tuple(items), following)

    def due(self, shard: str, until: str) -> Iterator[Due]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard AND due_at <= :until",
            ExpressionAttributeValues=_attributes({":shard": shard, ":until": until}),
        )
        try:
            for page in pages:
                for item in page["Items"]:
                    key = Key(item["pk"]["S"], item["sk"]["S"])
                    yield Due(key, due_at=item["due_at"]["S"])
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error


def _failure(error: ClientError, writes: Sequence[Write]) -> Exception:
    """What DynamoDB's refusal means; the error itself where it is a fault of ours."""
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        return _cancellation(error, writes)
    if code in _BUSY:
        return StoreBusy()
    # In progress: the same transaction was sent before, by botocore, and is not answered yet.
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return StoreSilent() if status >= 500 or code == "TransactionInProgressException" else error


def _cancellation(error: ClientError, writes: Sequence[Write]) -> Exception:
    reasons = error.response["CancellationReasons"]
    found = {
        write.key: plain_item(reason["Item"]) if "Item" in reason else None
        for write, reason in zip(writes, reasons, strict=True)
        if reason.get("Code") == "ConditionalCheckFailed"
    }
    if found:
        return WritesRefused(found)
    return StoreBusy() if any(reason.get("Code") in _BUSY for reason in reasons) else error


def _rendered(table: str, write: Write) -> Any:
    """One item of TransactWriteItems."""
    names = _Placeholders()
    common: dict[str, Any] = {
        "TableName": table,
        "ConditionExpression": names.condition(write.condition),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    match write:
        case Put(key, item):
            attributes = _key_attributes(key) | _attributes(item)
            return {"Put": {**common, "Item": attributes, **names.used()}}
        case Update(key):
            update = names.update(write)
            parts = {"Key": _key_attributes(key), "UpdateExpression": update}
            return {"Update": {**common, **parts, **names.used()}}


@dataclass(slots=True)
class _Placeholders:
    """Names and values of one item's expressions: DynamoDB takes neither a date as a name nor any
    value in the text."""

    _names: dict[str, str] = field(default_factory=dict)
    _values: dict[str, Any] = field(default_factory=dict)

    def condition(self, condition: Condition) -> str:
        match condition:
            case Absent():
                return "attribute_not_exists(pk)"
            case Lacks(name):
                return f"attribute_not_exists({self._path((name,))})"
            case Equals(name, value):
                return f"{self._path((name,))} = {self._value(value)}"
            case AtLeast(name, number):
                return f"{self._path((name,))} >= {self._value(number)}"
            case AtMost(name, number):
                return f"{self._path((name,))} <= {self._value(number)}"
            case AllOf(conditions):
                return f"({' AND '.join(map(self.condition, conditions))})"
            case _:
                return f"({' OR '.join(map(self.condition, condition.conditions))})"

    def update(self, update: Update) -> str:
        puts = [f"{self._path((n,))} = {self._value(v)}" for n, v in update.put.items()]
        adds = [self._sum(path, number) for path, number in update.add.items()]
        sets = ", ".join([*puts, *adds])
        removes = ", ".join(map(self._path, update.remove))
        return " ".join(
            f"{verb} {clause}" for verb, clause in (("SET", sets), ("REMOVE", removes)) if clause
        )

    def used(self) -> dict[str, Any]:
        names = {placeholder: name for name, placeholder in self._names.items()}
        parts = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": self._values}
        return {name: part for name, part in parts.items() if part}

    def _sum(self, path: Path, number: int) -> str:
        """`ADD` knows no paths into an object."""
        place = self._path(path)
        return f"{place} = if_not_exists({place}, {self._value(0)}) + {self._value(number)}"

    def _path(self, path: Path) -> str:
        return ".".join(self._names.setdefault(name, f"#{len(self._names)}") for name in path)

    def _value(self, value: Any) -> str:
        placeholder = f":{len(self._values)}"
        self._values[placeholder] = attribute(value)
        return placeholder


def _key_attributes(key: Key) -> dict[str, Any]:
    return _attributes({"pk": key.pk, "sk": key.sk})


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: attribute(value) for name, value in item.items()}
