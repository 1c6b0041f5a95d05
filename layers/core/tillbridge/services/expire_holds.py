"""The sweeper: holds that nobody finished end. Their points, and what they hold of limited
campaigns, are free again."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tillbridge.domain.applications.application import Applied
from tillbridge.domain.applications.finish import Expire
from tillbridge.domain.ledger.actor import SWEEPER, Actor, instant
from tillbridge.domain.ledger.due import Due
from tillbridge.domain.ledger.finish import ExpireHold
from tillbridge.domain.ledger.keys import DUE_SHARDS, application_key
from tillbridge.domain.ledger.redemption import Receipt, id_in
from tillbridge.domain.limits import Deadline
from tillbridge.domain.programme import Programme, ProgrammeRecord
from tillbridge.errors import TenantError, TillbridgeError
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import FindDue, ReadProgramme

logger = logging.getLogger(__name__)

# A merchant who has no programme any more still gets held points back.
_NO_PROGRAMME = Programme(ProgrammeRecord(), time_zone="UTC", pseudonym_key="")


@dataclass(slots=True)
class Swept:
    """What one run did. `oldest_s` is how long the oldest hold that it found was overdue, `failed`
    counts those that it could not end, which need a person when they stay."""

    ended: int = 0
    failed: int = 0
    oldest_s: float = 0.0
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class ExpireHolds:
    ledger: Ledger
    find_due: FindDue
    read_programme: ReadProgramme
    now_s: Callable[[], float] = time.time

    def __call__(self, deadline: Deadline) -> Swept:
        """Ends what is due until the deadline; what is left, or failed, is found by the next run.
        One that fails stops no other (T28). Raises `RecordsUnavailable`."""
        swept = Swept()
        until = instant(self.now_s())
        # In another order each time: what one shard is full of keeps no other waiting for ever.
        for shard in random.sample(DUE_SHARDS, len(DUE_SHARDS)):
            for due in self.find_due(shard, until):
                if deadline.remaining_s() <= 0:
                    swept.is_complete = False
                    return swept
                swept.oldest_s = max(swept.oldest_s, self.now_s() - due.due_at_s)
                self._end(due, swept)
        return swept

    def _end(self, due: Due, swept: Swept) -> None:
        tenant_id, held = id_in(due.key)
        try:
            programme = self._programme(tenant_id)
            actor = Actor(tenant_id, SWEEPER, self.now_s(), programme.time_zone)
            if not self._ended(due, actor, held).replayed:
                swept.ended += 1
        # Whatever is wrong with one: the others must not wait for it.
        except Exception as error:
            swept.failed += 1
            code = error.code if isinstance(error, TillbridgeError) else type(error).__name__
            facts = {"tenant_id": tenant_id, "operation_ref": held, "error": code}
            logger.error("could not end a hold", extra=facts)  # noqa: TRY400  no text of an error's

    def _ended(self, due: Due, actor: Actor, held: str) -> Applied | Receipt:
        if due.key == application_key(actor.tenant_id, held):
            return self.ledger.settle(Expire(actor, held))
        return self.ledger.settle(ExpireHold(actor, held))

    def _programme(self, tenant_id: str) -> Programme:
        try:
            return self.read_programme(tenant_id)
        except TenantError:
            return _NO_PROGRAMME
