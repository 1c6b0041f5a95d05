"""Shopify's shops in the tenants table (`pk = SHOP#<domain>`, `sk = SHOP`)."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tillbridge.adapters.dynamodb import get_item
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.caller import is_tenant_id
from tillbridge.domain.shop import DEFAULT_SCOPES, Shop, is_shop_domain
from tillbridge.errors import RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# As with keys: whenever API Gateway asks, the shop is read.
_FRESH_S = 0
_STALE_S = 15 * 60


class Shops:
    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._shops = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)

    def read(self, domain: str) -> tuple[Shop | None, bool]:
        """See `ports.ReadShop`."""
        if not is_shop_domain(domain):
            return None, False
        reading = self._shops(domain)
        return reading.value, reading.stale

    def _read(self, domain: str) -> Shop | None:
        item = get_item(self._client, self._table, f"SHOP#{domain}", "SHOP")
        return None if item is None else _shop(domain, item)


def _shop(domain: str, item: Mapping[str, Any]) -> Shop:
    """Raises `RecordUnusable` for an item that somebody edited out of shape."""
    tenant_id, client_id = item.get("tenant_id"), item.get("client_id")
    scopes = item.get("scopes", sorted(DEFAULT_SCOPES))
    if not isinstance(tenant_id, str) or not is_tenant_id(tenant_id):
        raise RecordUnusable("the shop's tenant_id is no tenant's id")
    if not isinstance(client_id, str) or not client_id:
        raise RecordUnusable("the shop's client_id is no text")
    if not isinstance(scopes, list):
        raise RecordUnusable("the shop's scopes are no list")
    return Shop(domain, tenant_id, client_id, frozenset(map(str, scopes)))
