"""The sweeper: what is due ends, and one that cannot stops no other."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.builders import TENANT
from tests.support.loyalty import LoyaltyShop
from tillbridge.domain.ledger.keys import DUE_SHARDS, redemption_key
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import CaptureRequest
from tillbridge.services.expire_holds import Swept

HOLD_TTL_S = 900


@pytest.fixture
def shop() -> LoyaltyShop:
    """A shop with twenty holds that nobody finished, a minute after their time."""
    shop = LoyaltyShop()
    shop.earn(1_000)
    for n in range(20):
        shop.redeem(points=10, sale_ref=f"sale-{n}")
    shop.clock.now_s += HOLD_TTL_S + 60
    return shop


def sweep(shop: LoyaltyShop) -> Swept:
    return shop.sweeper(Deadline.after(10))


def test_all_that_is_due_ends_and_is_found_no_more(shop: LoyaltyShop) -> None:
    assert sweep(shop) == Swept(ended=20, oldest_s=60.0)
    assert (shop.account().available, shop.account().held) == (1_000, 0)
    assert sweep(shop) == Swept()


def test_a_hold_that_was_captured_since_the_index_was_read_is_left_alone(
    shop: LoyaltyShop,
) -> None:
    stale = {shard: list(shop.store.due(shard, "9999")) for shard in DUE_SHARDS}
    captured = next(ids_of(shop))
    shop.redemptions.capture(shop.caller, captured, CaptureRequest())

    sweeper = replace(shop.sweeper, find_due=lambda shard, _until: iter(stale[shard]))
    sweeper(Deadline.after(10))

    found = shop.redemptions.find(shop.caller, captured)
    assert found.redemption.state is State.CAPTURED
    assert (shop.account().available, shop.account().held) == (990, 0)


def test_one_that_cannot_be_ended_stops_no_other(shop: LoyaltyShop) -> None:
    receipt = shop.redemptions.find(shop.caller, next(ids_of(shop))).redemption
    key = redemption_key(TENANT, receipt.redemption_id)
    shop.store.items[key] = {**shop.store.items[key], "state": "nonsense"}

    swept = sweep(shop)

    assert (swept.ended, swept.failed) == (19, 1)
    assert sweep(shop).failed == 1


def test_a_merchant_without_a_programme_still_gets_points_back(shop: LoyaltyShop) -> None:
    shop.programmes.programmes.clear()

    assert sweep(shop).ended == 20


def test_what_does_not_fit_into_one_run_is_left_to_the_next(shop: LoyaltyShop) -> None:
    swept = shop.sweeper(Deadline.after(-1))

    assert (swept.ended, swept.is_complete) == (0, False)
    assert sweep(shop).ended == 20


def ids_of(shop: LoyaltyShop) -> Iterator[str]:
    return (key.pk.split("#")[3] for key in list(shop.store.items) if key.sk == "R")
