"""Reading what a tenant's system or a till sent: bounded, and without losing a digit of an id."""

import json
from decimal import Decimal
from typing import Any

MAX_DEPTH = 100
# Beyond 15 digits a double, which every expression engine computes in, changes an integer.
_SAFE_INTEGER_DIGITS = 15


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
        document = json.loads(
            text,
            parse_int=_integer,
            parse_float=Decimal if exact else _number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object if keep_nulls else _object_without_nulls,
        )
    except UnicodeDecodeError as error:
        raise DocumentUnreadable("it is not UTF-8") from error
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
