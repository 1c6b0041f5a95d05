"""Tasks that run one at a time and hand over at every call to the table, in an order and in a time
that a seed decides. Each is a greenlet, so that the code under test stays as it is: synchronous."""

import heapq
import random
from collections.abc import Callable
from itertools import count
from typing import Any

from greenlet import getcurrent, greenlet

# So much time passes from one step to the next, at most.
_STEP_S = 0.03


class Livelock(Exception):
    """The tasks go on and on."""


class Box:
    """What a task waits for."""

    def __init__(self) -> None:
        self.content: Any = None
        self._waiting: greenlet | None = None

    def put(self, content: Any, scheduler: "Scheduler") -> None:
        """The first content counts; whoever waits for it goes on."""
        if self.content is None:
            self.content = content
            scheduler.wake(self._waiting)


class Scheduler:
    """`now_s` is the true time; tasks see it by clocks that are wrong."""

    def __init__(self, rng: random.Random, now_s: float) -> None:
        self.now_s = now_s
        self.steps = 0
        self._rng = rng
        self._hub = getcurrent()
        self._ready: list[greenlet] = []
        self._asleep: list[tuple[float, int, greenlet]] = []
        self._sleepers: dict[greenlet, int] = {}
        self._numbers = count()

    def spawn(self, run: Callable[[], None], after_s: float = 0.0) -> None:
        task = greenlet(run, self._hub)
        if after_s:
            self._put_to_sleep(task, after_s)
        else:
            self._ready.append(task)

    def hand_over(self) -> None:
        """Let others go first."""
        task = getcurrent()
        self._ready.append(task)
        self._hub.switch()

    def sleep(self, seconds: float) -> None:
        task = getcurrent()
        self._put_to_sleep(task, seconds)
        self._hub.switch()

    def wait(self, box: Box, at_most_s: float) -> Any:
        """What is put into the box, None when that takes too long."""
        if box.content is None:
            box._waiting = getcurrent()
            self.sleep(at_most_s)
            box._waiting = None
        return box.content

    def wake(self, task: greenlet | None) -> None:
        if task is not None and self._sleepers.pop(task, None) is not None:
            self._ready.append(task)

    def run(self, at_most: int) -> None:
        """Until no task is left. What a task raises comes out here."""
        ready, rng = self._ready, self._rng
        while ready or self._sleepers:
            self.steps += 1
            if self.steps > at_most:
                raise Livelock
            self.now_s += rng.random() * _STEP_S
            self._wake_those_whose_time_has_come()
            if not ready:
                continue
            chosen = int(rng.random() * len(ready))
            ready[chosen], ready[-1] = ready[-1], ready[chosen]
            ready.pop().switch()

    def _wake_those_whose_time_has_come(self) -> None:
        while self._asleep:
            wake_at_s, number, task = self._asleep[0]
            if self._sleepers.get(task) == number:
                if wake_at_s > self.now_s:
                    if self._ready:
                        return
                    # Nothing else can happen before.
                    self.now_s = wake_at_s
                del self._sleepers[task]
                self._ready.append(task)
            heapq.heappop(self._asleep)

    def _put_to_sleep(self, task: greenlet, seconds: float) -> None:
        number = next(self._numbers)
        self._sleepers[task] = number
        heapq.heappush(self._asleep, (self.now_s + seconds, number, task))
