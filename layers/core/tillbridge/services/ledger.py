"""Settling a decision: look at what it needs, write what it says, and decide anew when somebody was
faster."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tillbridge.domain.ledger.decision import Decide, Need, Settled
from tillbridge.domain.ledger.writes import Item, Key, StoreBusy, StoreSilent, WritesRefused
from tillbridge.errors import RecordsUnavailable, ServiceError, Undecided
from tillbridge.services.ports import LedgerStore

Outcome = TypeVar("Outcome")

_TRIES = 3
# A try that begins later could outlast the till's patience, when each of its calls hangs.
_TRIES_BEGIN_WITHIN_S = 1.0
_SHORTEST_PAUSE_S = 0.02
_RETRY_AFTER_S = 1


def _pause(failures: int) -> None:
    """Full jitter, so that those who collided do not meet again."""
    time.sleep(random.uniform(0, _SHORTEST_PAUSE_S * 2**failures))  # noqa: S311  no secret


def _given_up(sent: bool, operation_ref: str | None) -> ServiceError:
    if not sent:
        return RecordsUnavailable(retry_after_s=_RETRY_AFTER_S)
    known: dict[str, Any] = {} if operation_ref is None else {"operation_ref": operation_ref}
    return Undecided(retry_after_s=_RETRY_AFTER_S, operation_state="unknown", **known)


@dataclass(frozen=True, slots=True)
class Ledger:
    """`pause` waits after so many failures; `clock_s` is monotonic."""

    store: LedgerStore
    pause: Callable[[int], None] = _pause
    clock_s: Callable[[], float] = time.monotonic

    def settle(self, decide: Decide[Outcome], operation_ref: str | None = None) -> Outcome:
        """The outcome, once it is stored. Raises what `decide` raises; `Undecided` when a
        transaction was sent and it cannot be told, or was in others' way three times; and
        `RecordsUnavailable` when the table does not even answer what there is. `operation_ref` is
        by what the till can ask for it."""
        started_s = self.clock_s()
        seen: dict[Key, Item | None] = {}
        failures, sent = 0, False
        while True:
            step = decide(seen)
            if isinstance(step, Settled):
                return step.outcome
            try:
                if isinstance(step, Need):
                    for key in (step.key, *step.also):
                        seen[key] = self.store.get(key)
                    continue
                sent = True
                self.store.transact(step.writes)
            except WritesRefused as refused:
                seen |= refused.found
            except (StoreBusy, StoreSilent):
                # Our own transaction may be what has changed it since.
                seen.clear()
            else:
                return step.outcome
            failures += 1
            if failures == _TRIES or self.clock_s() - started_s > _TRIES_BEGIN_WITHIN_S:
                raise _given_up(sent, operation_ref)
            self.pause(failures)
