"""Fields that are all paths from member to member (`address.city`), which most records are made of:
they are looked up one by one in all items, what is on the way once, and no expression is called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tillbridge.domain.expression import Expression


class _ArrayOnTheWay(Exception):
    """A path maps over it."""


@dataclass(frozen=True, slots=True)
class MemberFields:
    # The objects that have the fields' members, the item itself aside: each by its name in one
    # before it, the item being number 0.
    owners: Sequence[tuple[int, str]]
    # Each field with its owner's number and its name there; or with 0 and a tree of its own.
    fields: Sequence[tuple[str, int, Any]]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "MemberFields | None":
        """None when one of a tree's expressions is something else."""
        paths = [expression.members for expression in _expressions(fields)]
        if None in paths:
            return None
        ways = {path[:length] for path in paths if path for length in range(len(path))}
        numbers = {way: number for number, way in enumerate(sorted(ways, key=len))}
        owners = [(numbers[way[:-1]], way[-1]) for way in numbers if way]
        return cls(owners, list(_numbered(fields, numbers)))

    def mapped(self, items: list[Any]) -> "Table | None":
        """The items in these fields, without those that an item has not got. None when one of them
        is an array or has one on a way: a path maps over it, which is the expressions' to do."""
        try:
            owners = [_objects(items)]
            for number, name in self.owners:
                owners.append(_objects([owner.get(name) for owner in owners[number]]))
        except _ArrayOnTheWay:
            return None
        columns: dict[str, list[Any]] = {}
        return Table(_rows(self.fields, owners, columns), columns)


class Table(NamedTuple):
    """Items as rows, and for each field, by its dotted name, what it is in each of them, None for
    nothing."""

    rows: list[Any]
    columns: Mapping[str, Sequence[Any]]


def _expressions(fields: Mapping[str, Any]) -> Iterator[Expression]:
    for node in fields.values():
        if isinstance(node, Expression):
            yield node
        else:
            yield from _expressions(node)


def _numbered(
    fields: Mapping[str, Any], numbers: Mapping[tuple[str, ...], int]
) -> Iterator[tuple[str, int, Any]]:
    for field, node in fields.items():
        if isinstance(node, Expression):
            *way, name = node.members or ()
            yield field, numbers[tuple(way)], name
        else:
            yield field, 0, list(_numbered(node, numbers))


def _objects(values: list[Any]) -> list[dict[str, Any]]:
    """What is no object has no members. Raises `_ArrayOnTheWay`."""
    types = {type(value) for value in values}
    if list in types:
        raise _ArrayOnTheWay
    return values if types == {dict} else [v if type(v) is dict else {} for v in values]


def _rows(
    fields: Sequence[tuple[str, int, Any]],
    owners: Sequence[list[dict[str, Any]]],
    columns: dict[str, list[Any]],
    prefix: str = "",
) -> list[Any]:
    rows: list[Any] = [{} for _ in owners[0]]
    for field, number, name in fields:
        if type(name) is list:
            column = _rows(name, owners, columns, f"{prefix}{field}.")
        else:
            column = columns[prefix + field] = [owner.get(name) for owner in owners[number]]
        for row, value in zip(rows, column, strict=True):
            if value is not None:
                row[field] = value
    return rows
