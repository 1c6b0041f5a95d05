"""The counters of limited campaigns: how much is held or used up of a limit, all in all.

What all customers share is one item while the limit is small, and eight once it is large, each with
a share of its own: no share is ever exceeded, so the limit is not (docs/adr/0021). A sale takes of
the shard that its name leads to, and what that has not got left, of the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tillbridge.domain.applications.take import Take, Takes, counted
from tillbridge.domain.discounts.campaign import Campaign, Period, Usage
from tillbridge.domain.discounts.result import Consumption
from tillbridge.domain.discounts.schedule import period_key
from tillbridge.domain.ledger.decision import Need, Seen
from tillbridge.domain.ledger.keys import counter_key, spread
from tillbridge.domain.ledger.writes import Key

_SHARDS = 8
# A limit that is no larger than this is counted in one item.
_USES_IN_ONE = 1_000
_SPEND_IN_ONE_MINOR = 1_000_000
_UNLIMITED = 10**18


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sale counts. `account` is the customer's, None without one; `now` is on the
    merchant's clock; sales of one name take of the same shard."""

    tenant_id: str
    account: str | None
    currency: str
    now: datetime
    sale: str


@dataclass(frozen=True, slots=True)
class Shard:
    """One item of a counter, with its share of the limit, None where nothing limits it."""

    key: Key
    most_uses: int | None
    most_spend_minor: int | None


@dataclass(frozen=True, slots=True)
class Counter:
    """What a campaign's limits of one scope and period count in; `uses` and `spend_minor` are the
    least that they allow. `shards` are in the order in which the sale takes of them."""

    campaign_id: str
    scope: str
    period: Period
    uses: int | None
    spend_minor: int | None
    shards: tuple[Shard, ...]


def counters_of(campaigns: Iterable[Campaign], place: Place) -> tuple[Counter, ...]:
    """The counters of those that are limited. Limits per customer count nothing without one."""
    return tuple(
        _counter(campaign, scope, period, place)
        for campaign in campaigns
        for scope, period in dict.fromkeys((each.scope, each.period) for each in campaign.limits)
        if scope == "campaign" or place.account is not None
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters as far as they were looked at. `own` is what the sale holds of them already: it
    counts as free. What was not looked at is taken for free as well, until a sale wants it."""

    counters: Sequence[Counter]
    currency: str
    own: Takes
    seen: Seen

    def usage(self) -> tuple[Usage, ...]:
        """What the engine is told of them."""
        return tuple(usage for usage in map(self._usage, self.counters) if usage is not None)

    def take(self, consumes: Iterable[Consumption]) -> Takes | Need:
        """What a sale that uses up this much takes of which items. All of it fits, once all that
        it wants was looked at: the engine gives no more than there is left."""
        counters: dict[tuple[str, str, str], Counter] = {
            (each.campaign_id, each.scope, each.period): each for each in self.counters
        }
        parts = [self._take(counters[c.campaign_id, c.scope, c.period], c) for c in consumes]
        if unseen := [part for part in parts if isinstance(part, Need)]:
            return Need(unseen[0].key, also=tuple(need.key for need in unseen[1:]))
        return tuple(take for part in parts if not isinstance(part, Need) for take in part)

    def _usage(self, counter: Counter) -> Usage | None:
        lefts = [self._left(shard) for shard in counter.shards]
        uses = _used(counter.uses, [left_uses for left_uses, _ in lefts])
        spent_minor = _used(counter.spend_minor, [left_minor for _, left_minor in lefts])
        if not uses and not spent_minor:
            return None
        return Usage(
            campaign_id=counter.campaign_id,
            scope=counter.scope,
            period=counter.period,
            uses=uses,
            spent_minor=spent_minor,
        )

    def _take(self, counter: Counter, consumed: Consumption) -> Takes | Need:
        uses, spend_minor = consumed.uses, consumed.spend_minor
        takes: list[Take] = []
        for shard in counter.shards:
            if not uses and not spend_minor:
                break
            if shard.key not in self.seen:
                return Need(shard.key)
            left_uses, left_minor = self._left(shard)
            use, spend = min(uses, left_uses), min(spend_minor, left_minor)
            # What nothing limits goes along with what is limited.
            use = 0 if counter.uses is None and not spend else use
            spend = 0 if counter.spend_minor is None and not use else spend
            uses, spend_minor = uses - use, spend_minor - spend
            if use or spend:
                takes.append(self._of(counter, shard, use, spend))
        return tuple(takes)

    def _left(self, shard: Shard) -> tuple[int, int]:
        """Uses and minor units. Where the sale's own were given back between two looks, a counter
        can be seen with less than they are: the write is refused then."""
        used, spent_minor = counted(self.seen.get(shard.key), self.currency)
        for take in self.own:
            if take.key == shard.key:
                used -= take.uses
                spent_minor -= take.spend_minor if take.currency == self.currency else 0
        return (
            max(0, _most(shard.most_uses) - max(0, used)),
            max(0, _most(shard.most_spend_minor) - max(0, spent_minor)),
        )

    def _of(self, counter: Counter, shard: Shard, uses: int, spend_minor: int) -> Take:
        return Take(
            shard.key,
            counter.campaign_id,
            f"{counter.scope} {counter.period}",
            self.currency,
            uses,
            spend_minor,
            shard.most_uses,
            shard.most_spend_minor,
        )


def _counter(campaign: Campaign, scope: str, period: Period, place: Place) -> Counter:
    limits = [each for each in campaign.limits if (each.scope, each.period) == (scope, period)]
    uses = min((each.uses for each in limits if each.uses is not None), default=None)
    spends = [each.spend.get(place.currency) for each in limits if each.spend is not None]
    spend_minor = min((spend for spend in spends if spend is not None), default=None)
    is_large = scope == "campaign" and (
        _most(uses) > _USES_IN_ONE and _most(spend_minor) > _SPEND_IN_ONE_MINOR
    )
    count = _SHARDS if is_large else 1
    first = spread(place.sale, count)
    numbers = [first, *(number for number in range(count) if number != first)]
    when = period_key(period, place.now) or "ever"
    shards = tuple(
        Shard(
            counter_key(
                place.tenant_id,
                campaign.id,
                when,
                str(number) if scope == "campaign" else f"@{place.account}",
            ),
            _share(uses, number, count, _USES_IN_ONE),
            _share(spend_minor, number, count, _SPEND_IN_ONE_MINOR),
        )
        for number in numbers
    )
    return Counter(campaign.id, scope, period, uses, spend_minor, shards)


def _share(limit: int | None, number: int, of: int, in_one: int) -> int | None:
    """A shard's share. It only grows when the limit does, so that a limit which is raised, beyond
    what is counted in one item too, stays exact."""
    if limit is None or of == 1:
        return limit
    each, rest = divmod(limit - in_one, of)
    return in_one + each + rest if number == 0 else each


def _used(limit: int | None, left: list[int]) -> int:
    return 0 if limit is None else limit - sum(left)


def _most(limit: int | None) -> int:
    return _UNLIMITED if limit is None else limit
