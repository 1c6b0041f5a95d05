"""Runs a GraphQL operation: validation, cost, and just the fields asked for."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.demo_crm.graphql import Operation, Selection, Variable
from local.demo_crm.people import Person
from local.demo_crm.shopify_schema import CONNECTIONS, SCHEMA, Field, customer, searchable
from local.demo_crm.shopify_search import parse_query

MAX_PAGE: Final = 250
_PYTHON_TYPES: Final[Mapping[str, type]] = {
    "Int": int,
    "String": str,
    "Boolean": bool,
    "ID": str,
}


class Refused(Exception):
    """A GraphQL error, as the member of `errors` it becomes."""

    def __init__(self, message: str, at: Selection | None = None, **members: Any) -> None:
        super().__init__(message)
        where = {"locations": [{"line": at.line, "column": at.column}]} if at else {}
        self.error = {"message": message, **where, **members}


@dataclass(slots=True)
class Run:
    """One operation with its variables. `warnings` collects what the search had to leave out."""

    operation: Operation
    variables: Mapping[str, Any]
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def validate(self) -> None:
        root = " ".join(filter(None, ("query", self.operation.name)))
        self._check_variables()
        self._check("QueryRoot", self.operation.selections, (root,))

    def cost(self) -> int:
        """An object is a point, a connection two and its page times what it holds."""
        return self._cost("QueryRoot", self.operation.selections)

    def data(self, people: Sequence[Person]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for selection in self.operation.selections:
            if selection.name == "__typename":
                data[selection.key] = "QueryRoot"
                continue
            arguments = self._arguments(selection)
            if selection.name == "customer":
                data[selection.key] = self._one(people, arguments, selection)
                continue
            found = self._search(people, arguments, selection)
            data[selection.key] = self._connection("Customer", found, selection)
        return data

    def _one(
        self, people: Sequence[Person], arguments: Mapping[str, Any], selection: Selection
    ) -> dict[str, Any] | None:
        """The customer of that id; null when there is none, an error when it is no customer's."""
        gid = str(arguments.get("id"))
        if not re.fullmatch(r"gid://shopify/Customer/\d+", gid):
            code = {"code": "RESOURCE_NOT_FOUND"}
            raise Refused(f"Invalid id: {gid}", selection, path=(selection.key,), extensions=code)
        found = (customer(person) for person in people)
        same = next((one for one in found if one["id"] == gid), None)
        return same and self._select("Customer", same, selection.selections)

    def _check_variables(self) -> None:
        for name, declared in self.operation.variables.items():
            value = self.variables.get(name, declared.default)
            expected = _PYTHON_TYPES.get(declared.type.rstrip("!"))
            missing = value is None and declared.type.endswith("!")
            wrong = value is not None and expected and type(value) is not expected
            if missing or wrong:
                raise Refused(
                    f"Variable ${name} of type {declared.type} was provided invalid value",
                    extensions={"code": "INVALID_VARIABLE", "value": value},
                )

    def _check(
        self, type_name: str, selections: Sequence[Selection], path: tuple[str, ...]
    ) -> None:
        for selection in selections:
            if selection.name == "__typename":
                continue
            here = (*path, selection.key)
            definition = SCHEMA[type_name].get(selection.name)
            if definition is None:
                raise _undefined_field(selection, type_name, here)
            self._check_arguments(selection, definition, here)
            if (definition.type in SCHEMA) != bool(selection.selections):
                raise _selection_mismatch(selection, definition, here)
            if selection.selections:
                self._check(definition.type, selection.selections, here)

    def _check_arguments(
        self, selection: Selection, definition: Field, path: tuple[str, ...]
    ) -> None:
        for name, value in selection.arguments.items():
            if name not in definition.arguments:
                text = f"Field '{selection.name}' doesn't accept argument '{name}'"
                code = {"code": "argumentNotAccepted", "argumentName": name}
                raise Refused(text, selection, path=path, extensions=code)
            if isinstance(value, Variable) and value.name not in self.operation.variables:
                text = f"Variable ${value.name} is used by {path[0]} but not declared"
                code = {"code": "variableNotDefined", "variableName": value.name}
                raise Refused(text, selection, path=path, extensions=code)

    def _arguments(self, selection: Selection) -> dict[str, Any]:
        arguments = {}
        for name, value in selection.arguments.items():
            if isinstance(value, Variable):
                declared = self.operation.variables[value.name]
                arguments[name] = self.variables.get(value.name, declared.default)
            else:
                arguments[name] = value
        return arguments

    def _cost(self, type_name: str, selections: Sequence[Selection]) -> int:
        total = 0
        for selection in selections:
            definition = SCHEMA[type_name].get(selection.name)
            if definition is None or definition.type not in SCHEMA:
                continue
            inner = self._cost(definition.type, selection.selections)
            if definition.type in CONNECTIONS:
                arguments = self._arguments(selection)
                total += 2 + inner * (arguments.get("first") or arguments.get("last") or 0)
            elif selection.name not in ("edges", "pageInfo"):
                total += 1 + inner
            else:
                total += inner
        return total

    def _search(
        self, people: Sequence[Person], arguments: Mapping[str, Any], selection: Selection
    ) -> list[dict[str, Any]]:
        query = parse_query(arguments.get("query") or "")
        warned = {"path": [selection.key], "query": query.text}
        self.warnings += [{**warned, **warning} for warning in query.warnings]
        found = [customer(p) for p in people if query.matches(searchable(p))]
        return found[::-1] if arguments.get("reverse") else found

    def _connection(
        self, node_type: str, items: list[dict[str, Any]], selection: Selection
    ) -> dict[str, Any]:
        arguments = self._arguments(selection)
        if node_type == "Order" and arguments.get("reverse"):
            items = items[::-1]
        page, info = _page(items, arguments, selection)
        edges = [{"node": item, "cursor": _cursor(item)} for item in page]
        content = {"nodes": page, "edges": edges, "pageInfo": info}
        return self._select(f"{node_type}Connection", content, selection.selections)

    def _select(
        self, type_name: str, value: Mapping[str, Any], selections: Sequence[Selection]
    ) -> dict[str, Any]:
        selected: dict[str, Any] = {}
        for selection in selections:
            if selection.name == "__typename":
                selected[selection.key] = type_name
                continue
            inner, type_ = value[selection.name], SCHEMA[type_name][selection.name].type
            if type_ in CONNECTIONS:
                node_type = type_.removesuffix("Connection")
                inner = self._connection(node_type, inner, selection)
            elif type_ in SCHEMA and isinstance(inner, list):
                inner = [self._select(type_, item, selection.selections) for item in inner]
            elif type_ in SCHEMA and inner is not None:
                inner = self._select(type_, inner, selection.selections)
            selected[selection.key] = inner
        return selected


