"""POS keys in the tenants table (`pk = KEY#<tenant>#`, `sk = <key-id>`)."""

from typing import TYPE_CHECKING

from tillbridge.adapters.dynamodb import get_item
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.caller import PosKeyRecord

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# API Gateway remembers the authorizer's answer (60 s); whenever it asks, the key is read.
_FRESH_S = 0
_STALE_S = 15 * 60


class PosKeys:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._records = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S)

    def read(self, tenant_id: str, key_id: str) -> tuple[PosKeyRecord | None, bool]:
        """See `ports.ReadPosKey`."""
        reading = self._records((tenant_id, key_id))
        return reading.value, reading.stale

    def _read(self, key: tuple[str, str]) -> PosKeyRecord | None:
        tenant_id, key_id = key
        item = get_item(self._client, self._table, f"KEY#{tenant_id}#", key_id)
        if item is None:
            return None
        return PosKeyRecord(
            secret_sha256=item["secret_sha256"],
            principal=item["principal"],
            channel=item["channel"],
            scopes=frozenset(item["scopes"]),
            expires_at_s=item.get("expires_at_s"),
            revoked=item.get("revoked", False),
        )
