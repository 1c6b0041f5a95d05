"""What a record's answers usually hold, field by field, so that it is seen when they change: names
and JSON types, never a value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

_JSON_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}
_MAX_FIELDS = 64
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class ExpectedField:
    """The JSON types that a field has had, in how many items it was, and whether none was without
    it."""

    types: frozenset[str]
    count: int
    always: bool


# By the field's dotted name, such as `balance.balance`.
ExpectedFields: TypeAlias = Mapping[str, ExpectedField]


def leaf_names(fields: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of what a tree of fields ends in."""
    for name, node in fields.items():
        if isinstance(node, Mapping):
            yield from leaf_names(node, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def presence_of(values: Sequence[Any], known: frozenset[str]) -> tuple[int, frozenset[str]]:
    """In how many items a field stands, and with which JSON types, by what it is in each of them.
    Null is absent, and so is `false`, some systems' empty text, but where `known` types say that
    the field is a boolean."""
    types = {type(value) for value in values}
    # A till waits: what is rare is looked at only where it is.
    if type(None) in types:
        values = [value for value in values if value is not None]
        types.discard(type(None))
    if bool in types and "boolean" not in known and not any(value is True for value in values):
        values = [value for value in values if value is not False]
        types.discard(bool)
    return len(values), _json_types(frozenset(types))


@cache
def _json_types(types: frozenset[type]) -> frozenset[str]:
    return frozenset(_JSON_TYPES.get(one, "other") for one in types)


def expected_in(items: Sequence[Any]) -> dict[str, ExpectedField]:
    """What the items of a record's examples say of its answers."""
    objects = [item for item in items if isinstance(item, dict)]
    names = {name for item in objects for name in leaf_names(item) if _is_storable(name)}
    found = {
        name: presence_of(values_at(objects, name.split(".")), frozenset())
        for name in sorted(names)[:_MAX_FIELDS]
    }
    return {
        name: ExpectedField(types, count, count == len(objects))
        for name, (count, types) in found.items()
        if count
    }


def _is_storable(name: str) -> bool:
    """Whether a table takes it for the name of a member: an example's items may hold any."""
    return 0 < len(name) <= _MAX_NAME and name.isprintable()


def as_stored(expected: ExpectedFields) -> dict[str, Any]:
    return {
        name: {"types": sorted(field.types), "count": field.count, "always": field.always}
        for name, field in expected.items()
    }


def read_stored(stored: Any) -> dict[str, ExpectedField]:
    """The other way round; nothing is expected where a live record says nothing that can be
    read."""
    try:
        return {
            str(name): ExpectedField(
                frozenset(field["types"]), int(field["count"]), bool(field["always"])
            )
            for name, field in stored.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def values_at(items: Sequence[dict[str, Any]], path: Sequence[str]) -> list[Any]:
    """What stands at the path in each item that has an object to hold it; None for nothing."""
    for step in path[:-1]:
        items = [one for item in items if type(one := item.get(step)) is dict]
    name = path[-1]
    return [item.get(name) for item in items]
