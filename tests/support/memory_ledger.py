"""The ledger's table in memory, with DynamoDB's conditional semantics for the shapes of
`domain/ledger/writes.py`: tests/integration/test_ledger_store_semantics.py holds the two together.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

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
    Update,
    Write,
    WritesRefused,
)

_MAX_WRITES = 100


class InvalidWrites(Exception):
    """DynamoDB's ValidationException: a fault of ours, which no state of the table excuses."""


class MemoryLedger:
    """See `ports.LedgerStore`, `ports.ListSortKeys`, `ports.ReadEntries` and `ports.FindDue`. A
    stored item is never changed in place, so what was read stays as it was."""

    def __init__(self) -> None:
        self.items: dict[Key, dict[str, Any]] = {}
        self._due: dict[Key, tuple[str, str]] = {}

    def get(self, key: Key) -> Item | None:
        return self.items.get(key)

    def transact(self, writes: Sequence[Write]) -> None:
        """Raises `WritesRefused`, `InvalidWrites`."""
        _require_valid(writes)
        refused = {
            write.key: self.items.get(write.key)
            for write in writes
            if not holds(write.condition, self.items.get(write.key))
        }
        if refused:
            raise WritesRefused(refused)
        written = {write.key: written_item(write, self.items.get(write.key)) for write in writes}
        self.items |= written
        for key, item in written.items():
            self._index(key, item)

    def sort_keys(self, pk: str) -> frozenset[str]:
        return frozenset(key.sk for key in self.items if key.pk == pk)

    def entries(self, pk: str, at_most: int, before: Mapping[str, str] | None) -> Entries:
        """What `by-time` holds of a partition: the items that say `at`, the newest first."""
        found = sorted(
            ((item["at"], key.sk) for key, item in self.items.items() if _has_time(key, item, pk)),
            reverse=True,
        )
        if before is not None:
            found = [place for place in found if place < (before["at"], before["sk"])]
        page = found[:at_most]
        following = None
        if page and len(found) >= at_most:
            # As DynamoDB: a full page ends somewhere, whether anything follows or not.
            following = {"at": page[-1][0], "sk": page[-1][1]}
        items = ({**self.items[Key(pk, sk)], "sk": sk} for _, sk in page)
        return Entries(tuple(items), following)

    def due(self, shard: str, until: str) -> Iterator[Due]:
        """What the index `due` holds of a shard, the oldest first."""
        found = sorted((due_at, key) for key, (of, due_at) in self._due.items() if of == shard)
        return iter([Due(key, due_at) for due_at, key in found if due_at <= until])

    def _index(self, key: Key, item: Mapping[str, Any]) -> None:
        if "due_shard" in item and "due_at" in item:
            self._due[key] = (item["due_shard"], item["due_at"])
        else:
            self._due.pop(key, None)


def holds(condition: Condition, item: Item | None) -> bool:
    """Whether a condition is true of an item as it is, None where there is none."""
    match condition:
        case Absent():
            return item is None
        case Lacks(name):
            return item is None or name not in item
        case Equals(name, value):
            return item is not None and name in item and _same(item[name], value)
        case AtLeast(name, number):
            return item is not None and _is_number(item.get(name)) and item[name] >= number
        case AtMost(name, number):
            return item is not None and _is_number(item.get(name)) and item[name] <= number
        case AllOf(conditions):
            return all(holds(each, item) for each in conditions)
        case _:
            return any(holds(each, item) for each in condition.conditions)


def written_item(write: Write, item: Item | None) -> dict[str, Any]:
    """The item after the write. An update makes one where there is none. Raises
    `InvalidWrites`."""
    if isinstance(write, Put):
        return dict(write.item)
    after = {**(item or {}), **write.put}
    for path, number in write.add.items():
        parent = _parent(after, path, write)
        before = parent.get(path[-1], 0)
        if not _is_number(before):
            raise InvalidWrites(f"{path} of {write.key} is no number")
        parent[path[-1]] = before + number
    for path in write.remove:
        if item is not None:
            _parent(after, path, write).pop(path[-1], None)
    return after


def _parent(item: dict[str, Any], path: Path, write: Write) -> dict[str, Any]:
    """The object that holds the end of a path, in place of the stored one, so that it can be
    changed. DynamoDB makes no object on the way."""
    parent = item
    for name in path[:-1]:
        if not isinstance(parent.get(name), dict):
            raise InvalidWrites(f"{path} of {write.key} leads through what is no object")
        parent[name] = dict(parent[name])
        parent = parent[name]
    return parent


def _require_valid(writes: Sequence[Write]) -> None:
    """What DynamoDB refuses before it looks at any item."""
    if not 1 <= len(writes) <= _MAX_WRITES:
        raise InvalidWrites(f"{len(writes)} writes; 1 to {_MAX_WRITES} are allowed")
    if len({write.key for write in writes}) < len(writes):
        raise InvalidWrites("two writes to one item")
    for write in writes:
        if isinstance(write, Update):
            _require_apart(write)


def _require_apart(update: Update) -> None:
    paths = [*((name,) for name in update.put), *update.add, *update.remove]
    if not paths:
        raise InvalidWrites(f"nothing to change in {update.key}")
    for one, other in combinations(paths, 2):
        shorter = min(len(one), len(other))
        if one[:shorter] == other[:shorter]:
            raise InvalidWrites(f"{one} and {other} of {update.key} overlap")


def _has_time(key: Key, item: Mapping[str, Any], pk: str) -> bool:
    return key.pk == pk and "at" in item


def _same(one: Any, other: Any) -> bool:
    """Equal and of one type: to Python, True is 1."""
    return type(one) is type(other) and bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
