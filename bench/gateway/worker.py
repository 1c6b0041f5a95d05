"""One variant in a process of its own: `worker.py MODE VARIANT JOB…`. What it finds out goes to
standard output as a line of JSON; what the handlers print goes nowhere."""

import importlib
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from bench import instructions
from bench.gateway import slow_motion
from bench.gateway.cold import Context
from bench.gateway.jobs import JOBS, Job

_WARM_UPS = 4
_CALLS_FOR_WALL = 11
_OTHERS = 50
_numbers = count()


def main(mode: str, variant: str, names: list[str]) -> None:
    tell = _apart_from_the_handlers()
    if mode.startswith("count"):
        slow_motion.begin()
    module = importlib.import_module(f"bench.gateway.{variant}")
    counted = dict(_name_and_calls(name) for name in names)
    handlers = {name: module.handler(name) for name in counted}
    calls = {name: _call(handler, JOBS[name]) for name, handler in handlers.items()}
    match mode:
        case "answer":
            tell({name: JOBS[name].outcome(call()) for name, call in calls.items()})
        case "count" | "count-among-others":
            if mode == "count-among-others":
                _serve_others(handlers)
            timed = {name: (call, counted[name]) for name, call in calls.items()}
            instructions.count_calls(timed, _WARM_UPS)
        case "wall":
            tell({name: _wall_ms(call) for name, call in calls.items()})
        case "serve":
            _serve(calls, tell)


def _name_and_calls(text: str) -> tuple[str, int]:
    """`lookup=8`, or as often as is usual."""
    name, _, calls = text.partition("=")
    return name, int(calls or JOBS[name].calls)


def _call(handler: Callable[..., Any], job: Job) -> Callable[[], Any]:
    context = Context()
    return lambda: handler(job.event_of(next(_numbers)), context)


def _serve_others(handlers: dict[str, Callable[..., Any]]) -> None:
    """Whatever they are answered: what the process remembers of them is what matters."""
    context = Context()
    for name, handler in handlers.items():
        for number in range(_OTHERS):
            handler(JOBS[name].of_another(number), context)


def _wall_ms(call: Callable[[], Any]) -> float:
    """The median of some calls of a warm process."""
    taken_ms = []
    for _ in range(_CALLS_FOR_WALL + 1):
        started_s = time.perf_counter()
        call()
        taken_ms.append((time.perf_counter() - started_s) * 1_000)
    return statistics.median(taken_ms[1:])


def _serve(calls: dict[str, Callable[[], Any]], tell: Callable[[Any], None]) -> None:
    """Makes `times` calls of a job for each line of `times job` that comes in: CPU seconds that
    these took, and the process's peak so far."""
    for line in sys.stdin:
        times, _, name = line.strip().partition(" ")
        call, started_s = calls[name], time.process_time()
        for _ in range(int(times)):
            call()
        cpu_s = time.process_time() - started_s
        tell({"cpu_s": cpu_s, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def _apart_from_the_handlers() -> Callable[[Any], None]:
    results = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(result: Any) -> None:
        print(json.dumps(result), file=results, flush=True)

    return tell


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
