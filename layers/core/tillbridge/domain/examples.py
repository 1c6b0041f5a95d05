"""A record's own examples, run: this answer of the system must give these items."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from tillbridge.domain.credential import seal
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.expected_fields import ExpectedField, expected_in
from tillbridge.domain.faults import Fault
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import Example, ExampleResponse
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem
from tillbridge.domain.operations import MOVING_POINTS
from tillbridge.errors import TillbridgeError

RUN_WITHIN_S = 5.0
_FEWER = "Keep fewer of them, or make the expressions simpler."
_STAND_IN = "example"
_FAULTS_PER_EXAMPLE = 10
_SHOWN_CHARACTERS = 300


def faults_in_examples(integration: Integration) -> list[Fault]:
    """What differs in each example that does not hold; none when all do. An example expects the
    list of items as the mapping gives them, or `{"code": "upstream_rejected"}`."""
    return faults_where_unheld(
        integration.record.examples, lambda example: result_of(integration, example)
    )


class Expecting(Protocol):
    """An example of any record."""

    @property
    def name(self) -> str: ...

    @property
    def expect(self) -> Any: ...


AnExample = TypeVar("AnExample", bound=Expecting)


def faults_where_unheld(
    examples: Sequence[AnExample], run: Callable[[AnExample], tuple[Any, str | None]]
) -> list[Fault]:
    """Where what `run` gives for an example is not what that expects; `run` also says why it gave
    that, where it is not plain."""
    deadline = Deadline.after(RUN_WITHIN_S)
    faults: list[Fault] = []
    for index, example in enumerate(examples):
        path = f"examples.{index}"
        if deadline.remaining_s() <= 0:
            faults.append(Fault(path, "The examples before this one took too long", hint=_FEWER))
            break
        given, reason = run(example)
        differing = _differences(example.expect, given, f"{path}.expect")
        for place, expected, got in islice(differing, _FAULTS_PER_EXAMPLE):
            message = f"{example.name}: expected {_text(expected)}, got {_text(got)}"
            faults.append(Fault(place, message, hint=reason))
    return faults


class _Nothing:
    """Stands for what one side does not have."""


_NOTHING = _Nothing()


def expected_fields_of(integration: Integration) -> dict[str, ExpectedField]:
    """What the record's answers hold, going by those of its examples that give items."""
    deadline = Deadline.after(RUN_WITHIN_S)
    mapped: list[Any] = []
    for example in integration.record.examples:
        if deadline.remaining_s() > 0:
            with suppress(TillbridgeError):
                mapped += integration.items(_answer(example.response), example.input).mapped
    return expected_in(mapped)


def result_of(integration: Integration, example: Example) -> tuple[Any, str | None]:
    """What the example gives, as it is written in `expect`, and why where it is a failure or a
    skipped item."""
    try:
        draft = integration.request.render(example.input)
        seal(draft, integration.record.auth, _STAND_IN, now_s=0)
        if integration.record.operation in MOVING_POINTS:
            done = integration.done(_answer(example.response), example.input)
            return ({"code": done} if isinstance(done, str) else [_as_json(done)]), None
        items = integration.items(_answer(example.response), example.input)
    except TillbridgeError as error:
        return {"code": error.code}, error.detail
    bad = next((item for item in items.first if isinstance(item, BadItem)), None)
    reason = None if bad is None else f"Item {bad.index} is skipped: {bad.field}: {bad.reason}"
    return [_as_json(item) for item in items.first], reason


def _differences(expected: Any, got: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts in which the two differ, with their paths."""
    if expected == got:
        return
    if isinstance(expected, dict) and isinstance(got, dict) and expected.keys() & got.keys():
        for name in expected | got:
            yield from _differences(
                expected.get(name, _NOTHING), got.get(name, _NOTHING), f"{path}.{name}"
            )
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from _differences(one, other, f"{path}.{index}")
    else:
        yield path, expected, got


def _answer(response: ExampleResponse) -> UpstreamAnswer:
    body = response.body if isinstance(response.body, str) else json.dumps(response.body)
    return UpstreamAnswer(response.status, {}, body.encode())


def _as_json(item: Any) -> Any:
    if isinstance(item, BadItem):
        return {"skipped": item.field}
    return item.model_dump(mode="json", exclude_none=True) if isinstance(item, BaseModel) else item


def _text(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
