"""One bound in time and memory around a whole batch of evaluations."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tillbridge.domain import limits
from tillbridge.domain.expression.errors import ExpressionFailed

TIME_LIMIT_S = 0.25
# With the 70-110 MB of a warm function this stays below 512 MB, half of what the function has.
MEMORY_LIMIT_BYTES = 256 * 1024 * 1024
_LOOK_EVERY_S = 0.01
# Small allocations are stopped here, so that there is room left to raise an exception in.
_SHARE_OF_SMALL_ALLOCATIONS = 0.6
_LEFT_OVER_BYTES = 64 * 1024 * 1024


class MemoryLimitReached(BaseException):
    """As `TimeLimitReached`: nothing in the engine can swallow it."""


class Bounds:
    """Limits that begin to count when something that needs them runs: a batch of plain paths never
    sets a timer."""

    def __init__(self, time_limit_s: float, memory_limit_bytes: int) -> None:
        self._time_limit_s = time_limit_s
        self._memory_limit_bytes = memory_limit_bytes
        self._memory_before: tuple[int, int] | None = None
        self._ends_at_s = 0.0
        self._largest_size_bytes = 0.0
        self._collects_garbage = False
        self.armed = False

    def arm(self) -> None:
        if self.armed:
            return
        _collect_what_is_left_over()
        self._ends_at_s = time.monotonic() + self._time_limit_s
        self._largest_size_bytes = (
            limits.process_size_bytes() + self._memory_limit_bytes * _SHARE_OF_SMALL_ALLOCATIONS
        )
        self._memory_before = limits.lower_memory_limit(self._memory_limit_bytes)
        self.armed = True
        # A collection is one long call into C, and what an alarm raises in its callbacks is lost.
        self._collects_garbage = gc.isenabled()
        gc.disable()
        first_look_s = min(self._time_limit_s, _LOOK_EVERY_S)
        limits.start_timer(first_look_s, repeat_s=_LOOK_EVERY_S, on_alarm=self._look)

    def _look(self) -> None:
        if time.monotonic() >= self._ends_at_s:
            raise limits.TimeLimitReached
        if limits.process_size_bytes() > self._largest_size_bytes:
            raise MemoryLimitReached

    def disarm(self) -> None:
        if self._memory_before is not None:
            limits.restore_memory_limit(self._memory_before)
        if self._collects_garbage:
            gc.enable()


_open: Bounds | None = None
_size_when_collected_bytes = 0


def _collect_what_is_left_over() -> None:
    """Variables and functions of an expression refer to each other: the megabytes that one held
    would otherwise count for nobody while the next takes as much again."""
    global _size_when_collected_bytes
    size_bytes = limits.process_size_bytes()
    if size_bytes > _size_when_collected_bytes + _LEFT_OVER_BYTES:
        gc.collect()
        _size_when_collected_bytes = limits.process_size_bytes()


@contextmanager
def evaluation_bounds(
    *, time_limit_s: float = TIME_LIMIT_S, memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> Iterator[Bounds]:
    """Bound all evaluations in the block together; `ExpressionFailed` leaves it when it is too
    slow or too big.

    It cannot be forgotten, since every evaluation by the engine opens it for itself; a caller with
    many (one per field per item) opens it around them, so that the limits count for the sum and
    are set once. Inside an open one, another changes nothing. Once the time is up the block is
    left: no item after the one that ran too long is tried. Main thread only, and never inside
    another `time_limit`: a process has one timer.
    """
    global _open
    if _open is not None:
        yield _open
        return
    _open = bounds = Bounds(time_limit_s, memory_limit_bytes)
    try:
        try:
            yield bounds
        finally:
            try:
                if bounds.armed:
                    limits.stop_timer()
            finally:
                # The alarm can strike until the line above, but no longer here.
                _open = None
                bounds.disarm()
    except limits.TimeLimitReached:
        raise ExpressionFailed("time limit", f"it took longer than {time_limit_s} s") from None
    except (MemoryError, MemoryLimitReached):
        raise ExpressionFailed("memory limit", "it took too much memory") from None


def reset_bounds() -> None:
    """For the edge, before a request: no limit of an earlier one may reach it, whatever became of
    that."""
    global _open
    limits.stop_timer()
    if _open is not None:
        _open.disarm()
        _open = None
