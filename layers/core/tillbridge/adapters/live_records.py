"""A tenant's records that are in force (`pk = LIVE#<tenant>#`): profile and integrations."""

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tillbridge.adapters.dynamodb import get_item
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.integration import Integration
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import NotConfigured, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_FRESH_S = 30
_STALE_S = 15 * 60


class LiveRecords:
    """Records are compiled when they are read, so a bad one fails here, and are remembered compiled
    (30 s; up to 15 min when DynamoDB does not answer)."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._profiles = Remembered(self._read_profile, fresh_s=_FRESH_S, stale_s=_STALE_S)
        self._integrations = Remembered(self._read_integration, fresh_s=_FRESH_S, stale_s=_STALE_S)

    def profile(self, tenant_id: str) -> TenantProfile:
        """See `ports.ReadProfile`."""
        profile = self._profiles(tenant_id).value
        if profile is None:
            raise NotConfigured("this merchant has no live profile")
        return profile

    def integration(self, tenant_id: str, operation: str) -> Integration:
        """See `ports.ReadIntegration`."""
        integration = self._integrations((tenant_id, operation)).value
        if integration is None or not integration.record.enabled:
            raise NotConfigured(
                f"this merchant has no live, enabled record for {operation}", operation=operation
            )
        return integration

    def _read_profile(self, tenant_id: str) -> TenantProfile | None:
        stored = self._content(tenant_id, "PROFILE")
        try:
            return None if stored is None else TenantProfile.model_validate(stored)
        except ValidationError as error:
            places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
            raise RecordUnusable(f"the live profile is wrong at {places}") from None

    def _read_integration(self, key: tuple[str, str]) -> Integration | None:
        tenant_id, operation = key
        stored = self._content(tenant_id, f"INTEGRATION#{operation}")
        return None if stored is None else Integration.load(stored)

    def _content(self, tenant_id: str, name: str) -> dict[str, Any] | None:
        item = get_item(self._client, self._table, f"LIVE#{tenant_id}#", name)
        return None if item is None else {k: v for k, v in item.items() if k not in ("pk", "sk")}
