"""A tenant's expression, compiled."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tillbridge.domain.expression.errors import ExpressionRefused
from tillbridge.domain.expression.plain_path import Evaluate, compile_plain, member_names

# A JSON document as `json.loads` gives it: a recursive alias would help no reader of a dict.
JsonValue: TypeAlias = Any

_MAX_SOURCE_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Expression:
    """A JSONata expression, compiled when its record is loaded and evaluated as often as needed.

    `evaluate(document, request)` gives plain JSON data, None when nothing is found, or raises
    `ExpressionFailed`; `$request` in the expression is the `request`, `{}` by default. It is a
    function that the instance holds, not a method, so that a plain path (`a.b[0].c`, by far the
    most common expression) costs one call and no import of the engine.

    A plain path's result is part of the document itself: integers stay as they are, nothing is
    copied or counted, since it cannot be larger than what it was taken from. Everything else runs
    in the engine and gives a copy of at most 10,000 values. There, too, an integer that a path
    finds stays as it is, but arithmetic and functions compute in doubles (exact up to 2**53) and
    `&` and `$string` write 15 digits: long ids have to be text in the document.

    `members` are the names of an expression that only goes from member to member (`a.b`), so that
    those of many fields can be looked up together.
    """

    source: str
    evaluate: Evaluate = field(repr=False, compare=False)
    members: tuple[str, ...] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def compile(cls, source: str) -> "Expression":
        """Raises `ExpressionRefused` for what is not JSONata or could not be bounded."""
        if len(source.encode("utf-8", "surrogatepass")) > _MAX_SOURCE_BYTES:
            raise ExpressionRefused(
                f"The expression is larger than {_MAX_SOURCE_BYTES // 1024} KB",
                hint="Give each field an expression of its own.",
            )
        evaluate = compile_plain(source, _compile_by_engine) or _compile_by_engine(source)
        return cls(source, evaluate, member_names(source))


def _compile_by_engine(source: str) -> Evaluate:
    # It takes 60 ms to import, and a function whose records hold plain paths never needs it.
    from tillbridge.domain.expression.engine import compile_by_engine

    return compile_by_engine(source)
