"""Plain paths and their concatenation as closures: exactly what the engine gives, without it.

What JSONata says of a path is small, but odd: a step maps over arrays and flattens what it finds by
one level, a *sequence* made that way is unwrapped when it holds a single value, and an array of the
document itself is not. `_walk` is that, word for word; the closures in front of it only know the
case without arrays. That they agree with the engine is a property test.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from tillbridge.domain.expression.errors import ExpressionFailed
from tillbridge.domain.expression.measure import MAX_TEXT

_INDEX = r"\[-?(?:0|[1-9][0-9]{0,5})\]"
_NAME = r"(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)"
_STEP = rf"{_NAME}(?:{_INDEX})*"
_PATH = rf"(?:\${{1,2}}(?:{_INDEX})*|{_STEP})(?:\.{_STEP}){{0,99}}"
_OPERAND = rf"""{_PATH}|'[^'\\]*'|"[^"\\]*\""""
_SPACE = r"[ \t\n\r]*"
_WHOLE_PATH = re.compile(rf"{_SPACE}({_PATH}){_SPACE}")
# At most 16 operands: what one gives can be as large as the document.
_CONCATENATION = re.compile(
    rf"{_SPACE}(?:{_OPERAND})(?:{_SPACE}&{_SPACE}(?:{_OPERAND})){{1,15}}{_SPACE}"
)
_OPERANDS = re.compile(_OPERAND)
_STEPS = re.compile(rf"({_NAME}|\${{1,2}})((?:{_INDEX})*)")
_INDICES = re.compile(r"-?[0-9]+")
_WORDS_OF_THE_LANGUAGE = {"and", "or", "in", "true", "false", "null"}
# From here on the engine writes an integer as 1e+15.
_LONG_INTEGER = 10**15

Evaluate = Callable[..., Any]


class _Sequence(list[Any]):
    """What a step found, as opposed to an array of the document."""


class _Null:
    """JSON's null, as opposed to None for nothing found."""


_NULL: Final = _Null()


class _Step(NamedTuple):
    name: str
    indices: Sequence[int]


class _Path(NamedTuple):
    evaluate: Evaluate
    walk: Evaluate
    """As `evaluate`, but tells null from nothing, and slower."""


def compile_plain(source: str, compile_by_engine: Callable[[str], Evaluate]) -> Evaluate | None:
    """The closure for a plain path or a concatenation of plain paths and texts; None for anything
    else. `compile_by_engine` is asked for the concatenation of what is neither text nor integer."""
    if whole := _WHOLE_PATH.fullmatch(source):
        path = _compile_path(whole[1])
        return path and path.evaluate
    if not _CONCATENATION.fullmatch(source):
        return None
    operands = [
        operand[1:-1] if operand[0] in "'\"" else _compile_path(operand)
        for operand in _OPERANDS.findall(source)
    ]
    if None in operands:
        return None
    return _concatenation([o for o in operands if o is not None], source, compile_by_engine)


def member_names(source: str) -> tuple[str, ...] | None:
    """The names of a path that only goes from member to member, such as `address.city`; None for
    anything else."""
    whole = _WHOLE_PATH.fullmatch(source)
    steps = whole and _steps(whole[1])
    if not steps or steps[0].name[0] == "$" or any(step.indices for step in steps):
        return None
    return tuple(step.name.strip("`") for step in steps)


def _steps(path: str) -> list[_Step] | None:
    """Names as they are written; None where one is a word of the language."""
    steps = [
        _Step(name, [int(i) for i in _INDICES.findall(at)]) for name, at in _STEPS.findall(path)
    ]
    return None if any(step.name in _WORDS_OF_THE_LANGUAGE for step in steps) else steps


