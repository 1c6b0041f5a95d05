"""The adapter to jsonata-python: the only module that knows which engine evaluates.

Python code is stopped by the timer, but a single call into C is not: the time limit holds because
no such call meets a value large enough to last. Every value that an expression makes is measured
(`_Engine.eval`), and the few functions that walk through a value in C, or take a picture string
that asks for a width, check their arguments first (`_GUARDS`). Memory is bounded from outside.

The engine keeps state where one evaluation could see another's document (the parser and the
current instance of a thread, variables assigned at the top level), so each gets its own.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.utils import Utils

from tillbridge.domain.expression.bounds import evaluation_bounds
from tillbridge.domain.expression.errors import ExpressionFailed, ExpressionRefused
from tillbridge.domain.expression.measure import MAX_TEXT, check_size
from tillbridge.domain.expression.regex import BoundedRegex
from tillbridge.domain.expression.safety import (
    MAX_WIDTH,
    check_syntax_tree,
    check_token_count,
)

# 500 parts take about 10 ms to read; a few dozen nested `?:` double the tree each time.
_READING_LIMIT_S = 0.15
_MAX_RESULT_VALUES = 10_000
_MAX_RESULT_DEPTH = 100
_MAX_ITEMS = 100_000
_MAX_PICTURE = 100
# A width after the comma, as in [Y,*-4]: the engine skips white space, Python the underscores.
_WIDE = re.compile(r",[^\]]*[\d\s_]{4}")
_PLACEHOLDER = re.compile(r"\{\{+\w+\}\}+")

# The engine writes values into the texts of its errors: those can be personal data, and a value
# that shares its parts can take forever to write.
_message_of_syntax_error = JException.msg
JException.msg = staticmethod(lambda code, *_values, **_details: str(code))


def compile_by_engine(source: str) -> Callable[..., Any]:
    """Raises `ExpressionRefused`."""
    try:
        with evaluation_bounds(time_limit_s=_READING_LIMIT_S) as bounds:
            bounds.arm()
            return partial(_evaluate, _compiled(source))
    except ExpressionFailed as failed:
        raise ExpressionRefused(
            "The expression takes too long to read", hint="Make it simpler."
        ) from failed


def _compiled(source: str) -> "_Engine":
    check_token_count(source)
    Jsonata.PARSER.parser = parser = Parser()
    try:
        engine = _Engine(source, BoundedRegex)
    except JException as error:
        raise _syntax_error(error, source) from None
    except re.error as error:
        raise ExpressionRefused(
            f"The regular expression is not valid: {error.msg}",
            position=parser.lexer.position,
            hint="Mind that it is Python's syntax.",
        ) from None
    except RecursionError:
        raise ExpressionRefused(
            "The expression is nested too deeply", hint="Make it simpler."
        ) from None
    except Exception as error:  # The parser stumbles over unfinished text in many ways.
        raise ExpressionRefused(
            f"The expression is not JSONata ({type(error).__name__})",
            position=parser.lexer.position,
            hint="See what is missing there.",
        ) from None
    check_syntax_tree(engine.ast, set(_LIBRARY.bindings) | set(Jsonata.static_frame.bindings))
    return engine


def _syntax_error(error: JException, source: str) -> ExpressionRefused:
    message = _message_of_syntax_error(error.error, error.location, error.current, error.expected)
    position = min(max(error.location, 0), len(source))
    return ExpressionRefused(
        f"{error.error}: {message}",
        position=position,
        hint="See what stands before this position, or https://docs.jsonata.org.",
    )


class _Engine(Jsonata):  # type: ignore[misc]  # jsonata has no type hints
    def __init__(self, source: str, regex_engine: Callable[..., Any]) -> None:
        super().__init__(source, regex_engine)
        # Documents come from our own parser, and `_as_json` knows the engine's null.
        self.set_validate_input(False)
        self.set_output_convert_nulls(False)

    def run(self, document: Any, request: Mapping[str, Any]) -> Any:
        # An interrupted evaluation may have left its own behind.
        self.input, self.environment = None, _LIBRARY
        Jsonata.CURRENT.jsonata = self
        # Bindings of its own keep what an expression assigns out of the next one's.
        return self.evaluate(document, {"request": request})

    def eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        result = super().eval(expr, input, environment)
        if isinstance(result, str) and len(result) > MAX_TEXT:
            raise ExpressionFailed("size limit", f"a text is longer than {MAX_TEXT} characters")
        if isinstance(result, list) and len(result) > _MAX_ITEMS:
            raise ExpressionFailed("size limit", f"an array has more than {_MAX_ITEMS} items")
        return result

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        # Asked here because the engine prints what is not a function, and that may be a customer.
        if not self.is_function_like(proc):
            raise JException("T1006", -1)
        return super().apply_inner(proc, args, input, environment)

    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        # The engine appends to an empty array, even when it is the document's own.
        is_empty = isinstance(input, list) and not input
        return super().evaluate_group_expression(expr, None if is_empty else input, environment)

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> Any:
        check_size(lhs, rhs, max_values=_MAX_ITEMS)
        return super().evaluate_string_concat(lhs, rhs)

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> Any:
        check_size(lhs, rhs, max_values=_MAX_ITEMS)
        return super().evaluate_includes_expression(lhs, rhs)

    def evaluate_transform_expression(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        transform = super().evaluate_transform_expression(expr, input, environment)
        return _Guarded(transform, _check_arguments_size)


class _Guarded(Jsonata.JNativeFunction):  # type: ignore[misc]
    """A function of the engine that looks at its arguments first."""

    def __init__(self, function: Any, guard: Callable[[list[Any]], None]) -> None:
        self.__dict__.update(vars(function))
        self._function = function
        self._guard = guard

    def call(self, input: Any, args: Any) -> Any:  # noqa: A002
        self._guard(args)
        return self._function.call(input, args)


class _OurFunctions:
    @staticmethod
    def odata(value: Any) -> str | None:
        """`$odata(value)`: the text between the quotes of an OData string literal."""
        if value is None:
            return None
        check_size(value, max_values=_MAX_ITEMS)
        text: str = Functions.string(value, None)
        return text.replace("'", "''")


def _check_arguments_size(args: list[Any]) -> None:
    check_size(*args, max_values=_MAX_ITEMS)


def _check_width(args: list[Any]) -> None:
    if len(args) > 1 and isinstance(args[1], int | float) and abs(args[1]) > MAX_WIDTH:
        raise ExpressionFailed("size limit", f"a width is more than {MAX_WIDTH}")


def _check_picture(args: list[Any], at: int = 1) -> None:
    """A date's widths become powers of ten."""
    picture = args[at] if len(args) > at else None
    if isinstance(picture, str) and (len(picture) > _MAX_PICTURE or _WIDE.search(picture)):
        raise ExpressionFailed("size limit", "a picture string is too long or too wide")


