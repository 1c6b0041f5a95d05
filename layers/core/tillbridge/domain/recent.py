"""A memory that stays small."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_AT_MOST = 1_000


class Recent(Generic[K, V]):
    """What was last used, by key; beyond a thousand the least recently used is forgotten. Where it
    holds tenants' things, the key begins with the tenant. Several threads may use it, but
    nothing that an alarm can end."""

    def __init__(self) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > _AT_MOST:
                self._values.popitem(last=False)

    def forget(self, key: K) -> bool:
        """Whether there was anything to forget."""
        with self._lock:
            return self._values.pop(key, None) is not None
