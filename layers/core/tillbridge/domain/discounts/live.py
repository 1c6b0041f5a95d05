"""A merchant's campaigns that are in force, with what is worked out of them once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tillbridge.domain.discounts import condition as written
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket, Settings
from tillbridge.domain.discounts.compiled import ReadyCampaign, compile_campaigns
from tillbridge.domain.discounts.receipt import versions_of

HOLD_TTL_S = 900
# More currencies than a merchant sells in; a till may name any.
_CURRENCIES_KEPT = 8

# Which member of a customer a condition looks at.
_ASKS: Mapping[type, str] = {
    written.MemberFor: "member_since",
    written.MemberSince: "member_since",
    written.OrderCount: "history",
    written.TotalSpent: "history",
    written.LastPurchase: "history",
    written.Birthday: "birthday",
    written.NthOrder: "history",
}
_ASKS_BY_KIND: Mapping[str, str] = {"tier": "tier", "group": "groups", "customer_tag": "tags"}


class Campaigns:
    """Campaigns of one version each. `unusable` are the ids of those that cannot be read."""

    def __init__(self, records: Iterable[Campaign], unusable: tuple[str, ...] = ()) -> None:
        self.records = tuple(records)
        self.unusable = unusable
        self._compiled = lru_cache(_CURRENCIES_KEPT)(self._compile)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The hash of each, in the order of their ids."""
        return versions_of(self.records)

    @cached_property
    def _facts(self) -> Mapping[str, frozenset[str]]:
        return {record.id: frozenset(_facts_of(record.condition)) for record in self.records}

    def ready(self, currency: str) -> list[ReadyCampaign]:
        """In the order in which they are considered. Not to be changed: it is remembered."""
        return self._compiled(currency)

    def open(self, basket: Basket, now: datetime) -> list[ReadyCampaign]:
        """Those that run at this place and instant, given on the merchant's clock."""
        ready = self.ready(basket.currency)
        return [one for one in ready if one.never is None and one.closed(basket, now) is None]

    def facts_needed(self, campaigns: Iterable[ReadyCampaign]) -> frozenset[str]:
        """The members of a customer (`tier`, `history`, …) that decide these campaigns."""
        return frozenset().union(*(self._facts[campaign.id] for campaign in campaigns))

    def _compile(self, currency: str) -> list[ReadyCampaign]:
        return compile_campaigns(self.records, currency)


@dataclass(frozen=True, slots=True)
class Discounts:
    """What decides about a merchant's discounts, but for the sale. `currency` is the one that the
    merchant sells in, where the till names none; `hold_ttl_s` is how long what is limited stays
    held."""

    campaigns: Campaigns
    settings: Settings
    currency: str | None = None
    hold_ttl_s: int = HOLD_TTL_S

    def local(self, instant: datetime) -> datetime:
        """The instant on the merchant's clock."""
        return instant.astimezone(ZoneInfo(self.settings.time_zone))


def _facts_of(condition: Any) -> Iterator[str]:
    if isinstance(condition, written.All | written.Any):
        for child in condition.of:
            yield from _facts_of(child)
    elif isinstance(condition, written.Not):
        yield from _facts_of(condition.of)
    elif isinstance(condition, written.CustomerIn):
        yield _ASKS_BY_KIND[condition.kind]
    elif (fact := _ASKS.get(type(condition))) is not None:
        yield fact
