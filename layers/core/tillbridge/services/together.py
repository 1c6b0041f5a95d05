"""Waiting for several things at once."""

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from tillbridge.domain.limits import Deadline
from tillbridge.errors import ServiceTimeout, TillbridgeError

Result = TypeVar("Result")


def together(
    parts: Mapping[str, Callable[[], Result]], deadline: Deadline
) -> dict[str, Result | TillbridgeError]:
    """What each part returned or how it failed, by its name: each in a thread of its own, with
    `ServiceTimeout` for those that have not ended by the deadline.

    A part has to end by itself soon after that. What it raises that is no `TillbridgeError` is
    a fault of ours, and raised here.
    """
    outcomes: SimpleQueue[tuple[str, Result | Exception]] = SimpleQueue()

    def run(name: str, part: Callable[[], Result]) -> None:
        try:
            outcomes.put((name, part()))
        except Exception as error:
            outcomes.put((name, error))

    for name, part in parts.items():
        Thread(target=run, args=(name, part), name=name, daemon=True).start()
    ended: dict[str, Result | TillbridgeError] = {}
    while len(ended) < len(parts):
        try:
            name, outcome = outcomes.get(timeout=max(deadline.remaining_s(), 0))
        except Empty:
            break
        if isinstance(outcome, Exception) and not isinstance(outcome, TillbridgeError):
            raise outcome
        ended[name] = outcome
    return {name: ended[name] if name in ended else ServiceTimeout() for name in parts}
