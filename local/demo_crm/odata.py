"""The part of OData's `$filter` that Business Central speaks.

Comparisons, contains/startswith/endswith with tolower/toupper, and, or, parentheses. Business
Central turns a filter into one filter per field, so `or` between two fields is refused.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

_MAX_PARENTHESES: Final = 100

Row = Mapping[str, Any]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?![\w-]))"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_CASES: Final[Mapping[str, Callable[[str], str]]] = {"tolower": str.lower, "toupper": str.upper}


class InvalidFilter(ValueError):
    """The filter is not one, or asks for what Business Central does not do."""


class Condition(Protocol):
    def holds(self, row: Row) -> bool: ...

    @property
    def fields(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Operand:
    field: str
    convert: Callable[[str], str] | None = None

    def of(self, row: Row) -> Any:
        value = row[self.field]
        return self.convert(value) if self.convert else value


@dataclass(frozen=True, slots=True)
class Test:
    operand: Operand
    compare: Callable[[Any, Any], bool]
    value: Any

    def holds(self, row: Row) -> bool:
        return self.compare(self.operand.of(row), self.value)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.operand.field})


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by `and` (all) or `or` (any)."""

    joined: Callable[[Iterable[bool]], bool]
    parts: tuple[Condition, ...]

    def holds(self, row: Row) -> bool:
        return self.joined(part.holds(row) for part in self.parts)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset().union(*(part.fields for part in self.parts))


def parse_filter(text: str, sample: Row) -> Condition:
    """`sample` is a row: its keys are the fields there are, its values their types."""
    if text.count("(") > _MAX_PARENTHESES:
        raise InvalidFilter("The recursion limit has been exceeded.")
    return _Parser(text, sample).parse()


class _Parser:
    def __init__(self, text: str, sample: Row) -> None:
        self._text = text
        self._sample = sample
        self._tokens = list(self._scan())
        self._next = 0

    def parse(self) -> Condition:
        condition = self._either()
        if self._next < len(self._tokens):
            raise self._error("Syntax error")
        return condition

    def _scan(self) -> Iterator[tuple[str, str, int]]:
        """The tokens: kind, text and where."""
        position, end = 0, len(self._text.rstrip())
        while position < end:
            match = _TOKEN.match(self._text, position)
            if match is None or match.lastgroup is None:
                begun = self._text[position:].lstrip().startswith("'")
                what = "There is an unterminated literal" if begun else "Syntax error"
                raise InvalidFilter(f"{what} at position {end} in '{self._text}'.")
            kind = match.lastgroup
            yield kind, match[kind], match.start(kind)
            position = match.end()

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        either = Group(any, tuple(parts))
        if len(either.fields) > 1:
            raise InvalidFilter(
                "The 'OR' operator is not supported on distinct fields on an OData filter."
            )
        return either

    def _both(self) -> Condition:
        parts = [self._primary()]
        while self._accept("and"):
            parts.append(self._primary())
        return parts[0] if len(parts) == 1 else Group(all, tuple(parts))

    def _primary(self) -> Condition:
        if self._accept("("):
            condition = self._either()
            self._expect(")")
            return condition
        kind, name, _ = self._peek()
        if kind == "name" and name in _TESTS:
            return self._test(name)
        return self._comparison()

    def _test(self, name: str) -> Condition:
        self._next += 1
        self._expect("(")
        operand = self._operand()
        self._expect(",")
        value = self._literal()
        self._expect(")")
        if not isinstance(value, str) or not isinstance(self._sample[operand.field], str):
            signature = "Edm.Boolean Nullable=true"
            raise InvalidFilter(
                f"No function signature for the function with name '{name}' matches the specified "
                f"arguments ({signature})."
            )
        return Test(operand, _TESTS[name], value)

    def _comparison(self) -> Condition:
        operand = self._operand()
        kind, name, _ = self._peek()
        if kind != "name" or name not in _COMPARISONS:
            raise self._error("Syntax error")
        self._next += 1
        value = self._literal()
        here = _edm(self._sample[operand.field])
        if here != _edm(value):
            raise InvalidFilter(
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{here}' and '{_edm(value)}' for operator kind '{name}'."
            )
        return Test(operand, _COMPARISONS[name], value)

    def _operand(self) -> Operand:
        kind, name, _ = self._peek()
        if kind != "name":
            raise self._error("Expression expected")
        self._next += 1
        if self._accept("("):
            if name not in _CASES:
                raise InvalidFilter(f"An unknown function with name '{name}' was found.")
            inner = self._operand()
            self._expect(")")
            return Operand(inner.field, _CASES[name])
        if name not in self._sample:
            raise InvalidFilter(
                f"Could not find a property named '{name}' on type 'Microsoft.NAV.customer'."
            )
        return Operand(name)

    def _literal(self) -> Any:
        kind, text, _ = self._peek()
        match kind:
            case "text":
                value: Any = text[1:-1].replace("''", "'")
            case "number":
                value = float(text)
            case "guid":
                value = text.lower()
            case "name" if text in ("true", "false"):
                value = text == "true"
            case _:
                raise self._error("Expression expected")
        self._next += 1
        return value

    def _peek(self) -> tuple[str, str, int]:
        if self._next == len(self._tokens):
            return "end", "", len(self._text)
        return self._tokens[self._next]

    def _accept(self, wanted: str) -> bool:
        kind, text, _ = self._peek()
        accepted = kind in ("name", "mark") and text == wanted
        self._next += accepted
        return accepted

    def _expect(self, wanted: str) -> None:
        if not self._accept(wanted):
            raise self._error(f"'{wanted}' expected" if wanted != "," else "')' or ',' expected")

    def _error(self, what: str) -> InvalidFilter:
        return InvalidFilter(f"{what} at position {self._peek()[2]} in '{self._text}'.")


def _edm(value: Any) -> str:
    if isinstance(value, bool):
        return "Edm.Boolean"
    return "Edm.Decimal" if isinstance(value, int | float) else "Edm.String"
