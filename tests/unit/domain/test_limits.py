import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tillbridge.domain.limits import (
    Deadline,
    TimeLimitReached,
    lower_memory_limit,
    process_size_bytes,
    restore_memory_limit,
    time_limit,
)

# What a busy machine may add to a limit.
LATEST_S = 2.0


def test_a_deadline_counts_down_to_its_instant() -> None:
    before_s = time.monotonic()
    deadline = Deadline.after(10)

    assert before_s + 10 <= deadline.at_s <= time.monotonic() + 10
    assert 0 < deadline.remaining_s() <= 10


def test_a_deadline_that_has_passed_has_nothing_left() -> None:
    assert Deadline.after(-1).remaining_s() <= -1


@pytest.mark.parametrize(("whole_s", "part_s", "left_s"), [(10, 5, 5), (5, 10, 5), (-1, 5, -1)])
def test_a_part_of_a_deadline_never_ends_after_it(
    whole_s: float, part_s: float, left_s: float
) -> None:
    whole = Deadline.after(whole_s)

    part = whole.within(part_s)

    assert part.at_s <= whole.at_s
    assert left_s - LATEST_S < part.remaining_s() <= left_s


@pytest.mark.parametrize("seconds", [0, 0.3, 100])
def test_a_deadline_can_be_moved_to_the_front(seconds: float) -> None:
    assert Deadline(50.0).earlier_by(seconds) == Deadline(50.0 - seconds)


def test_work_that_is_done_in_time_is_left_alone() -> None:
    with time_limit(10):
        done = sum(range(1_000))

    assert done == 499_500
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def loop_for_ever() -> None:
    while True:
        pass


def wait_for_long() -> None:
    time.sleep(30)


def swallow_errors() -> None:
    while True:
        with suppress(Exception):
            time.sleep(30)


@pytest.mark.parametrize("work", [loop_for_ever, wait_for_long, swallow_errors])
def test_work_that_takes_too_long_is_ended(work: object) -> None:
    assert callable(work)
    began_s = time.monotonic()

    with pytest.raises(TimeLimitReached), time_limit(0.02):
        work()

    assert time.monotonic() - began_s < LATEST_S
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_unwinding_is_not_struck_in_the_middle() -> None:
    struck = 0

    def slow_to_unwind() -> None:
        nonlocal struck
        try:
            signal.pause()
        except TimeLimitReached:
            struck += 1
            # Longer than an alarm's interval: another one here would leave the timer running.
            ends_s = time.monotonic() + 0.1
            while time.monotonic() < ends_s:
                pass
            raise

    with pytest.raises(TimeLimitReached), time_limit(0.02):
        slow_to_unwind()

    assert struck == 1
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@contextmanager
def allocating_at_most(extra_bytes: int) -> Iterator[None]:
    before = lower_memory_limit(extra_bytes)
    try:
        yield
    finally:
        restore_memory_limit(before)


def test_an_alarm_that_is_swallowed_strikes_again() -> None:
    def swallow_the_first() -> None:
        try:
            time.sleep(30)
        except TimeLimitReached:
            time.sleep(30)

    with pytest.raises(TimeLimitReached), time_limit(0.02):
        swallow_the_first()


def test_an_error_of_the_work_leaves_no_alarm_behind() -> None:
    with pytest.raises(KeyError), time_limit(10):
        raise KeyError

    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.parametrize("seconds", [0, -1])
def test_without_any_time_nothing_is_begun(seconds: float) -> None:
    began = []

    with pytest.raises(TimeLimitReached), time_limit(seconds):
        began.append(True)

    assert began == []
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_limits_within_limits_are_a_bug_and_said_so() -> None:
    with time_limit(10), pytest.raises(RuntimeError, match="nested"), time_limit(5):
        pass


def test_a_time_limit_is_no_exception_that_a_library_would_swallow() -> None:
    assert not issubclass(TimeLimitReached, Exception)


@pytest.mark.skipif(not process_size_bytes(), reason="the kernel does not tell a process's size")
def test_one_large_allocation_is_refused_and_the_next_is_not() -> None:
    with pytest.raises(MemoryError), allocating_at_most(64 * 1024 * 1024):
        bytearray(256 * 1024 * 1024)

    assert len(bytearray(256 * 1024 * 1024)) == 256 * 1024 * 1024


def test_where_the_size_of_a_process_is_not_told_nothing_is_limited(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tillbridge.domain.limits._MEMORY_IN_PAGES", tmp_path / "none")

    with allocating_at_most(0):
        assert len(bytearray(64 * 1024 * 1024)) == 64 * 1024 * 1024
