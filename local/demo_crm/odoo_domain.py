"""Odoo's search domains: Polish prefix notation over the fields of a record.

An empty value is `False`, a many2one is `[id, name]`; text is compared with its name.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Record = Mapping[str, Any]
Condition = Callable[[Record], bool]

MAX_TERMS: Final = 200
_CONNECTIVES: Final = ("&", "|", "!")
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PATTERNS: Final = ("like", "ilike", "=like", "=ilike", "not like", "not ilike")
_OPERATORS: Final = frozenset({"=", "!=", "in", "not in", *_ORDERS, *_PATTERNS})


def parse_domain(domain: Any, fields: frozenset[str], model: str) -> Condition:
    """Raises ValueError with Odoo's words, as Odoo does."""
    if not isinstance(domain, list) or len(domain) > MAX_TERMS:
        raise ValueError(f"Domain {domain} is syntactically not correct.")
    stack: list[Condition] = []
    for term in reversed(domain):
        if term in _CONNECTIVES:
            stack.append(_connected(str(term), stack, domain))
        else:
            stack.append(_leaf(term, fields, model))
    # Terms that no connective joins are all required.
    return lambda record: all(condition(record) for condition in stack)


def _connected(connective: str, stack: list[Condition], domain: list[Any]) -> Condition:
    if len(stack) < (1 if connective == "!" else 2):
        raise ValueError(f"Domain {domain} is syntactically not correct.")
    first = stack.pop()
    if connective == "!":
        return lambda record: not first(record)
    second = stack.pop()
    if connective == "&":
        return lambda record: first(record) and second(record)
    return lambda record: first(record) or second(record)


def _leaf(term: Any, fields: frozenset[str], model: str) -> Condition:
    if term in ([1, "=", 1], [0, "=", 1]):
        return lambda _: term[0] == 1
    if not isinstance(term, list) or len(term) != 3 or term[1] not in _OPERATORS:
        raise ValueError(f"Invalid leaf {_tuple_text(term)}")
    name, symbol, value = term
    if name not in fields:
        raise ValueError(f"Invalid field {model}.{name} in leaf {_tuple_text(term)}")
    if symbol in ("in", "not in") and not isinstance(value, list):
        value = [value]
    return lambda record: _holds(record[name], symbol, value)


def _holds(stored: Any, symbol: str, value: Any) -> bool:
    is_many2one = isinstance(stored, list)
    if symbol in _PATTERNS:
        return _like(stored[1] if is_many2one else stored, symbol, value)
    here = stored[0] if is_many2one and not isinstance(value, str) else stored
    here = stored[1] if is_many2one and isinstance(value, str) else here
    match symbol:
        case "=":
            return bool(here == value)
        case "!=":
            return bool(here != value)
        case "in":
            return here in value
        case "not in":
            return here not in value
    comparable = here is not False and isinstance(here, str) == isinstance(value, str)
    return comparable and _ORDERS[symbol](here, value)


def _like(stored: Any, symbol: str, value: Any) -> bool:
    """`like` looks anywhere in the text, `=like` takes the pattern as it is."""
    negated = symbol.startswith("not ")
    if stored is False:
        return negated
    pattern = str(value) if symbol.startswith("=") else f"%{value}%"
    flags = re.DOTALL | (re.IGNORECASE if "ilike" in symbol else 0)
    return (re.fullmatch(_sql_pattern(pattern), str(stored), flags) is not None) != negated


def _sql_pattern(pattern: str) -> str:
    """SQL's % and _ are wild, a backslash takes that from the character after it."""
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join(
        re.escape(piece[1]) if len(piece) == 2 else wild.get(piece, re.escape(piece))
        for piece in pieces
    )


def _tuple_text(term: Any) -> str:
    return str(tuple(term)) if isinstance(term, list) else str(term)
