"""Many tills at one instant, each of which insists until it is told a decision."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import uniform
from threading import Barrier
from typing import Any, TypeVar

import requests

from tests.support.till import Till

T = TypeVar("T")

# The emulator starts a process of 40 MB for each concurrent call, authorizer and function alike.
THREADS = 16
_TRIES = 20
_LONGEST_PAUSE_S = 4.0


def storm(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What the calls return, in their order: as many as there are threads begin at one instant, and
    the others follow at once."""
    threads = min(THREADS, len(calls))
    start = Barrier(threads)

    def run(number: int) -> T:
        if number < threads:
            start.wait()
        return calls[number]()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(len(calls))))


def warm_up(till: Till, path: str = "/v1/redemptions/nobodys") -> None:
    """Let the emulator start a function's processes a few at a time: all at once, on a busy
    machine, they outlast their functions' timeouts, are killed, and begin anew."""
    for tills in range(2, THREADS + 1, 2):
        storm([lambda: decision(till, "GET", path)] * tills)


def decision(
    till: Till, method: str, path: str, key: str | None = None, **options: Any
) -> requests.Response:
    """The answer that decides. One that does not must say that the same may be sent again, and that
    a new key may not; only what the gateway says by itself (it throttles) is without that here."""
    headers = {} if key is None else {"Idempotency-Key": key}
    met: Counter[int] = Counter()
    for failures in range(1, _TRIES):
        # A lost answer is no decision either.
        with suppress(requests.RequestException):
            answer = till.call(method, path, headers=headers, **options)
            if _decides(answer):
                return answer
            met[answer.status_code] += 1
        time.sleep(uniform(0, min(_LONGEST_PAUSE_S, 0.05 * 2**failures)))
    raise AssertionError(f"{method} {path} was not decided: {met}")


def _decides(answer: requests.Response) -> bool:
    if answer.headers.get("Content-Type") != "application/problem+json":
        return answer.ok
    problem = answer.json()
    if answer.status_code < 500:
        return True
    assert answer.status_code == 503, problem
    assert (problem["safe_to_retry"], problem["safe_new_key"]) == (True, False)
    return False
