"""Counters of limited campaigns: shares are the whole limit, and what a sale takes fits."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.support.discounts import a_campaign
from tillbridge.domain.applications.counter import Counter, Counts, Place, counters_of
from tillbridge.domain.applications.take import Take
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.result import Consumption
from tillbridge.domain.ledger.decision import Need
from tillbridge.domain.ledger.writes import Key

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIMITS = st.integers(1, 1_000_000)
SPENDS = st.integers(1, 10**9)


def a_counter(uses: int | None = None, spend_minor: int | None = None, sale: str = "s") -> Counter:
    limit = {"uses": uses, "spend": None if spend_minor is None else {"DKK": spend_minor}}
    campaign = Campaign.model_validate(a_campaign(limits=[limit]))
    place = Place("acme", None, "DKK", NOON, sale)
    (counter,) = counters_of([campaign], place)
    return counter


def uses_by_item(counter: Counter) -> dict[Key, int]:
    return {shard.key: shard.most_uses or 0 for shard in counter.shards}


@given(LIMITS, st.text(max_size=9))
def test_shares_are_the_limit_whichever_sale_asks(uses: int, sale: str) -> None:
    shares = uses_by_item(a_counter(uses, sale=sale))

    assert sum(shares.values()) == uses
    assert shares == uses_by_item(a_counter(uses, sale="another"))


@given(LIMITS, LIMITS)
def test_no_share_is_less_when_the_limit_is_raised(one: int, other: int) -> None:
    lower, higher = sorted((one, other))
    before, after = uses_by_item(a_counter(lower)), uses_by_item(a_counter(higher))

    assert all(after.get(key, 0) >= share for key, share in before.items())


@given(SPENDS, st.data())
def test_what_a_sale_takes_is_what_it_uses_up_and_fits(
    spend_minor: int, data: st.DataObject
) -> None:
    counter = a_counter(spend_minor=spend_minor)
    seen = {
        shard.key: {"uses": 9, "spent_DKK": data.draw(st.integers(0, shard.most_spend_minor or 0))}
        for shard in counter.shards
    }
    counts = Counts([counter], "DKK", (), seen)
    spent = sum(item["spent_DKK"] for item in seen.values())
    assert sum(usage.spent_minor for usage in counts.usage()) == spent
    if spent == spend_minor:
        return
    wanted = data.draw(st.integers(1, spend_minor - spent))
    takes = counts.take([Consumption("c", "campaign", "ever", "", 1, wanted)])

    assert not isinstance(takes, Need)
    assert (sum(t.uses for t in takes), sum(t.spend_minor for t in takes)) == (1, wanted)
    assert len({take.key for take in takes}) == len(takes)
    for take in takes:
        assert seen[take.key]["spent_DKK"] + take.spend_minor <= (take.most_spend_minor or 0)


def test_only_what_is_taken_need_be_looked_at() -> None:
    counter = a_counter(uses=5_000)
    first, second, *_ = (shard.key for shard in counter.shards)
    one_use = [Consumption("c", "campaign", "ever", "", 1, 100)]

    assert Counts([counter], "DKK", (), {}).take(one_use) == Need(first)
    looked = Counts([counter], "DKK", (), {first: None}).take(one_use)
    assert isinstance(looked, tuple)
    assert [take.key for take in looked] == [first]
    used_up = {first: {"uses": counter.shards[0].most_uses}}
    assert Counts([counter], "DKK", (), used_up).take(one_use) == Need(second)


def test_a_take_is_stored_and_read_alike() -> None:
    take = Take(Key("T#acme#U#c#ever#0", "U"), "c", "campaign ever", "DKK", 1, 100, 5)

    assert Take.of(take.as_item()) == take
