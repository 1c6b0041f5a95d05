"""As much of GraphQL as one lookup needs: a query operation, its variables, nested selections.

Fragments and directives are refused in words, not ignored.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_MAX_BRACKETS: Final = 200

_TOKEN: Final = re.compile(
    r"(?:[\s,\ufeff]|\#[^\n]*)*"
    r"(?:(?P<NAME>[A-Za-z_]\w*)|(?P<FLOAT>-?\d+(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))"
    r'|(?P<INT>-?\d+)|(?P<STRING>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    r"|(?P<PUNCTUATOR>\.\.\.|[!$():=@\[\]{}|&])"
    r"|(?P<END>\Z))"
)


class GraphQLSyntaxError(ValueError):
    """The document is not one; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} at [{line}, {column}]")
        self.line = line
        self.column = column


class Token(NamedTuple):
    kind: str
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A variable of the operation. `type` is as written, without what GraphQL ignores."""

    type: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class Selection:
    key: str
    name: str
    arguments: Mapping[str, Any]
    selections: tuple["Selection", ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Operation:
    name: str | None
    variables: Mapping[str, Declared]
    selections: tuple[Selection, ...]


def parse(document: str) -> Operation:
    if sum(map(document.count, "{[(")) > _MAX_BRACKETS:
        raise GraphQLSyntaxError("document is nested too deeply", 1, 1)
    return _Parser(document).operation()


class _Parser:
    def __init__(self, document: str) -> None:
        self._document = document
        self._offset = 0
        self._token = self._scan()

    def operation(self) -> Operation:
        name, variables = None, {}
        if self._token.kind == "NAME":
            keyword = self._take("NAME")
            if keyword.text != "query":
                raise self._unexpected(keyword)
            name = self._take("NAME").text if self._token.kind == "NAME" else None
            variables = self._variables()
        selections = self._selections()
        self._take("END")
        return Operation(name, MappingProxyType(variables), selections)

    def _variables(self) -> dict[str, Declared]:
        variables: dict[str, Declared] = {}
        if self._accept("("):
            while not self._accept(")"):
                self._expect("$")
                name = self._take("NAME").text
                self._expect(":")
                kind = self._type()
                variables[name] = Declared(kind, self._value() if self._accept("=") else None)
        return variables

    def _type(self) -> str:
        if self._accept("["):
            kind = f"[{self._type()}]"
            self._expect("]")
        else:
            kind = self._take("NAME").text
        return f"{kind}!" if self._accept("!") else kind

    def _selections(self) -> tuple[Selection, ...]:
        self._expect("{")
        found = [self._selection()]
        while not self._accept("}"):
            found.append(self._selection())
        return tuple(found)

    def _selection(self) -> Selection:
        first = self._take("NAME")
        name = self._take("NAME").text if self._accept(":") else first.text
        arguments: dict[str, Any] = {}
        if self._accept("("):
            while not self._accept(")"):
                argument = self._take("NAME").text
                self._expect(":")
                arguments[argument] = self._value()
        nested = self._selections() if self._token.text == "{" else ()
        return Selection(first.text, name, arguments, nested, first.line, first.column)

    def _value(self) -> Any:
        if self._accept("$"):
            return Variable(self._take("NAME").text)
        if self._accept("["):
            items = []
            while not self._accept("]"):
                items.append(self._value())
            return items
        token = self._token
        if token.kind not in ("NAME", "INT", "FLOAT", "STRING"):
            raise self._unexpected(token)
        self._token = self._scan()
        if token.kind != "NAME":
            return json.loads(token.text)
        return {"true": True, "false": False, "null": None}.get(token.text, token.text)

    def _scan(self) -> Token:
        match = _TOKEN.match(self._document, self._offset)
        if match is None or match.lastgroup is None:
            # What no token begins with is named by its first character.
            rest = re.compile(r"[\s,]*").match(self._document, self._offset)
            at = rest.end() if rest else self._offset
            line, column = self._position(at)
            raise GraphQLSyntaxError(
                f"syntax error, unexpected {self._document[at]!r}", line, column
            )
        self._offset = match.end()
        kind = match.lastgroup
        return Token(kind, match[kind], *self._position(match.start(kind)))

    def _position(self, offset: int) -> tuple[int, int]:
        before = self._document[:offset]
        return before.count("\n") + 1, offset - before.rfind("\n")

    def _take(self, kind: str) -> Token:
        token = self._token
        if token.kind != kind:
            raise self._unexpected(token)
        self._token = self._scan() if kind != "END" else token
        return token

    def _accept(self, punctuator: str) -> bool:
        accepted = self._token.kind == "PUNCTUATOR" and self._token.text == punctuator
        if accepted:
            self._token = self._scan()
        return accepted

    def _expect(self, punctuator: str) -> None:
        if not self._accept(punctuator):
            raise self._unexpected(self._token)

    def _unexpected(self, token: Token) -> GraphQLSyntaxError:
        what = "end of file" if token.kind == "END" else f'{token.kind} ("{token.text}")'
        return GraphQLSyntaxError(f"syntax error, unexpected {what}", token.line, token.column)
