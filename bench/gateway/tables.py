"""As much of DynamoDB as the jobs ask for: items by their key, and a partition's in order. What it
does not honour it refuses, so that no request is answered by chance."""

from collections import defaultdict
from functools import cache
from typing import Any

Attributes = dict[str, Any]
_SORTED_BY = {None: "sk", "by-time": "at"}
_GET = frozenset({"TableName", "Key", "ConsistentRead"})
_QUERY = frozenset(
    {
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "ExpressionAttributeValues",
        "ScanIndexForward",
        "ConsistentRead",
        "Limit",
    }
)
_CONDITIONS = frozenset({"pk = :pk", "pk = :pk AND begins_with(sk, :prefix)"})


class Tables:
    """Filled once, then read."""

    def __init__(self) -> None:
        self._partitions: dict[tuple[str, str], dict[str, Attributes]] = defaultdict(dict)
        self._in_order = cache(self._sorted)

    def put(self, table: str, pk: str, sk: str, content: Attributes) -> None:
        """`content` is in DynamoDB's form; items may share it."""
        self._partitions[table, pk][sk] = {"pk": {"S": pk}, "sk": {"S": sk}, **content}

    def get(self, asked: Any) -> Any:
        """The answer to GetItem."""
        _require_no_other(asked, _GET)
        key = asked["Key"]
        partition = self._partitions.get((asked["TableName"], key["pk"]["S"]), {})
        item = partition.get(key["sk"]["S"])
        return {} if item is None else {"Item": item}

    def query(self, asked: Any) -> Any:
        """The answer to Query: the first page."""
        _require_no_other(asked, _QUERY)
        if asked["KeyConditionExpression"] not in _CONDITIONS:
            raise ValueError(asked["KeyConditionExpression"])
        values = asked["ExpressionAttributeValues"]
        prefix = values.get(":prefix", {"S": ""})["S"]
        index = asked.get("IndexName")
        items = self._in_order(asked["TableName"], values[":pk"]["S"], index)
        found = [item for item in items if item["sk"]["S"].startswith(prefix)]
        if not asked.get("ScanIndexForward", True):
            found.reverse()
        page = found[: asked.get("Limit")]
        if len(page) == len(found):
            return {"Items": page}
        last = {name: page[-1][name] for name in {"pk", "sk", _SORTED_BY[index]}}
        return {"Items": page, "LastEvaluatedKey": last}

    def _sorted(self, table: str, pk: str, index: str | None) -> list[Attributes]:
        name = _SORTED_BY[index]
        items = self._partitions.get((table, pk), {}).values()
        return sorted((i for i in items if name in i), key=lambda item: str(item[name]["S"]))


def _require_no_other(asked: Any, honoured: frozenset[str]) -> None:
    if others := asked.keys() - honoured:
        raise ValueError(f"not honoured: {', '.join(sorted(others))}")


def attribute(value: Any) -> Attributes:
    """JSON-like data as DynamoDB has it."""
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case int() | float():
            return {"N": str(value)}
        case dict():
            return {"M": attributes(value)}
        case list():
            return {"L": [attribute(member) for member in value]}
        case _:
            return {"S": value}


def attributes(content: dict[str, Any]) -> Attributes:
    return {name: attribute(member) for name, member in content.items()}
