"""What is wrong with a record or a request, each fault with its place, without what stands there:
inputs hold personal data and secrets."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tillbridge.domain.expression import Expression, ExpressionRefused

P = ParamSpec("P")
T = TypeVar("T")

_HINTS = {
    "missing": "Add it.",
    "dict_type": "Write an object, {…}.",
    "model_type": "Write an object, {…}.",
    "string_type": "Write a text, in quotes.",
}


class Fault(NamedTuple):
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


def similar(name: str, names: Iterable[str]) -> str:
    """What to do about a name that is not among `names`."""
    import difflib

    close = difflib.get_close_matches(name[:40], names, n=1)
    return f"Did you mean {close[0]}?" if close else "Remove it."


@cache
def member_names(model: type[BaseModel]) -> frozenset[str]:
    """The name of every member that a record of that model, or a part of it, may have."""
    schema = model.model_json_schema(by_alias=True)
    parts = (schema, *schema.get("$defs", {}).values())
    return frozenset(name for part in parts for name in part.get("properties", ()))


def faults_in(error: ValidationError, given: Any = None, names: Iterable[str] = ()) -> list[Fault]:
    """Every fault, in the order of the fields. With what was `given`, a path holds only what stands
    there: pydantic also names the alternatives that it tried. `names` are what a member whose name
    is not known may have been meant to be."""
    faults: dict[str, Fault] = {}
    for one in error.errors(include_input=False, include_url=False):
        path = _path(one, given)
        is_unknown = one["type"] == "extra_forbidden"
        message = _message(one)
        if path in faults:  # the other alternatives of one value
            message = f"{faults[path].message}; or {message}"
        hint = similar(str(one["loc"][-1]), names) if is_unknown else _HINTS.get(one["type"])
        faults[path] = Fault(path, message, hint=hint)
    return list(faults.values())


def _message(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "There is no such member"
        case "union_tag_invalid":
            # The one message of pydantic's that quotes its input.
            return f"{error['ctx']['discriminator']} is not {error['ctx']['expected_tags']}"
        case _:
            return error["msg"]


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