_GUARDS: dict[str, Callable[[list[Any]], None]] = {
    **dict.fromkeys(("string", "clone", "distinct", "sort"), _check_arguments_size),
    **dict.fromkeys(("formatNumber", "formatInteger", "parseInteger"), _check_picture),
    **dict.fromkeys(("fromMillis", "toMillis"), _check_picture),
    "now": partial(_check_picture, at=0),
    "pad": _check_width,
}


def _library() -> Any:
    """What every expression sees: JSONata's functions, the guarded ones and ours."""
    frame = Jsonata.Frame(Jsonata.static_frame)
    for name, guard in _GUARDS.items():
        frame.bind(name, _Guarded(Jsonata.static_frame.lookup(name), guard))
    frame.bind("odata", Jsonata.function("odata", "<x-:s>", _OurFunctions, "odata"))
    return frame


_LIBRARY = _library()


def _evaluate(engine: _Engine, document: Any, request: Mapping[str, Any] | None = None) -> Any:
    with evaluation_bounds() as bounds:
        bounds.arm()
        try:
            result = engine.run(document, request or {})
            check_size(result, max_values=_MAX_RESULT_VALUES)
            return _as_json(result, _MAX_RESULT_DEPTH)
        except (ExpressionFailed, MemoryError):
            raise
        except JException as error:
            raise _failure(error) from None
        except RecursionError:
            raise ExpressionFailed("recursion limit", "it calls itself too deeply") from None
        except Exception as error:  # The engine lets through whatever Python says of odd values.
            raise ExpressionFailed(type(error).__name__, "the engine cannot compute this") from None


def _failure(error: JException) -> ExpressionFailed:
    """JSONata's own words, without the values."""
    template = JException.error_codes.get(error.error, "the engine cannot compute this")
    return ExpressionFailed(
        error.error if error.error in JException.error_codes else "JException",
        _PLACEHOLDER.sub("…", template),
        position=error.location if error.location > 0 else None,
    )


def _as_json(value: Any, depth: int) -> Any:
    """Plain data instead of the engine's own lists and null."""
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, str | int):
        return value
    if isinstance(value, float) and value - value == 0:  # neither infinite nor "not a number"
        return value
    if depth == 0:
        raise ExpressionFailed("size limit", f"the result is deeper than {_MAX_RESULT_DEPTH}")
    if isinstance(value, list):
        return [_as_json(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {name: _as_json(member, depth - 1) for name, member in value.items()}
    raise ExpressionFailed("type", "the result holds what is not data, such as a function")
