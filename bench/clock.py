"""CPU time of a call, for information: it drifts with the machine's other work."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 7
ROUND_MIN_S = 0.2


def cpu_ms(call: Callable[[], object]) -> float:
    """CPU milliseconds of one call: the median of some rounds, each of at least `ROUND_MIN_S`."""
    call()
    per_call = []
    for _ in range(ROUNDS):
        calls, started = 0, time.process_time()
        while (taken := time.process_time() - started) < ROUND_MIN_S:
            call()
            calls += 1
        per_call.append(taken / calls * 1000)
    return statistics.median(per_call)
