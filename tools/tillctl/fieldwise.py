"""A mapping's result, field by field beside the expression that made it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pydantic import BaseModel

from tillbridge.domain.customer import Customer, in_currency
from tillbridge.domain.mapping import BadItem, Items, ResponseMapping
from tools.tillctl.asking import Asked

# The names that lead to a field; a name may hold dots.
Path: TypeAlias = tuple[str, ...]

_TYPES = {str: "text", bool: "true/false", int: "number", float: "number", list: "list"}


@dataclass(frozen=True, slots=True)
class FieldResult:
    """`value` is what the till gets, None where it is left out; `found` what the expression gave.
    `error` says why the item is skipped, where this field is the reason."""

    name: str
    expression: str | None
    found: Any = None
    value: Any = None
    error: str | None = None

    @property
    def type(self) -> str:
        """Of what was found, and what became of it where that is another type."""
        found, value = type_of(self.found), type_of(self.value)
        return found if self.value is None or found == value else f"{found} → {value}"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """`error` says why the item is skipped, where no one field is the reason."""

    fields: list[FieldResult]
    is_skipped: bool = False
    error: str | None = None


def type_of(value: Any) -> str:
    return "" if value is None else _TYPES.get(type(value), "object")


def item_results(asked: Asked, items: Items, at_most: int) -> Iterator[ItemResult]:
    """The first items; `items` is what the answer gave."""
    mapping, shape = asked.integration.mapping, asked.integration.shape
    by_field = {path: _alone(asked, path) for path in _leaves(mapping.fields or {})}
    for index, item in enumerate(items.first[:at_most]):
        till = _as_sent(item, shape, asked.inputs.get("currency_code"))
        if by_field:
            results = {path: result.first[index] for path, result in by_field.items()}
        else:
            found = items.mapped[index] if isinstance(items.mapped[index], Mapping) else {}
            paths = dict.fromkeys([*_leaves(till), *_leaves(found)])
            results = {path: _at(found, path) for path in paths}
        fields = [
            _field(".".join(path), mapping, found, item, _at(till, path))
            for path, found in results.items()
        ]
        yield ItemResult(fields, isinstance(item, BadItem), _unplaced_error(item, fields))


def _leaves(fields: Mapping[str, Any], before: Path = ()) -> Iterator[Path]:
    for name, node in fields.items():
        if isinstance(node, Mapping):
            yield from _leaves(node, (*before, name))
        else:
            yield (*before, name)


def _alone(asked: Asked, path: Path) -> Items:
    """The answer mapped by that field alone: one that fails hides no other."""
    mapping = asked.integration.mapping
    node: Any = mapping.fields
    for step in path:
        node = node[step]
    for step in reversed(path):
        node = {step: node}
    alone = replace(asked.integration, mapping=ResponseMapping(mapping.items, node), shape=None)
    if asked.answer is None:
        raise ValueError("nothing was answered")
    items = alone.items(asked.answer, asked.inputs)
    return Items([i if isinstance(i, BadItem) else _at(i, path) for i in items.first], items.total)


def _field(name: str, mapping: ResponseMapping, found: Any, item: Any, value: Any) -> FieldResult:
    expression = mapping.expression_of(name)
    if isinstance(found, BadItem):
        return FieldResult(name, expression, error=found.reason)
    error = item.reason if isinstance(item, BadItem) and item.field == name else None
    return FieldResult(name, expression, found, value, error)


def _unplaced_error(item: Any, fields: list[FieldResult]) -> str | None:
    if not isinstance(item, BadItem) or any(field.error for field in fields):
        return None
    return f"{item.field}: {item.reason}"


def _as_sent(
    item: Any, shape: type[BaseModel] | None, currency_code: str | None
) -> Mapping[str, Any]:
    """The item as the till gets it; nothing of one that is skipped."""
    is_customer = shape is not None and issubclass(shape, Customer)
    if is_customer and not isinstance(item, BadItem):
        (item,) = in_currency([item], currency_code)
    if isinstance(item, BaseModel):
        return dict(json.loads(item.model_dump_json(exclude_none=True)))
    return item if isinstance(item, Mapping) else {}


def _at(item: Any, path: Path) -> Any:
    for step in path:
        item = item.get(step) if isinstance(item, Mapping) else None
    return item