def _compile_path(source: str) -> _Path | None:
    steps = _steps(source)
    if steps is None:
        return None
    root = steps.pop(0) if steps[0].name[0] == "$" else None
    steps = [_Step(step.name.strip("`"), step.indices) for step in steps]

    def walk(document: Any) -> Any:
        return _walk(root, steps, document)

    def evaluate(document: Any, _request: object = None) -> Any:
        return _without_nulls(walk(document))

    if (root and root.indices) or any(len(step.indices) > 1 for step in steps):
        return _Path(evaluate, walk)
    return _Path(_member(steps, evaluate), walk)


def _member(steps: Sequence[_Step], evaluate_in_arrays: Evaluate) -> Evaluate:
    if len(steps) == 1 and not steps[0].indices:
        only_name = steps[0].name

        def member(document: Any, _request: object = None) -> Any:
            if type(document) is dict:
                return document.get(only_name)
            return evaluate_in_arrays(document)

        return member

    names = [(step.name, step.indices[0] if step.indices else None) for step in steps]

    def nested_member(document: Any, _request: object = None) -> Any:
        value = document
        for name, index in names:
            if type(value) is dict:
                value = value.get(name)
            elif type(value) is list:
                return evaluate_in_arrays(document)
            else:
                return None
            if index is not None:
                if type(value) is not list:
                    return evaluate_in_arrays(document)
                value = value[index] if -len(value) <= index < len(value) else None
        return value

    return nested_member


def _concatenation(
    operands: Sequence[str | _Path], source: str, compile_by_engine: Callable[[str], Evaluate]
) -> Evaluate:
    engine: list[Evaluate] = []

    def evaluate_by_engine(document: Any) -> Any:
        if not engine:
            engine.append(compile_by_engine(source))
        return engine[0](document)

    def concatenation(document: Any, _request: object = None) -> Any:
        texts = []
        for operand in operands:
            text = operand if type(operand) is str else operand.evaluate(document)  # type: ignore[union-attr]
            if type(text) is str:
                texts.append(text)
            elif text is None:
                texts.append("" if operand.walk(document) is None else "null")  # type: ignore[union-attr]
            elif type(text) is int and -_LONG_INTEGER < text < _LONG_INTEGER:
                texts.append(str(text))
            else:
                return evaluate_by_engine(document)
        if sum(map(len, texts)) > MAX_TEXT:
            raise ExpressionFailed("size limit", f"a text is longer than {MAX_TEXT} characters")
        return "".join(texts)

    return concatenation


def _walk(root: _Step | None, steps: Sequence[_Step], document: Any) -> Any:
    found: list[Any] = [document]
    if root is not None:
        value = _at(document, root.indices)
        if not steps:
            return _unwrapped(value)
        found = _flattened([_unwrapped(value)])
    for step in steps:
        values = [_at(_unwrapped(_lookup(item, step.name)), step.indices) for item in found]
        values = [value for value in values if value is not None]
        if step is steps[-1] and len(values) == 1 and type(values[0]) is list:
            return values[0]
        found = _flattened(values)
    return _unwrapped(found)


def _lookup(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        member = value.get(name)
        return _NULL if member is None and name in value else member
    if not isinstance(value, list):
        return None
    return _flattened([_lookup(item, name) for item in value])


def _at(value: Any, indices: Sequence[int]) -> Any:
    for index in indices:
        items = value if isinstance(value, list) else [] if value is None else [value]
        if -len(items) <= index < len(items):
            item = items[index]
            value = item if type(item) is list else _Sequence([_NULL if item is None else item])
        else:
            value = _Sequence()
    return value


def _flattened(values: Sequence[Any]) -> _Sequence:
    flat = _Sequence()
    for value in values:
        if isinstance(value, list):
            flat.extend(value)
        elif value is not None:
            flat.append(value)
    return flat


def _unwrapped(value: Any) -> Any:
    if not isinstance(value, _Sequence) or len(value) > 1:
        return value
    return value[0] if value else None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, _Sequence):
        return [None if item is _NULL else item for item in value]
    return None if value is _NULL else value
