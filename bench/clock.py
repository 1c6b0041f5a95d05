"""CPU time of a call, for information: it drifts with the machine's other work."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 7
ROUND_MIN_S = 0.1
ENOUGH_S = 3.0


def cpu_ms(call: Callable[[], object]) -> float:
    """CPU milliseconds of one call: the median of `ROUNDS` rounds of at least `ROUND_MIN_S`, or of
    fewer, when `ENOUGH_S` have been spent."""
    call()
    per_call: list[float] = []
    begun = time.process_time()
    while len(per_call) < ROUNDS and (not per_call or time.process_time() - begun < ENOUGH_S):
        calls, started = 0, time.process_time()
        while (taken := time.process_time() - started) < ROUND_MIN_S:
            call()
            calls += 1
        per_call.append(taken / calls * 1000)
    return statistics.median(per_call)
