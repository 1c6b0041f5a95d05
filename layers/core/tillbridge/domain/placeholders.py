"""Placeholders: values of a request's inputs, put as data into the places that a record names.

`{name}` is required, `{name?}` is left out with the smallest thing around it when it is absent, and
`{{` is a brace where a placeholder could begin.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tillbridge.domain.expression import ExpressionFailed
from tillbridge.domain.faults import Fault, RecordRefused, compiled_expression
from tillbridge.domain.integration_record import Computed
from tillbridge.errors import InvalidRequest, RecordUnusable

Inputs = Mapping[str, Any]
Render = Callable[[Inputs], Any]

_BRACES = "Write {name} with small letters, {name?} for an optional one, {{ for a brace."
# An opening brace before white space is itself, as it stands in GraphQL; before anything else it
# begins a placeholder, or is doubled.
_TOKEN = re.compile(r"\{([a-z][a-z0-9_]*)(\?)?\}|\{\{|(\{(?=\S))|\{|[^{]+")


# Of an expression: what of it names nothing, its texts and comments; and the names in the rest.
_NO_NAMES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|/\*.*?\*/", re.DOTALL)
_NAMES = re.compile(r"(?<![\w$])[A-Za-z_]\w*")


class Absent(Exception):
    """An optional placeholder has no value, so what is around it is left out."""


# One of them, wherever it stands, for who wants to see the text without it.
PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_]*\??\}")


def names_in(template: str) -> Iterator[tuple[str, int]]:
    """The placeholders of a text, each with where it begins."""
    for token in _TOKEN.finditer(template):
        if token[1]:
            yield token[1], token.start()


def gives(node: Any, name: str) -> bool:
    """Whether a request, or a part of it, says the input of that name: by a placeholder or in an
    expression."""
    if isinstance(node, str):
        return any(placeholder == name for placeholder, _ in names_in(node))
    if isinstance(node, Mapping):
        if node.keys() == {"expression"}:
            return name in _NAMES.findall(_NO_NAMES.sub(" ", node["expression"]))
        return any(gives(child, name) for child in node.values())
    return isinstance(node, list) and any(gives(child, name) for child in node)


def present(renders: Mapping[str, Render], inputs: Inputs) -> Iterator[tuple[str, Any]]:
    """What is not absent, rendered, by its name."""
    for name, render in renders.items():
        try:
            yield name, render(inputs)
        except Absent:
            continue


def leaf(value: Any, path: str) -> Render:
    """A value of a query or a body; one that is nothing but a placeholder keeps its type."""
    if isinstance(value, Computed):
        return computed(value, path)
    if not isinstance(value, str):
        return lambda _inputs: value
    whole = _TOKEN.fullmatch(value)
    return _placeholder(whole) if whole and whole[1] else text_of(value, path)


def computed(value: Computed, path: str) -> Render:
    expression = compiled_expression(value.expression, f"{path}.expression")

    def computed(inputs: Inputs) -> Any:
        try:
            result = expression.evaluate(dict(inputs))
        except ExpressionFailed as failed:
            raise RecordUnusable(f"the expression at {path} failed: {failed}") from failed
        if result is None:
            raise Absent
        return result

    return computed


def spelled(value: Any) -> str:
    """The value as a text: JSON where it is none."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def text_of(
    template: str, path: str, encode: Callable[[str], str] = str, offset: int = 0
) -> Render:
    """A text with placeholders; `encode` is what the place it stands in does to each value,
    `offset` is where the template begins in the text at `path`. Raises `RecordRefused`."""
    parts: list[str | Render] = []
    faults: list[Fault] = []
    for token in _TOKEN.finditer(template):
        if token[1]:
            parts.append(_placeholder(token))
        elif token[3]:
            position = offset + token.start()
            faults.append(Fault(path, "This brace begins no placeholder", position, _BRACES))
        else:
            parts.append("{" if token[0] == "{{" else token[0])
    if faults:
        raise RecordRefused(*faults)

    def rendered(inputs: Inputs) -> str:
        return "".join(
            part if isinstance(part, str) else encode(spelled(part(inputs))) for part in parts
        )

    return rendered


def _placeholder(token: re.Match[str]) -> Render:
    name, optional = token[1], bool(token[2])

    def placeholder(inputs: Inputs) -> Any:
        value = inputs.get(name)
        if value is not None:
            return value
        if optional:
            raise Absent
        raise InvalidRequest(f"{name} is required for this merchant", field=name)

    return placeholder
