"""Interleavings that seeds find too rarely, each as one story; and that each is what a defence is
there for: without it, the story ends badly."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.simulation.mutants import RARE, mutated
from tests.support.loyalty import LoyaltyShop, sale
from tillbridge.domain.ledger.keys import DUE_SHARDS
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.ledger.writes import Write
from tillbridge.domain.limits import Deadline
from tillbridge.errors import (
    InsufficientPoints,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionExists,
    RedemptionSuperseded,
    RedemptionVoided,
)

Story = Callable[[LoyaltyShop], None]
AFTER_HOLDS_S = 1_000


def a_void_overtakes_its_request(shop: LoyaltyShop) -> None:
    shop.earn(100)
    key = shop.new_key()
    shop.void_unanswered(idempotency_key=key)
    with pytest.raises(RedemptionVoided):
        shop.redeem(key, mode="burn")


def a_sales_void_overtakes_the_request(shop: LoyaltyShop) -> None:
    shop.earn(100)
    shop.void_unanswered(**sale())
    with pytest.raises(RedemptionExists):
        shop.redeem(mode="burn")


def a_request_from_before_the_restart_comes_after_the_refusal(shop: LoyaltyShop) -> None:
    """The till restarts while its first request is on its way, is refused, and sells without
    points; then another sale frees some."""
    shop.earn(50)
    with pytest.raises(InsufficientPoints):
        shop.redeem()
    shop.earn(100)
    with pytest.raises(RedemptionExists):
        shop.redeem(mode="burn")


def another_till_has_redone_the_sale(shop: LoyaltyShop) -> None:
    """The first till was offline for longer than its hold."""
    shop.earn(200)
    first = shop.redeem()
    end_holds(shop)
    shop.redeem(mode="burn", supersedes=first.redemption.redemption_id)
    with pytest.raises(RedemptionSuperseded):
        shop.capture(first)


def a_void_comes_after_the_hold_has_expired(shop: LoyaltyShop) -> None:
    shop.earn(100)
    held = shop.redeem()
    end_holds(shop)
    assert shop.void(held).redemption.state is State.VOIDED
    with pytest.raises(RedemptionClosed):
        shop.capture(held)


def an_old_supersession_comes_after_a_newer_one(shop: LoyaltyShop) -> None:
    shop.earn(100)
    first = shop.redeem()
    shop.void(first)
    over = first.redemption.redemption_id
    shop.void(shop.redeem(supersedes=over))
    with pytest.raises(RedemptionExists):
        shop.redeem(mode="burn", supersedes=over)


def a_superseding_burn_comes_after_the_sale_is_off(shop: LoyaltyShop) -> None:
    shop.earn(100)
    first = shop.redeem()
    shop.void(first)
    shop.void_unanswered(**sale())
    with pytest.raises(RedemptionExists):
        shop.redeem(mode="burn", supersedes=first.redemption.redemption_id)


def a_capture_overtakes_a_void(shop: LoyaltyShop) -> None:
    held = two_holds(shop)
    overtake(shop, lambda: shop.capture(held))
    with pytest.raises(RedemptionCaptured):
        shop.void(held)


def a_void_overtakes_a_capture(shop: LoyaltyShop) -> None:
    held = two_holds(shop)
    overtake(shop, lambda: shop.void(held))
    with pytest.raises(RedemptionClosed):
        shop.capture(held)


def a_capture_overtakes_the_sweeper(shop: LoyaltyShop) -> None:
    shop.earn(200)
    held = shop.redeem()
    shop.clock.now_s += AFTER_HOLDS_S
    shop.redeem(sale_ref="sale-2")
    overtake(shop, lambda: shop.capture(held))
    shop.sweeper(Deadline.after(60))
    assert state_of(shop, held) is State.CAPTURED


def the_index_names_a_hold_too_early(shop: LoyaltyShop) -> None:
    held = two_holds(shop)
    early = {shard: list(shop.store.due(shard, "9999")) for shard in DUE_SHARDS}
    sweeper = replace(shop.sweeper, find_due=lambda shard, _until: iter(early[shard]))
    sweeper(Deadline.after(60))
    assert state_of(shop, held) is State.HELD


def two_holds(shop: LoyaltyShop) -> Receipt:
    """The first of two: the other's points are held as well."""
    shop.earn(200)
    held = shop.redeem()
    shop.redeem(sale_ref="sale-2")
    return held


def overtake(shop: LoyaltyShop, by: Callable[[], object]) -> None:
    """Let something happen between the next decision and its transaction."""
    transact = shop.store.transact

    def overtaken(writes: Sequence[Write]) -> None:
        vars(shop.store).pop("transact")
        by()
        transact(writes)

    vars(shop.store)["transact"] = overtaken


def end_holds(shop: LoyaltyShop) -> None:
    shop.clock.now_s += AFTER_HOLDS_S
    shop.sweeper(Deadline.after(60))


def state_of(shop: LoyaltyShop, receipt: Receipt) -> State:
    rid = receipt.redemption.redemption_id
    return shop.redemptions.find(shop.caller, rid).redemption.state


STORIES: dict[str, Story] = {
    "a void leaves no tombstone": a_void_overtakes_its_request,
    "the void of a sale leaves it open": a_sales_void_overtakes_the_request,
    "a rejection leaves the sale open": a_request_from_before_the_restart_comes_after_the_refusal,
    "a late capture need not own the sale": another_till_has_redone_the_sale,
    "an expired hold need not be voided": a_void_comes_after_the_hold_has_expired,
    "a closed sale is anybody's": an_old_supersession_comes_after_a_newer_one,
    "a sale that is off can be redone": a_superseding_burn_comes_after_the_sale_is_off,
    "a void is good from any state": a_capture_overtakes_a_void,
    "a capture is good from any state": a_void_overtakes_a_capture,
    "the sweeper ends what is not held": a_capture_overtakes_the_sweeper,
    "the sweeper ends holds before their time": the_index_names_a_hold_too_early,
}


@pytest.mark.parametrize("mutant", STORIES)
def test_the_story_ends_well(mutant: str) -> None:
    shop = LoyaltyShop()
    STORIES[mutant](shop)
    assert shop.balances_hold()


@pytest.mark.parametrize("mutant", STORIES)
def test_without_its_defence_it_does_not(mutant: str) -> None:
    with mutated(*RARE[mutant]), pytest.raises((AssertionError, pytest.fail.Exception)):
        test_the_story_ends_well(mutant)


def test_every_rare_mutant_has_its_story() -> None:
    assert set(STORIES) == set(RARE)
