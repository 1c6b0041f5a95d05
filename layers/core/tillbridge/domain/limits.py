"""Bounds in time and memory around work that a tenant's record or system decides."""

import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Timer
from types import FrameType
from typing import NamedTuple

_MEMORY_IN_PAGES = Path("/proc/self/statm")

_STRIKES_AGAIN_S = 0.05
# What an alarm raised must get out of the block and stop the timer before the next one strikes:
# raised in the middle of that, it would leave a timer that nobody stops.
_UNWINDS_WITHIN_S = 0.15


class TimeLimitReached(BaseException):
    """The time limit ran out. No library's `except Exception` can swallow it; the caller of
    `time_limit` turns it into an error of ours."""


class Deadline(NamedTuple):
    """An instant of the monotonic clock by which a request must be answered."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and one `seconds` from now."""
        return min(self, Deadline.after(seconds), key=lambda deadline: deadline.at_s)

    def earlier_by(self, seconds: float) -> "Deadline":
        """A deadline `seconds` before this one."""
        return Deadline(self.at_s - seconds)

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
    start_timer(seconds)
    try:
        yield
    finally:
        # Inside the caller's `try`: the alarm can still strike between the block's end and here.
        stop_timer()


@contextmanager
def cut_off(seconds: float, cut: Callable[[], None]) -> Iterator[None]:
    """As `time_limit`, for threads other than the main one, where no alarm strikes: when the time
    is up, `cut` is called from yet another thread, and has to end what the block waits for.

    Whatever comes of the block then is `TimeLimitReached`: a connection that was cut can look like
    an answer that has come to its end.
    """
    if seconds <= 0:
        raise TimeLimitReached
    is_up = Event()

    def strike() -> None:
        is_up.set()
        cut()

    timer = Timer(seconds, strike)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if is_up.is_set():
            raise TimeLimitReached


def _time_is_up() -> None:
    raise TimeLimitReached


def start_timer(
    seconds: float,
    *,
    repeat_s: float = _STRIKES_AGAIN_S,
    on_alarm: Callable[[], None] = _time_is_up,
) -> None:
    """For who cannot use a `with`; see `time_limit`. Stop it in a `finally`."""
    if seconds <= 0:
        raise TimeLimitReached
    if signal.getitimer(signal.ITIMER_REAL)[0]:
        raise RuntimeError("time limits must not be nested")
    quiet_until_s = 0.0

    def strike(_signum: int, _frame: FrameType | None) -> None:
        nonlocal quiet_until_s
        now_s = time.monotonic()
        if now_s >= quiet_until_s:
            quiet_until_s = now_s + _UNWINDS_WITHIN_S
            on_alarm()
            quiet_until_s = 0.0  # it raised nothing

    signal.signal(signal.SIGALRM, strike)
    # Again and again: what a signal handler raises inside a `__del__` is swallowed.
    signal.setitimer(signal.ITIMER_REAL, seconds, repeat_s)


# Not a function of Python: an alarm may strike after it, but never instead of it.
stop_timer = partial(signal.setitimer, signal.ITIMER_REAL, 0)


def lower_memory_limit(extra_bytes: int) -> tuple[int, int]:
    """Make an allocation fail with `MemoryError` when the process, threads included, would grow by
    more than `extra_bytes`. Returns what to restore in a `finally`.

    It is for single large allocations. Many small ones that fill the last byte leave CPython none
    to raise with, and it loops for ever: watch the size of the process as well. Nothing is limited
    where the kernel does not tell that size (macOS): Lambda, the emulator's host and CI are Linux.
    """
    soft, hard = before = resource.getrlimit(resource.RLIMIT_AS)
    if size := process_size_bytes():
        finite = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min([size + extra_bytes, *finite]), hard))
    return before


def restore_memory_limit(before: tuple[int, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, before)


def process_size_bytes() -> int:
    """The address space in use, which is what RLIMIT_AS counts; 0 where that is not told."""
    if not _MEMORY_IN_PAGES.exists():
        return 0
    return int(_MEMORY_IN_PAGES.read_bytes().split()[0]) * resource.getpagesize()
