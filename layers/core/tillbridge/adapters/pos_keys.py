"""POS keys in the tenants table (`pk = KEY#<tenant>#`, `sk = <key-id>`)."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tillbridge.adapters.dynamodb import get_item
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.pos_key import PosKeyRecord
from tillbridge.errors import RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# API Gateway remembers the authorizer's answer (60 s); whenever it asks, the key is read.
_FRESH_S = 0
_STALE_S = 15 * 60


class PosKeys:
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._records = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)

    def read(self, tenant_id: str, key_id: str) -> tuple[PosKeyRecord | None, bool]:
        """See `ports.ReadPosKey`."""
        reading = self._records((tenant_id, key_id))
        return reading.value, reading.stale

    def _read(self, key: tuple[str, str]) -> PosKeyRecord | None:
        tenant_id, key_id = key
        item = get_item(self._client, self._table, f"KEY#{tenant_id}#", key_id)
        if item is None:
            return None
        return _record(item)


def _record(item: Mapping[str, Any]) -> PosKeyRecord:
    """Raises `RecordUnusable` for an item that somebody edited out of shape."""
    secret_sha256, principal, channel = (
        _text(item, name) for name in ("secret_sha256", "principal", "channel")
    )
    scopes, expires_at_s = item.get("scopes"), item.get("expires_at_s")
    if not isinstance(scopes, list) or not isinstance(expires_at_s, int | None):
        raise RecordUnusable("the key's scopes are no list, or its expiry is no whole number")
    return PosKeyRecord(
        secret_sha256=secret_sha256,
        principal=principal,
        channel=channel,
        scopes=frozenset(map(str, scopes)),
        expires_at_s=expires_at_s,
        revoked=bool(item.get("revoked", False)),
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    text = item.get(name)
    if not isinstance(text, str) or not text.isascii():
        raise RecordUnusable(f"the key's {name} is no plain text")
    return text
