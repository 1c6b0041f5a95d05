"""What DynamoDB charges, computed from the items as its documentation says: no emulator's figures
are its."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tests.support.memory_ledger import MemoryLedger, written_item
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.writes import Item, Key, Write

_READ_UNIT_BYTES = 4_096
_WRITE_UNIT_BYTES = 1_024
# A transaction writes each item twice: to prepare and to commit.
_TRANSACTIONAL = 2


@dataclass
class Meter:
    """What goes through it to the ledger. `index_units` are the writes to `by-time`, which holds
    whatever says `at`, and to `due`, which holds keys alone."""

    ledger: MemoryLedger
    reads: int = 0
    queries: int = 0
    transactions: int = 0
    items: int = 0
    read_units: int = 0
    write_units: int = 0
    index_units: int = 0

    def get(self, key: Key) -> Item | None:
        item = MemoryLedger.get(self.ledger, key)
        self.reads += 1
        self.read_units += _read_units([item_bytes(key, item)] if item else [])
        return item

    def sort_keys(self, pk: str) -> frozenset[str]:
        found = MemoryLedger.sort_keys(self.ledger, pk)
        keys = [Key(pk, sk) for sk in found]
        self.queries += 1
        # Of what is read, however little is asked for.
        self.read_units += _read_units([item_bytes(key, self.ledger.items[key]) for key in keys])
        return found

    def entries(self, pk: str, at_most: int, before: Mapping[str, str] | None) -> Entries:
        page = MemoryLedger.entries(self.ledger, pk, at_most, before)
        self.queries += 1
        self.read_units += _read_units([item_bytes(Key(pk, ""), one) for one in page.entries])
        return page

    def transact(self, writes: Sequence[Write]) -> None:
        before = {write.key: self.ledger.items.get(write.key) for write in writes}
        MemoryLedger.transact(self.ledger, writes)
        self.transactions += 1
        for write in writes:
            old = before[write.key]
            new = written_item(write, old)
            larger = max(item_bytes(write.key, item) for item in (old, new) if item is not None)
            self.items += 1
            self.write_units += _TRANSACTIONAL * _write_units(larger)
            if "at" in new:
                self.index_units += _write_units(larger)
            if (old or {}).get("due_at") != new.get("due_at"):
                self.index_units += 1

    def measured(self) -> dict[str, int]:
        return {one.name: getattr(self, one.name) for one in fields(self)[1:]}


def item_bytes(key: Key, item: Mapping[str, Any]) -> int:
    """An item's size: names and texts in UTF-8, a number a byte per two digits and one."""
    named = {"pk": key.pk, "sk": key.sk, **item}
    return sum(len(name.encode()) + _value_bytes(value) for name, value in named.items())


def _value_bytes(value: Any) -> int:
    match value:
        case bool() | None:
            return 1
        case int():
            return (len(str(abs(value))) + 1) // 2 + 1
        case str():
            return len(value.encode())
        case Mapping():
            return 3 + sum(len(n.encode()) + _value_bytes(v) + 1 for n, v in value.items())
        case _:
            return 3 + sum(_value_bytes(member) + 1 for member in value)


def _read_units(sizes: Sequence[int]) -> int:
    return max(1, math.ceil(sum(sizes) / _READ_UNIT_BYTES))


def _write_units(size: int) -> int:
    return math.ceil(size / _WRITE_UNIT_BYTES)
