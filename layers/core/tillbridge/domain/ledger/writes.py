"""Conditional writes as data: what one transaction changes, and what must be true for it.

The shapes of DynamoDB's TransactWriteItems that a ledger needs, and no more: the adapter
`ledger_table` renders them, the tests' store in memory evaluates them, and a differential test
holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# JSON-like: text, whole numbers, booleans, lists and objects of those; never a float.
Item = Mapping[str, Any]
# The names that lead to an attribute, through objects: ("lots", "2027-01-31").
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """An item's partition and sort key."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such item."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """The attribute is not there, or there is no such item at all."""

    name: str


@dataclass(frozen=True, slots=True)
class Equals:
    """The attribute is there and has this value, of this type."""

    name: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The attribute is a number, and not less than this one."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class AtMost:
    """The attribute is a number, and not more than this one."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple["Condition", ...]


Condition = Absent | Lacks | Equals | AtLeast | AtMost | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole item, whatever was there before, when the condition holds for that."""

    key: Key
    item: Item
    condition: Condition


@dataclass(frozen=True, slots=True)
class Update:
    """Change an item where it is. `put` replaces attributes, `add` counts up the number at a path
    (from 0 where there is none yet), `remove` takes paths away. No path may lie within another.
    Where the condition holds without an item, one is made."""

    key: Key
    condition: Condition
    put: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[Path, int] = field(default_factory=dict)
    remove: tuple[Path, ...] = ()


Write = Put | Update


class WritesRefused(Exception):
    """Nothing was written, since conditions did not hold: `found` has each item whose condition
    failed as it is, None where there is none."""

    def __init__(self, found: Mapping[Key, Item | None]) -> None:
        super().__init__(", ".join(f"{key.pk} {key.sk}" for key in found))
        self.found = dict(found)


class StoreBusy(Exception):
    """Nothing was written or read: contention, throttling, or a read that was not answered."""


class StoreSilent(Exception):
    """A transaction was sent and not answered: it may or may not have been applied, or be yet."""
