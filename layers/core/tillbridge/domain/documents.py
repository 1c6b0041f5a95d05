"""Reading what a tenant's system or a till sent: bounded, and without losing a digit of an id."""

import json
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from pydantic_core import from_json

MAX_DEPTH = 100
# Beyond 15 digits a double, which every expression engine computes in, changes an integer.
_SAFE_INTEGER_DIGITS = 15
# Whether a number that was read is one to keep as it is. To `_integer` a sign is a digit.
_IS_AS_WRITTEN: dict[type, Callable[[Any], bool]] = {
    bool: lambda _: True,
    int: lambda number: -(10**14) < number < 10**15,
    float: isfinite,
}
_UNDECIDED: Final = object()


class DocumentUnreadable(ValueError):
    """The bytes are not a document in this format, or not one that is read; the text says why and
    never quotes them."""


def parse_json(raw: bytes | str, *, keep_nulls: bool = False, exact: bool = False) -> Any:
    """JSON as plain data: long integers as text, so that ids survive; numbers finite; no member
    twice; at most 100 levels deep. A member that is null is left out, unless `keep_nulls`: to a
    mapping it says what an absent one says, and `first & ' ' & last` must not read "Jane null".
    `exact` reads numbers with a point as `Decimal`, not as floats. Raises `DocumentUnreadable`."""
    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise DocumentUnreadable("it is not UTF-8") from error
    document = _UNDECIDED if exact else _read_quickly(text, keep_nulls=keep_nulls)
    if document is _UNDECIDED:
        return _read_carefully(text, keep_nulls=keep_nulls, exact=exact)
    return document


def _read_quickly(text: str, *, keep_nulls: bool) -> Any:
    """The document, by a parser that calls nothing of ours, if a look at what it made shows that
    there was nothing to refuse, nor to change but nulls; otherwise `_UNDECIDED`."""
    quotes = text.count('"')
    if "\\" in text:
        if "\\\\" in text:
            return _UNDECIDED
        # With never two in a row, each that is before a quote escapes it.
        quotes -= text.count('\\"')
    with_nulls: list[Any] = []
    try:
        # It may keep names for the next document, but no texts: these are people's.
        document = from_json(text, allow_inf_nan=False, cache_strings="keys")
        texts = _count_texts([document], with_nulls, depth=0)
    except (TypeError, ValueError):  # half a character is a TypeError
        return _UNDECIDED
    # Of two members of the same name this parser keeps the last: then there are fewer texts in the
    # document than between quotes.
    if texts != quotes / 2:
        return _UNDECIDED
    if not keep_nulls:
        _take_out_nulls(with_nulls)
    return document


def _count_texts(node: Any, with_nulls: list[Any], depth: int) -> int:
    """How many names and texts are in an object or array. Those that have a null are put into
    `with_nulls`. Raises `ValueError` where it is too deep or a number is not what was written."""
    if depth > MAX_DEPTH:
        raise ValueError
    texts, values = 0, node
    if type(node) is dict:
        texts, values = len(node), node.values()
    for value in values:
        kind = type(value)
        # First what most are: every value of the document passes here.
        if kind is str:
            texts += 1
        elif kind is dict or kind is list:
            texts += _count_texts(value, with_nulls, depth + 1)
        elif value is None:
            with_nulls.append(node)
        elif not _IS_AS_WRITTEN[kind](value):
            raise ValueError
    return texts


def _take_out_nulls(nodes: list[Any]) -> None:
    for node in nodes:
        if type(node) is dict:
            for name in [name for name, value in node.items() if value is None]:
                del node[name]


def _read_carefully(text: str, *, keep_nulls: bool, exact: bool) -> Any:
    """What is right, and what to say of what is not: each number and object passes through a
    function of ours, which makes reading cost twice as much."""
    try:
        document = json.loads(
            text,
            parse_int=_integer,
            parse_float=Decimal if exact else _number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object if keep_nulls else _object_without_nulls,
        )
    except json.JSONDecodeError as error:
        raise DocumentUnreadable(f"{error.msg} at {error.pos}") from error
    except RecursionError as error:
        raise DocumentUnreadable("it is nested too deeply") from error
    # A text with fewer brackets than that is not nested deeper.
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _check_depth(document)
    return document


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _SAFE_INTEGER_DIGITS else digits


def _number(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise DocumentUnreadable("a number is out of range")
    return number


def _refuse_constant(name: str) -> Any:
    raise DocumentUnreadable(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DocumentUnreadable("an object has a member twice")
    return members


def _object_without_nulls(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = _object(pairs)
    # Few objects have one, and this is called for each.
    if None in members.values():
        return {name: value for name, value in members.items() if value is not None}
    return members


def _check_depth(document: Any) -> None:
    level, depth = [document] if isinstance(document, dict | list) else [], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise DocumentUnreadable(f"it is nested more than {MAX_DEPTH} deep")
        # By `type`, since the parser makes no others: every node of the document passes here.
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
