"""Reading through a memory: recent values without asking, old ones when the store is silent."""

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from tillbridge.domain.recent import Recent
from tillbridge.errors import RecordsUnavailable

K = TypeVar("K")
V = TypeVar("V")

# A store that hangs costs each reader seconds: what is known is used at once for a while.
_SILENT_FOR_S = 10.0


class Reading(NamedTuple, Generic[V]):
    """A value, when it was read, and whether the store was silent since."""

    value: V
    read_at_s: float
    stale: bool = False


class Remembered(Generic[K, V]):
    """`read`, at most once per `fresh_s` and key; while it raises `RecordsUnavailable`, what it
    said up to `stale_s` ago. That there is none is remembered as well."""

    def __init__(
        self,
        read: Callable[[K], V],
        *,
        fresh_s: float,
        stale_s: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._now_s = now_s
        self._readings: Recent[K, Reading[V]] = Recent()
        self._silent_until_s = 0.0

    def __call__(self, key: K, *, fresh_s: float | None = None) -> Reading[V]:
        """`fresh_s` stands in for this memory's own, once. Raises what `read` raises,
        `RecordsUnavailable` only when nothing is remembered."""
        known = self._readings.get(key)
        now_s = self._now_s()
        if known and now_s - known.read_at_s < (self._fresh_s if fresh_s is None else fresh_s):
            return known
        remembers = known is not None and now_s - known.read_at_s < self._stale_s
        if known and remembers and now_s < self._silent_until_s:
            return known._replace(stale=True)
        try:
            reading = Reading(self._read(key), now_s)
        except RecordsUnavailable:
            self._silent_until_s = self._now_s() + _SILENT_FOR_S
            if known and remembers:
                return known._replace(stale=True)
            raise
        self._readings.put(key, reading)
        return reading
