"""A tenant's discounts that are in force: `DISCOUNTS` and every `CAMPAIGN#<id>` under
`LIVE#<tenant>#`. Apart from `live_records`, so that a lookup never loads the engine."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tillbridge.adapters.dynamodb import get_item, items_under
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.discounts.case import Settings
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.discounts.record import DiscountsRecord, campaign_of
from tillbridge.domain.faults import faults_in
from tillbridge.domain.recent import Recent
from tillbridge.domain.record_content import content_hash, content_of
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import RecordUnusable, TenantSuspended

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

_FRESH_S = 30
_STALE_S = 15 * 60
_RULES = "DISCOUNTS"
_CAMPAIGN = "CAMPAIGN#"

# Content hashes by name: as long as these stay, so do the campaigns.
_Version = Mapping[str, str]


class LiveCampaigns:
    """Campaigns are made ready when they are read, and are remembered so (30 s; up to 15 min when
    DynamoDB does not answer); for as long as none of them changes, what is worked out of them
    stays."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        read_profile: Callable[[str], TenantProfile],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._read_profile = read_profile
        self._live = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)
        self._versions: Recent[str, tuple[_Version, Campaigns]] = Recent()

    def __call__(self, tenant_id: str) -> Discounts:
        """See `ports.ReadDiscounts`."""
        profile = self._read_profile(tenant_id)
        if profile.status == "suspended":
            raise TenantSuspended
        rules, campaigns = self._live(tenant_id).value
        if isinstance(rules, RecordUnusable):
            raise RecordUnusable(rules.detail)
        said = rules.model_dump(exclude={"schema_version", "hold_ttl_s"})
        settings = Settings(**said, time_zone=profile.time_zone)
        return Discounts(campaigns, settings, profile.currency, rules.hold_ttl_s)

    def _read(self, tenant_id: str) -> tuple[DiscountsRecord | RecordUnusable, Campaigns]:
        pk = f"LIVE#{tenant_id}#"
        rules = _rules_in(get_item(self._client, self._table, pk, _RULES) or {})
        items = dict(items_under(self._client, self._table, pk, _CAMPAIGN))
        version = {name: _hash_of(stored) for name, stored in items.items()}
        known = self._versions.get(tenant_id)
        campaigns = known[1] if known and known[0] == version else _campaigns_in(items)
        self._versions.put(tenant_id, (version, campaigns))
        return rules, campaigns


def _hash_of(stored: Mapping[str, Any]) -> str:
    return str(stored.get("content_hash") or content_hash(stored))


def _rules_in(stored: Mapping[str, Any]) -> DiscountsRecord | RecordUnusable:
    try:
        return DiscountsRecord.model_validate(content_of(stored))
    except ValidationError as error:
        return RecordUnusable(f"the live record DISCOUNTS is wrong at {_places(error)}")


def _campaigns_in(items: Mapping[str, Mapping[str, Any]]) -> Campaigns:
    """One that cannot be read, say since it was judged by an older release, costs itself alone."""
    records, unusable = [], []
    for name, stored in items.items():
        try:
            records.append(campaign_of(content_of(stored)))
        except ValidationError as error:
            unusable.append(name.removeprefix(_CAMPAIGN))
            facts = {"record": name, "wrong_at": _places(error)}
            logger.warning("a live campaign cannot be read", extra=facts)
    return Campaigns(records, tuple(unusable))


def _places(error: ValidationError) -> str:
    return ", ".join(fault.path for fault in faults_in(error))
