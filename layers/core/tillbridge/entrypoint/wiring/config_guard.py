"""What the config guard runs on: the tenants table, and the secrets that records name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tillbridge.adapters.drafts import Drafts, written_draft
from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.secrets import Secrets, secrets_manager_client
from tillbridge.entrypoint.drafts import judge
from tillbridge.entrypoint.settings import settings
from tillbridge.services.judge_drafts import JudgeDrafts


@cache
def judge_drafts() -> JudgeDrafts:
    store = Drafts(dynamodb_client(), settings().tenants_table, lambda: datetime.now(UTC))
    client = secrets_manager_client()
    # `Secrets` remembers, so each draft gets one that does not know anything yet.
    return JudgeDrafts(
        store,
        judge(
            settings().allowed_private_origins,
            lambda: Secrets(client, settings().secrets_prefix).read,
            store.live,
        ),
    )


def judge_change(change: Mapping[str, Any]) -> None:
    """Judge what a stream record's `dynamodb` tells of. Raises `RecordsUnavailable`."""
    if written := written_draft(change):
        judge_drafts()(*written)
