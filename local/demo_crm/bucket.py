"""A token bucket: the rate limits of HubSpot and Shopify."""

from collections.abc import Callable


class Bucket:
    """Holds up to `capacity` points and gains `restored_per_second`."""

    def __init__(
        self, capacity: float, restored_per_second: float, clock: Callable[[], float]
    ) -> None:
        self.capacity = capacity
        self.restored_per_second = restored_per_second
        self._clock = clock
        self._level = capacity
        self._filled_at = clock()

    @property
    def level(self) -> float:
        now = self._clock()
        gained = (now - self._filled_at) * self.restored_per_second
        self._level = min(self.capacity, self._level + gained)
        self._filled_at = now
        return self._level

    def take(self, points: float) -> bool:
        """Whether there were enough; nothing is taken where not."""
        enough = self.level >= points
        if enough:
            self._level -= points
        return enough
