"""Bounds in time and memory around work that a tenant's record or system decides."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


class TimeLimitReached(BaseException):
    """The time limit ran out. No library's `except Exception` can swallow it; the caller of
    `time_limit` turns it into an error of ours."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the monotonic clock by which a request must be answered."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def remaining_s(self) -> float:
        """Seconds left; 0 or less when it has passed."""
        return self.at_s - time.monotonic()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeLimitReached` in the block when it has run for `seconds`, whatever it is doing in
    Python or waiting for in the kernel.

    Works in the main thread only, where Lambda runs a handler. There is one timer in a process, so
    limits must not be nested: that is a bug, and said so.
    """
    if seconds <= 0:
        raise TimeLimitReached
    signal.signal(signal.SIGALRM, _on_alarm)
    if signal.setitimer(signal.ITIMER_REAL, seconds)[0]:
        raise RuntimeError("time limits must not be nested")
    try:
        yield
    finally:
        # Inside the caller's `try`: the alarm can still strike between the block's end and here.
        signal.setitimer(signal.ITIMER_REAL, 0)


def _on_alarm(_signum: int, _frame: FrameType | None) -> None:
    raise TimeLimitReached
