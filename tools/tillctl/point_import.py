"""Booking many rows at once: a bounded number in flight, each as often as the table needs to be
asked."""

import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from tillbridge.domain.ledger.earn import Booked
from tillbridge.errors import RecordsUnavailable, TillbridgeError, Undecided
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.point_rows import Refused, Row

WORKERS = 16
_TRIES = 10
_LONGEST_PAUSE_S = 10.0

Book = Callable[[Row], Booked]


@dataclass(frozen=True, slots=True)
class Imported:
    """A row whose points are in the ledger. `replayed`: an earlier run had booked it."""

    row: Row
    points: int
    replayed: bool


Outcome = Imported | Refused


def _pause(failures: int) -> None:
    """Full jitter, doubled up to a bound: a table that is throttled grows in its own time."""
    longest_s = min(_LONGEST_PAUSE_S, 0.05 * 2**failures)
    time.sleep(random.uniform(0, longest_s))  # noqa: S311  no secret


@dataclass(frozen=True, slots=True)
class PointImport:
    """`book` books one row, from several threads; the same row again is booked once. `pause` waits
    after so many failures."""

    book: Book
    workers: int = WORKERS
    pause: Callable[[int], None] = _pause

    def run(self, rows: Iterable[Row], done: Callable[[Outcome], None]) -> None:
        """Book the rows, in no order, and tell `done` of each; `rows` is read as they are booked.
        Raises `Failure` when the table does not answer any more. Stopped by that or by Ctrl-C,
        whatever was begun is finished and told."""
        pool = ThreadPoolExecutor(self.workers)
        pending: set[Future[Outcome]] = set()
        try:
            for row in rows:
                pending.add(pool.submit(self._outcome, row))
                if len(pending) >= 2 * self.workers:
                    _tell(pending, done)
            while pending:
                _tell(pending, done)
        finally:
            pool.shutdown(cancel_futures=True)
            for future in pending:
                if not future.cancelled() and future.exception() is None:
                    done(future.result())

    def _outcome(self, row: Row) -> Outcome:
        for failures in range(1, _TRIES + 1):
            try:
                booked = self.book(row)
                return Imported(row, booked.delta, booked.replayed)
            except (Undecided, RecordsUnavailable):
                if failures < _TRIES:
                    self.pause(failures)
            except TillbridgeError as error:
                return Refused(row.line, error.detail)
        hint = (
            "Run the same command again when it does: what is booked already is not booked twice."
        )
        raise Failure(f"Line {row.line}: the table does not answer.", hint, Exit.ENVIRONMENT)


def _tell(pending: set[Future[Outcome]], done: Callable[[Outcome], None]) -> None:
    """Tell of those that are finished, which are pending no more."""
    finished, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in finished:
        pending.remove(future)
        done(future.result())
