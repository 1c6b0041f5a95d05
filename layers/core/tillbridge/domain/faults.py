"""What is wrong with a record or a request, each fault with its place, without what stands there:
inputs hold personal data and secrets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tillbridge.domain.expression import Expression, ExpressionRefused

P = ParamSpec("P")
T = TypeVar("T")

_HINTS = {
    "extra_forbidden": "Remove it, or mend its spelling.",
    "missing": "Add it.",
    "string_type": "Write a text, in quotes.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` is dotted, an index its number (`outcomes.0.when.body`), '' for the whole. `position`
    is the offset in characters in the text at that path, `hint` what to do, where they are
    known."""

    path: str
    message: str
    position: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        """One line."""
        place = f"{self.path}: " if self.path else ""
        position = "" if self.position is None else f" (position {self.position})"
        return f"{place}{self.message}{position}" + (f". {self.hint}" if self.hint else "")


class RecordRefused(ValueError):
    """A record, or a part of it, cannot be used."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def compiled_expression(source: Any, path: str) -> Expression:
    """The expression that stands at `path` in a record. Raises `RecordRefused`."""
    if not isinstance(source, str):
        raise RecordRefused(Fault(path, "It is not a text", hint="Write JSONata."))
    try:
        return Expression.compile(source)
    except ExpressionRefused as refused:
        fault = Fault(path, refused.message, refused.position, refused.hint)
        raise RecordRefused(fault) from refused


class Gathering:
    """Makes the parts of a record one by one, so that what is wrong with all of them is told at
    once: `part` as often as needed, then `finish`."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def part(self, make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `make` gives. Where it refuses, nothing of use, for `finish` will raise."""
        try:
            return make(*args, **kwargs)
        except RecordRefused as refused:
            self._faults.extend(refused.faults)
            return cast("T", None)

    def finish(self) -> None:
        """Raises `RecordRefused` with every fault of every part."""
        if self._faults:
            raise RecordRefused(*self._faults)


def faults_in(error: ValidationError, given: Any = None) -> list[Fault]:
    """Every fault, in the order of the fields. With what was `given`, a path holds only what stands
    there: pydantic also names the alternatives that it tried."""
    faults: dict[str, Fault] = {}
    for one in error.errors(include_input=False, include_url=False):
        path = _path(one, given)
        message = (
            # The one message of pydantic's that quotes its input.
            f"{one['ctx']['discriminator']} is not {one['ctx']['expected_tags']}"
            if one["type"] == "union_tag_invalid"
            else one["msg"]
        )
        if path in faults:  # the other alternatives of one value
            message = f"{faults[path].message}; or {message}"
        faults[path] = Fault(path, message, hint=_HINTS.get(one["type"]))
    return list(faults.values())


def _path(error: ErrorDetails, given: Any) -> str:
    steps = error["loc"]
    if given is None:
        return ".".join(map(str, steps))
    kept: list[str] = []
    node = given
    for at, step in enumerate(steps, start=1):
        members = dict(enumerate(node)) if isinstance(node, list) else node
        if isinstance(members, Mapping) and step in members:
            node = members[step]
        elif at < len(steps) or error["type"] != "missing":
            continue  # the name of an alternative, which stands nowhere
        kept.append(str(step))
    return ".".join(kept)
