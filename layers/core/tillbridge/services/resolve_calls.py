"""The resolver: calls to merchants' loyalty systems whose outcome is not known are learnt of, and
those that follow from what a till has decided are made."""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.due import Due
from tillbridge.domain.ledger.keys import CALL_SHARDS, MANUAL_SHARD
from tillbridge.domain.ledger.redemption import id_in
from tillbridge.domain.limits import Deadline
from tillbridge.errors import TillbridgeError
from tillbridge.services.ports import FindDue, ReadUpstreamProgramme
from tillbridge.services.upstream_redemptions import LegRunner

logger = logging.getLogger(__name__)

# The most that one redemption takes of a run; and one merchant, whose system may not answer.
_FOR_ONE_S = 6.0
_FOR_A_MERCHANT_S = 15.0


@dataclass(slots=True)
class Resolved:
    """What one run did. Of what it found, `settled` are done with, `waiting` are still to be
    learnt of, the oldest of them sent `oldest_s` ago, and `failed` could not be gone on with.
    `manual` are those that only a person can go on with, `taken_s` is the time by merchant."""

    settled: int = 0
    waiting: int = 0
    failed: int = 0
    manual: int = 0
    oldest_s: float = 0.0
    is_complete: bool = True
    taken_s: dict[str, float] = field(default_factory=lambda: defaultdict(float), repr=False)

    def may_ask(self, tenant_id: str) -> bool:
        return self.taken_s[tenant_id] < _FOR_A_MERCHANT_S


@dataclass(frozen=True, slots=True)
class ResolveCalls:
    runner: LegRunner
    find_due: FindDue
    read_programme: ReadUpstreamProgramme
    now_s: Callable[[], float] = time.time

    def __call__(self, deadline: Deadline) -> Resolved:
        """Goes on with what is due until the deadline; the rest is found by the next run. One that
        fails stops no other (T28). Raises `RecordsUnavailable`."""
        resolved = Resolved()
        until = instant(self.now_s())
        resolved.manual = sum(1 for _ in self.find_due(MANUAL_SHARD, until))
        for shard in random.sample(CALL_SHARDS, len(CALL_SHARDS)):
            for due in self.find_due(shard, until):
                if deadline.remaining_s() <= 0:
                    resolved.is_complete = False
                    return resolved
                self._go_on(due, deadline, resolved)
        return resolved

    def _go_on(self, due: Due, deadline: Deadline, resolved: Resolved) -> None:
        tenant_id, redemption = id_in(due.key)
        if not resolved.may_ask(tenant_id):
            resolved.is_complete = False
            return
        started_s = time.monotonic()
        try:
            programme = self.read_programme(tenant_id)
            within = deadline.within(_FOR_ONE_S)
            leg = self.runner.go_on(tenant_id, redemption, programme, within).redemption.leg
            if leg is not None:
                resolved.oldest_s = max(resolved.oldest_s, leg.age_s(self.now_s()))
        # Whatever is wrong with one: the others must not wait for it.
        except Exception as error:
            resolved.failed += 1
            code = error.code if isinstance(error, TillbridgeError) else type(error).__name__
            facts = {"tenant_id": tenant_id, "redemption_id": redemption, "error": code}
            logger.error("could not go on with a call", extra=facts)  # noqa: TRY400  no text of an error's
        else:
            resolved.settled += leg is None
            resolved.waiting += leg is not None
        finally:
            resolved.taken_s[tenant_id] += time.monotonic() - started_s
