"""What is refused when an expression is compiled, whatever the engine would make of it."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from jsonata.parser import Parser

from tillbridge.domain.expression.errors import ExpressionRefused
from tillbridge.domain.expression.regex import BoundedRegex, check_regex

_MAX_NODES = 500
# A node takes a few tokens; the parser's time is quadratic in them.
_MAX_TOKENS = 4_000
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|/\*.*?\*/|\w+|[^\w\s]""", re.DOTALL)
MAX_WIDTH = 10_000
_REFUSED_FUNCTIONS = {
    "eval": "An expression cannot make another one: write out what it would hold.",
    # The examples of a record are its tests, and a repeated request must be the same request.
    "random": "An expression gives the same for the same document.",
    "shuffle": "An expression gives the same for the same document: use $sort.",
}


def check_token_count(source: str) -> None:
    """Raise `ExpressionRefused` for what would take long to parse, only to be refused then."""
    if sum(1 for _ in _TOKEN.finditer(source)) > _MAX_TOKENS:
        raise _too_many_parts()


def check_syntax_tree(tree: Any, functions: set[str]) -> None:
    """Raise `ExpressionRefused` for the first thing in the engine's `tree` that is too large, is
    not allowed or is not there. `functions` are the names of JSONata's own functions."""
    nodes = []
    for node in _nodes(tree):
        nodes.append(node)
        if len(nodes) > _MAX_NODES:
            raise _too_many_parts()
    names = functions | _bound_names(nodes) | {"", "$", "request"}
    for node in sorted(nodes, key=lambda node: node.position):
        if node.type == "variable":
            _check_variable(node, names)
        elif node.type == "regex" and isinstance(node.value, BoundedRegex):
            check_regex(node.value.pattern, node.position)
        elif node.type in ("function", "partial"):
            _check_call(node, functions)
        elif node.type == "binary" and node.value == "..":
            _check_range(node)


def _too_many_parts() -> ExpressionRefused:
    return ExpressionRefused(
        f"The expression has more than {_MAX_NODES} parts",
        hint="Give each field an expression of its own.",
    )


def _nodes(tree: Any) -> Iterator[Any]:
    pending, seen = [tree], set()
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, Parser.Symbol) and id(part) not in seen:
            seen.add(id(part))
            pending.extend(vars(part).values())
            if part.type is not None:
                yield part


def _bound_names(nodes: list[Any]) -> set[str]:
    """The variables that the expression itself gives a value: `:=`, parameters, `@` and `#`."""
    names = set()
    for node in nodes:
        if node.type == "bind":
            names.add(node.lhs.value)
        elif node.type == "lambda":
            names.update(parameter.value for parameter in node.arguments)
        elif node.type == "index":
            names.add(node.value)
        names.update(name for name in (node.focus, node.index) if isinstance(name, str))
    return names


def _check_variable(node: Any, names: set[str]) -> None:
    if node.value in _REFUSED_FUNCTIONS:
        raise ExpressionRefused(
            f"${node.value} is not allowed",
            position=node.position,
            hint=_REFUSED_FUNCTIONS[node.value],
        )
    if node.value not in names:
        raise ExpressionRefused(
            f"There is no ${node.value}", position=node.position, hint=_similar(node.value, names)
        )


def _similar(name: str, names: set[str]) -> str:
    close = difflib.get_close_matches(name[:40], names, n=1)
    return f"Did you mean ${close[0]}?" if close else "Member names are written without a $."


def _check_call(node: Any, functions: set[str]) -> None:
    called = node.procedure
    if called.type == "path" and len(called.steps) == 1 and called.steps[0].value in functions:
        name = called.steps[0].value
        raise ExpressionRefused(
            f"{name} is not a function", position=node.position, hint=f"Write ${name}."
        )
    if called.type == "variable" and called.value == "pad" and len(node.arguments) > 1:
        width = node.arguments[1]
        if width.type == "number" and abs(width.value) > MAX_WIDTH:
            raise ExpressionRefused(
                f"$pad makes a text of more than {MAX_WIDTH} characters",
                position=width.position,
                hint="Use a smaller width.",
            )


def _check_range(node: Any) -> None:
    ends = (node.lhs, node.rhs)
    if any(end.type != "number" for end in ends):
        return
    if node.rhs.value - node.lhs.value >= MAX_WIDTH:
        raise ExpressionRefused(
            f"The range has more than {MAX_WIDTH} numbers",
            position=node.position,
            hint="Use a smaller one.",
        )
