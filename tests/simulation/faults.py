"""The way to the table: a call may be lost, unanswered or late on it, and end its caller."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.simulation.invariants import CheckedLedger
from tests.simulation.scheduler import Scheduler
from tillbridge.domain.ledger.due import Due
from tillbridge.domain.ledger.writes import (
    Item,
    Key,
    StoreBusy,
    StoreSilent,
    Write,
    WritesRefused,
)
from tillbridge.errors import RecordsUnavailable


class Crashed(BaseException):
    """The execution environment is gone, in the middle of whatever it did."""


@dataclass
class Weather:
    """`rate` of the calls have a fault."""

    rng: random.Random
    rate: float

    def strikes(self, share: float = 1.0) -> bool:
        return self.rate > 0 and self.rng.random() < self.rate * share


@dataclass
class FaultyStore:
    """See `ports.LedgerStore`, `ports.FindDue`. Every call lets others go first."""

    table: CheckedLedger
    scheduler: Scheduler
    weather: Weather
    calls: int = 0

    def get(self, key: Key) -> Item | None:
        self._arrive()
        if self.weather.strikes(0.5):
            raise StoreBusy
        return self.table.get(key)

    def transact(self, writes: Sequence[Write]) -> None:
        self._arrive()
        if not self.weather.strikes():
            self.table.transact(writes)
            return
        fault = self.weather.rng.choice((self._busy, self._lost, self._unheard, self._late))
        fault(writes)
        if self.weather.rng.random() < 0.25:
            raise Crashed
        raise StoreSilent

    def due(self, shard: str, until: str) -> Iterator[Due]:
        """As the index is when it is asked: while the sweeper goes by it, holds end otherwise."""
        self._arrive()
        if self.weather.strikes():
            raise RecordsUnavailable
        return self.table.due(shard, until)

    def _arrive(self) -> None:
        self.calls += 1
        self.scheduler.hand_over()
        if self.weather.strikes(0.2):
            raise Crashed

    def _busy(self, _writes: Sequence[Write]) -> None:
        raise StoreBusy

    def _lost(self, _writes: Sequence[Write]) -> None:
        """The request never arrives."""

    def _unheard(self, writes: Sequence[Write]) -> None:
        """The reply never arrives."""
        try:
            self.table.transact(writes)
        except WritesRefused:
            return

    def _late(self, writes: Sequence[Write]) -> None:
        """The request arrives, and nobody knows when."""
        self.scheduler.spawn(lambda: self._unheard(writes), self.weather.rng.expovariate(0.5))