def _page(
    items: list[dict[str, Any]], arguments: Mapping[str, Any], selection: Selection
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise Refused("you must provide one of first or last", selection, path=(selection.key,))
    size = first if first is not None else last
    if type(size) is not int or not 0 <= size <= MAX_PAGE:
        text = f"first and last must be between 0 and {MAX_PAGE}"
        raise Refused(text, selection, path=(selection.key,), extensions={"code": "BAD_REQUEST"})
    cursors = [_cursor(item) for item in items]
    after = arguments.get("after")
    if after is not None and after not in cursors:
        raise Refused("Invalid cursor for current pagination sort.", selection)
    start = cursors.index(after) + 1 if after is not None else 0
    page = items[start : start + size] if first is not None else items[start:][len(items) - size :]
    info = {
        "hasNextPage": first is not None and start + size < len(items),
        "hasPreviousPage": start > 0,
        "startCursor": _cursor(page[0]) if page else None,
        "endCursor": _cursor(page[-1]) if page else None,
    }
    return page, info


def _cursor(item: Mapping[str, Any]) -> str:
    return base64.b64encode(item["id"].encode()).decode()


def _undefined_field(selection: Selection, type_name: str, path: tuple[str, ...]) -> Refused:
    code = {"code": "undefinedField", "typeName": type_name, "fieldName": selection.name}
    text = f"Field '{selection.name}' doesn't exist on type '{type_name}'"
    return Refused(text, selection, path=path, extensions=code)


def _selection_mismatch(selection: Selection, definition: Field, path: tuple[str, ...]) -> Refused:
    if selection.selections:
        names = ", ".join(inner.name for inner in selection.selections)
        text = (
            f"Selections can't be made on scalars (field '{selection.name}' returns "
            f"{definition.type} but has selections [{names}])"
        )
    else:
        text = (
            f"Field must have selections (field '{selection.name}' returns {definition.type} but "
            f"has no selections. Did you mean '{selection.name} {{ ... }}'?)"
        )
    code = {"code": "selectionMismatch", "typeName": definition.type}
    return Refused(text, selection, path=path, extensions=code)
