"""Fields that are all paths from member to member (`address.city`), which most records are made of:
what is on the way is looked up once for all of them, and no expression is called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.expression import Expression


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

    def mapped(self, item: Any) -> dict[str, Any] | None:
        """The item in these fields, without those that it has not got. None when it is no
        object or has an array on a way: a path maps over it, which is the expressions' to do."""
        if type(item) is not dict:
            return None
        found = [item]
        for number, name in self.owners:
            owner = found[number].get(name)
            if type(owner) is list:
                return None
            # What is no object has no members.
            found.append(owner if type(owner) is dict else {})
        return _row(self.fields, found)


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


def _row(
    fields: Sequence[tuple[str, int, Any]], owners: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field, number, name in fields:
        value = _row(name, owners) if type(name) is list else owners[number].get(name)
        if value is not None:
            row[field] = value
    return row
