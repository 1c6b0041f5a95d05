"""Under valgrind a second is over after a fiftieth of its work: here the clocks run slower still,
so that no deadline strikes which would not have struck."""

import signal
import time

_TIMES = 100


def begin() -> None:
    """For the whole process, before anything that measures time is imported."""
    monotonic, setitimer = time.monotonic, signal.setitimer
    time.monotonic = lambda: monotonic() / _TIMES
    signal.setitimer = lambda which, seconds, interval=0.0: setitimer(
        which, seconds * _TIMES, interval * _TIMES
    )
