"""What a sale takes of the counters of limited campaigns, and the writes that count it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from tillbridge.domain.ledger.decision import Need, Seen
from tillbridge.domain.ledger.writes import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Item,
    Key,
    Lacks,
    Update,
    Write,
)


@dataclass(frozen=True, slots=True)
class Take:
    """So much of one counter's item. `most_uses` and `most_spend_minor` are what may be counted in
    it, as the campaign said then, None where nothing limits it. `limit` says which of the
    campaign's counters it is."""

    key: Key
    campaign_id: str
    limit: str
    currency: str
    uses: int
    spend_minor: int
    most_uses: int | None = None
    most_spend_minor: int | None = None

    @classmethod
    def of(cls, stored: Item) -> "Take":
        return cls(**{**stored, "key": Key(**stored["key"])})

    def as_item(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def spent(self) -> str:
        return _spent(self.currency)


Takes = tuple[Take, ...]


def counted(item: Item | None, currency: str) -> tuple[int, int]:
    """The uses and the minor units that a counter's item says."""
    known = item or {}
    return known.get("uses", 0), known.get(_spent(currency), 0)


def counting(new: Takes, old: Takes) -> tuple[Write, ...]:
    """What counts the new takes and no longer the old ones: one write for each counter that
    changes, refused where that would be more than it may count."""
    keys = dict.fromkeys(take.key for take in (*new, *old))
    writes = (
        _write(key, [t for t in new if t.key == key], [t for t in old if t.key == key])
        for key in keys
    )
    return tuple(write for write in writes if write is not None)


def counting_late(takes: Takes, seen: Seen) -> Need | tuple[tuple[Write, ...], tuple[str, ...]]:
    """What counts takes that were given back meanwhile although the sale has had its discount: even
    beyond the limit. And the campaigns of which that is so."""
    for take in takes:
        if take.key not in seen:
            return Need(take.key)
    beyond = [take for take in takes if not _fits(take, seen[take.key])]
    unlimited = {
        take: replace(take, most_uses=None, most_spend_minor=None) if take in beyond else take
        for take in takes
    }
    over = sorted({take.campaign_id for take in beyond})
    return counting(tuple(unlimited.values()), ()), tuple(over)


def given_back(takes: Takes, campaign_id: str, spend_minor: int, *, use: bool) -> Takes:
    """The takes without so much of a campaign's spend, of each of its counters, and without its
    use."""
    left = dict.fromkeys((take.limit for take in takes), spend_minor)
    return tuple(_lessened(takes, campaign_id, left, use=use))


def _lessened(takes: Takes, campaign_id: str, left: dict[str, int], *, use: bool) -> Iterator[Take]:
    for take in takes:
        if take.campaign_id != campaign_id:
            yield take
            continue
        spend_minor = min(take.spend_minor, left[take.limit])
        left[take.limit] -= spend_minor
        lessened = replace(
            take, uses=0 if use else take.uses, spend_minor=take.spend_minor - spend_minor
        )
        if lessened.uses or lessened.spend_minor:
            yield lessened


def _write(key: Key, new: list[Take], old: list[Take]) -> Update | None:
    change = {"uses": sum(t.uses for t in new) - sum(t.uses for t in old)}
    for take in (*new, *old):
        change.setdefault(take.spent, 0)
    for take in new:
        change[take.spent] += take.spend_minor
    for take in old:
        change[take.spent] -= take.spend_minor
    change = {name: number for name, number in change.items() if number}
    if not change:
        return None
    most = {name: number for take in new for name, number in _most(take).items()}
    conditions = [_allows(name, number, most.get(name)) for name, number in change.items()]
    return Update(key, _all(conditions), add={(name,): number for name, number in change.items()})


def _allows(name: str, number: int, most: int | None) -> Condition:
    if number < 0:
        return AtLeast(name, -number)
    room = AtLeast(name, 0) if most is None else AtMost(name, most - number)
    return AnyOf((Lacks(name), room))


def _all(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _fits(take: Take, item: Item | None) -> bool:
    counts = dict(zip(("uses", take.spent), counted(item, take.currency), strict=True))
    adds = {"uses": take.uses, take.spent: take.spend_minor}
    return all(counts[name] + adds[name] <= most for name, most in _most(take).items())


def _most(take: Take) -> dict[str, int]:
    known = {"uses": take.most_uses, take.spent: take.most_spend_minor}
    return {name: most for name, most in known.items() if most is not None}


def _spent(currency: str) -> str:
    return f"spent_{currency}"
