"""Drafts as the table's stream tells of them: each one is judged, and no data makes it fail."""

from collections.abc import Callable
from typing import Any

from tillbridge.domain.drafts import Draft, DraftKey, Judgement
from tillbridge.domain.expression import reset_bounds
from tillbridge.domain.faults import Fault
from tillbridge.domain.limits import TimeLimitReached
from tillbridge.domain.record_kinds import (
    Content,
    changed_for_good,
    faults_in_record,
    kind_of,
)
from tillbridge.entrypoint.observability import frames, logger
from tillbridge.errors import RecordsUnavailable
from tillbridge.services.judge_drafts import Judge
from tillbridge.services.ports import ReadSecret


def judge(
    allowed_private_origins: frozenset[str],
    read_secret: Callable[[], ReadSecret],
    read_live: Callable[[DraftKey], Content | None],
) -> Judge:
    """What `JudgeDrafts` asks. `read_secret` is made for each draft: what somebody mended a moment
    ago has to count."""

    def judged(key: DraftKey, draft: Draft) -> Judgement:
        reset_bounds()
        read = read_secret()
        try:
            if not key.tenant_id:
                return Judgement(draft, (_NO_TENANT,))
            faults = faults_in_record(
                key.name,
                draft.content,
                allowed_private_origins,
                lambda name: read(key.tenant_id, name),
            )
            faults += changed_for_good(key.name, draft.content, read_live(key))
            kind = kind_of(key.name)
            derived: dict[str, Any] = {}
            if kind is not None and not faults:
                derived = kind.derive(draft.content)
            return Judgement(draft, tuple(faults), derived)
        except RecordsUnavailable:
            raise
        # The one edge: whatever a record makes go wrong is its verdict.
        except (Exception, TimeLimitReached) as error:
            logger.error("the check failed", error=type(error).__name__, frames=frames(error))
            return Judgement(draft, (_CHECK_FAILED,))

    return judged


_NO_TENANT = Fault(
    "pk",
    "The key is no tenant's",
    hint="Write TENANT#<tenant>#, the tenant's id 2 to 41 of a-z, 0-9 and '-'.",
)
_CHECK_FAILED = Fault(
    "", "The check itself failed", hint="This is a fault of the gateway: tell its operator."
)
