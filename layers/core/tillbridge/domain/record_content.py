"""A record's content apart from what its item says about itself, and the hash that names it."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

# What an item says about itself and not about the merchant's system.
BOOKKEEPING = frozenset(
    {"pk", "sk", "saved_at", "saved_by", "content_hash", "judged_at", "expected_fields"}
)

# A version holds the content one level deeper, and up to 60 KB of reasons beside it.
MAX_CONTENT_BYTES = 200 * 1024
MAX_DEPTH = 28

Content: TypeAlias = dict[str, Any]


def content_of(item: Mapping[str, Any]) -> Content:
    """What of an item is the record: everything but the bookkeeping."""
    return {name: value for name, value in item.items() if name not in BOOKKEEPING}


def content_hash(content: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of the record's canonical JSON: the same for the same record, however
    its members are ordered and its numbers spelled, whoever saved it and when."""
    return hashlib.sha256(canonical_json(content_of(content)).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """One text for equal data; what is not JSON, such as bytes, stands as a text of it."""
    return json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"), default=repr)


def _canonical(value: Any) -> Any:
    """The value with each number in the one form that a JSON file and a table agree on."""
    if isinstance(value, Mapping):
        return {str(name): _canonical(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def is_too_large(content: Content) -> bool:
    """Whether the content cannot be kept beside what is said of it: DynamoDB takes 400 KB an item,
    32 levels deep."""
    return size_bytes(content) > MAX_CONTENT_BYTES or depth_of(content) > MAX_DEPTH


def size_bytes(content: Content) -> int:
    return len(canonical_json(content))


def depth_of(content: Content) -> int:
    """How many objects and lists stand within each other, the content itself not counted."""
    level: list[Any] = [content]
    depth = -1
    while level := [node for node in level if isinstance(node, Mapping | list)]:
        depth += 1
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, Mapping) else node)
        ]
    return depth
