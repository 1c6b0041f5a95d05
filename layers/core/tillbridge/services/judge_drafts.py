"""From a draft that was written to its verdict and, when it is good, to the live record.

However often, late or out of order it is told of a writing, and wherever it is killed, the live
record ends as the latest draft's verdict says: it reads the turn, then the draft as it stands, and
concludes only when nobody else did since. So of two that judge at once, the one that concludes last
has read the draft after the other concluded (docs/adr/0009-drafts-are-judged-as-they-stand.md).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tillbridge.domain.drafts import Draft, DraftKey, Judgement
from tillbridge.errors import RecordsUnavailable
from tillbridge.services.ports import DraftStore

logger = logging.getLogger(__name__)

# What a draft is worth. Raises `RecordsUnavailable` alone, when that cannot be told.
Judge: TypeAlias = Callable[[DraftKey, Draft], Judgement]

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class JudgeDrafts:
    store: DraftStore
    judge: Judge

    def __call__(self, key: DraftKey, written: Draft | None) -> None:
        """Settle the record at `key` after it was written (None: deleted). Raises
        `RecordsUnavailable`: then it has to be told again."""
        standing = self._settle(key) if key.may_go_live else None
        if written is not None and (standing is None or written.content != standing.content):
            # It was overtaken, or can never be live; who wrote it still wants to know.
            self._note(key, written)

    def _settle(self, key: DraftKey) -> Draft | None:
        """Conclude what stands at the key now, and return it."""
        for _ in range(_ATTEMPTS):
            turn = self.store.turn(key)
            draft = self.store.draft(key)
            judgement = None if draft is None else self.judge(key, draft)
            if self.store.conclude(key, turn, judgement):
                _log(key, judgement)
                return draft
        raise RecordsUnavailable("the record is being judged by others all the time")

    def _note(self, key: DraftKey, draft: Draft) -> None:
        judgement = self.judge(key, draft)
        self.store.note(key, judgement)
        _log(key, judgement)


def _log(key: DraftKey, judgement: Judgement | None) -> None:
    facts = {"tenant_id": key.tenant_id, "record": key.name if key.may_go_live else "unknown"}
    if judgement is None:
        logger.info("retired a record", extra=facts)
        return
    logger.info(
        "judged a draft",
        extra={
            **facts,
            "content_hash": judgement.draft.content_hash,
            "verdict": judgement.verdict,
            "faults": len(judgement.faults),
        },
    )
