"""A tenant's records that are in force (`pk = LIVE#<tenant>#`): profile and integrations."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tillbridge.adapters.dynamodb import get_item
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.faults import faults_in
from tillbridge.domain.integration import Integration
from tillbridge.domain.record_content import content_of
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import NotConfigured, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_FRESH_S = 30
_STALE_S = 15 * 60
_PROFILE = "PROFILE"
_INTEGRATION = "INTEGRATION#"


class LiveRecords:
    """Records are judged and compiled when they are read, so a bad one fails here, and are
    remembered so, good or bad (30 s; up to 15 min when DynamoDB does not answer)."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        # One memory for all, so that the first read which DynamoDB does not answer spares the next.
        self._records = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)

    def profile(self, tenant_id: str) -> TenantProfile:
        """See `ports.ReadProfile`."""
        profile = self._record(tenant_id, _PROFILE)
        if not isinstance(profile, TenantProfile):
            raise NotConfigured("this merchant has no live profile")
        return profile

    def integration(self, tenant_id: str, operation: str) -> Integration:
        """See `ports.ReadIntegration`."""
        integration = self._record(tenant_id, f"{_INTEGRATION}{operation}")
        if not isinstance(integration, Integration) or not integration.record.enabled:
            raise NotConfigured(
                f"this merchant has no live, enabled record for {operation}", operation=operation
            )
        return integration

    def _record(self, tenant_id: str, name: str) -> TenantProfile | Integration | None:
        record = self._records((tenant_id, name)).value
        if isinstance(record, RecordUnusable):
            raise RecordUnusable(record.detail)
        return record

    def _read(self, key: tuple[str, str]) -> TenantProfile | Integration | RecordUnusable | None:
        tenant_id, name = key
        try:
            item = get_item(self._client, self._table, f"LIVE#{tenant_id}#", name)
            if item is None:
                return None
            stored = content_of(item)
            return (
                _profile(stored)
                if name == _PROFILE
                else Integration.load(stored, item.get("expected_fields"))
            )
        except RecordUnusable as unusable:
            return unusable


def _profile(stored: dict[str, Any]) -> TenantProfile:
    try:
        return TenantProfile.model_validate(stored)
    except ValidationError as error:
        places = ", ".join(fault.path for fault in faults_in(error))
        raise RecordUnusable(f"the live profile is wrong at {places}") from None
