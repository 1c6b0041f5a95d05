"""From what a system answered to a list of items in our shape, by expressions that are data."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tillbridge.domain.expression import Expression, ExpressionFailed
from tillbridge.domain.faults import Gathering, compiled_expression
from tillbridge.domain.integration_record import ResponseSpec
from tillbridge.domain.members import MemberFields
from tillbridge.errors import AnswerUnmappable, UpstreamTooLarge

MAX_ITEMS = 10_000
_NAME = r"(?:[A-Za-z_]\w*|`[^`]+`)"
# The names that an expression begins with, when an index or a filter follows, or nothing.
_LEADING_NAMES = re.compile(rf"\s*(?:\${{1,2}}\.)?({_NAME}(?:\.{_NAME})*)\s*(?:\[|$)")


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that gives no usable result: which one, and what in the record made it so. It holds
    nothing of the item itself."""

    index: int
    field: str
    expression: str | None
    reason: str


class Items(NamedTuple):
    """An answer's items in its order: the first of them, and how many there were in all. `mapped`
    are the first as the mapping made them, before they were judged, `columns` the same by field
    (see `members.Table`) where all fields were mapped together."""

    first: list[Any | BadItem]
    total: int
    mapped: Sequence[Any] = ()
    columns: Mapping[str, Sequence[Any]] = {}


@dataclass(frozen=True, slots=True)
class ResponseMapping:
    """A record's `response`, compiled once when the record is loaded."""

    items: Expression | None
    fields: Mapping[str, Any] | None
    _members: MemberFields | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = None if self.fields is None else MemberFields.of(self.fields)
        object.__setattr__(self, "_members", members)

    @classmethod
    def compile(cls, spec: ResponseSpec | None) -> "ResponseMapping":
        """Raises `RecordRefused`. Without a spec the answer passes through as it is."""
        if spec is None:
            return cls(items=None, fields=None)
        where = "response.items" if spec.expression is None else "response.expression"
        source = spec.items if spec.expression is None else spec.expression
        gathering = Gathering()
        items = None if source is None else gathering.part(compiled_expression, source, where)
        fields = None
        if spec.fields:
            fields = gathering.part(_compiled_fields, spec.fields, "response.fields")
        gathering.finish()
        return cls(items, fields)

    def apply(
        self,
        document: Any,
        inputs: Mapping[str, Any],
        with_nulls: Callable[[], Any],
        at_most: int = MAX_ITEMS,
    ) -> Items:
        """The first `at_most` items, mapped. Expressions see the answer, and as `$request` the
        inputs that it answers. `with_nulls` gives the document again with its null members, which
        it has lost. Raises `AnswerUnmappable` when there is nothing in it that could be a list of
        items, `UpstreamTooLarge`, and `ExpressionFailed` when that cannot be computed."""
        found = _as_list(self._found(document, inputs, with_nulls))
        if len(found) > MAX_ITEMS:
            raise UpstreamTooLarge(f"the answer holds more than {MAX_ITEMS} items")
        first = found[:at_most]
        if self._members is not None and (table := self._members.mapped(first)) is not None:
            return Items(table.rows, len(found), columns=table.columns)
        return Items([self._map(*numbered, inputs) for numbered in enumerate(first)], len(found))

    def _found(
        self, document: Any, inputs: Mapping[str, Any], with_nulls: Callable[[], Any]
    ) -> Any:
        # A notice in place of the list must not look like an unknown customer (K12).
        if document is None:
            raise AnswerUnmappable("the answer is null")
        if self.items is None:
            return document
        found = self.items.evaluate(document, inputs)
        if found is None and (path := _missing(self.items.source, with_nulls())):
            raise AnswerUnmappable(
                f"the answer has no {path}; if the system leaves it out when it finds nothing, "
                f"write: {path} ? {self.items.source} : []"
            )
        return found

    def expression_of(self, field: str) -> str | None:
        """The expression that makes the field (`balance.identifier`), where the record has one."""
        node: Any = self.fields
        for step in field.split("."):
            node = node.get(step) if isinstance(node, Mapping) else None
        return node.source if isinstance(node, Expression) else None

    def _map(self, index: int, item: Any, inputs: Mapping[str, Any]) -> Any | BadItem:
        if self.fields is None:
            return item
        try:
            return _evaluated(self.fields, item, inputs)
        except _FieldFailed as failed:
            return BadItem(index, failed.field, failed.expression, failed.reason)


class _FieldFailed(Exception):
    def __init__(self, field: str, expression: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.expression, self.reason = field, expression, reason


def _compiled_fields(fields: Mapping[str, Any], path: str) -> dict[str, Any]:
    gathering = Gathering()
    compiled: dict[str, Any] = {}
    for name, node in fields.items():
        compile_node = _compiled_fields if isinstance(node, Mapping) else compiled_expression
        compiled[name] = gathering.part(compile_node, node, f"{path}.{name}")
    gathering.finish()
    return compiled


def _evaluated(
    fields: Mapping[str, Any], item: Any, inputs: Mapping[str, Any], prefix: str = ""
) -> dict[str, Any]:
    mapped = {}
    for name, node in fields.items():
        # A dict, as `_compiled_fields` makes it: asking for a `Mapping` is dear, for each field.
        if isinstance(node, dict):
            mapped[name] = _evaluated(node, item, inputs, f"{prefix}{name}.")
            continue
        try:
            mapped[name] = node.evaluate(item, inputs)
        except ExpressionFailed as failed:
            raise _FieldFailed(f"{prefix}{name}", node.source, str(failed)) from failed
    return {name: value for name, value in mapped.items() if value is not None}


def _missing(source: str, document: Any) -> str | None:
    """The names that the expression begins with, when an object lacks what they ask it for."""
    leading = _LEADING_NAMES.match(source)
    if not leading:
        return None
    for name in re.findall(_NAME, leading[1]):
        if not isinstance(document, Mapping):
            return None
        if name.strip("`") not in document:
            return leading[1]
        document = document[name.strip("`")]
    return None


def _as_list(found: Any) -> list[Any]:
    """JSONata gives nothing for no match and an object for a single one."""
    if found is None:
        return []
    if isinstance(found, dict):
        return [found]
    if isinstance(found, list):
        return found
    raise AnswerUnmappable("the mapping's items are neither a list nor an object")
