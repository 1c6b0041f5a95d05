"""Interleavings that seeds find too rarely, each as one story; and that each is what a defence is
there for: without it, the story ends badly."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.simulation.mutants import RARE, mutated
from tests.support.applications import (
    SALE,
    DiscountShop,
    a_basket,
    customer,
    exhausted,
    limited,
)
from tests.support.discounts import a_line
from tests.support.loyalty import LoyaltyShop, sale
from tillbridge.domain.applications.application import Applied
from tillbridge.domain.ledger.keys import DUE_SHARDS
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.ledger.writes import Item, Key, Write
from tillbridge.domain.limits import Deadline
from tillbridge.errors import (
    ApplicationCaptured,
    ApplicationClosed,
    ApplicationExists,
    ApplicationSuperseded,
    ApplicationVoided,
    DiscountsChanged,
    InsufficientPoints,
    LedgerInconsistent,
    NotReturnable,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionExists,
    RedemptionSuperseded,
    RedemptionVoided,
)

Story = Callable[[DiscountShop], None]
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


def a_basket_changes(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    second = shop.apply(supersedes=first.application.application_id)
    assert not exhausted(second)


def a_void_overtakes_its_discounts(shop: DiscountShop) -> None:
    key = shop.new_key()
    shop.void_application_unanswered(idempotency_key=key)
    with pytest.raises(ApplicationVoided):
        shop.apply(key)


def a_sales_void_overtakes_its_discounts(shop: DiscountShop) -> None:
    shop.void_application_unanswered(**SALE)
    with pytest.raises(ApplicationExists):
        shop.apply()


def an_older_request_comes_after_the_refusal(shop: DiscountShop) -> None:
    """Of a till that has restarted, been refused, and sells at the full price."""
    shop.run(limited(uses=1))
    with pytest.raises(DiscountsChanged):
        shop.apply(most_total_minor=1)
    with pytest.raises(ApplicationExists):
        shop.apply()


def another_till_has_redone_the_discounts(shop: DiscountShop) -> None:
    first = shop.apply()
    end_holds(shop)
    shop.apply(supersedes=first.application.application_id)
    with pytest.raises(ApplicationSuperseded):
        shop.capture_application(first)


def two_tills_were_offline_with_the_last_use(shop: DiscountShop) -> None:
    shop.run(limited(uses=1))
    first = shop.apply()
    end_holds(shop)
    second = shop.apply(sale_ref="sale-2")
    assert shop.capture_application(second).application.beyond_limit == ()
    assert shop.capture_application(first).application.beyond_limit == ("c",)
    assert shop.used() == 2


def a_void_comes_after_the_discounts_have_expired(shop: DiscountShop) -> None:
    applied = shop.apply()
    end_holds(shop)
    shop.void_application(applied)
    with pytest.raises(ApplicationClosed):
        shop.capture_application(applied)


def a_capture_overtakes_a_void_of_discounts(shop: DiscountShop) -> None:
    applied = two_applications(shop)
    overtake(shop, lambda: shop.capture_application(applied))
    with pytest.raises(ApplicationCaptured):
        shop.void_application(applied)
    assert shop.used() == 2


def a_void_overtakes_a_capture_of_discounts(shop: DiscountShop) -> None:
    applied = two_applications(shop)
    overtake(shop, lambda: shop.void_application(applied))
    with pytest.raises(ApplicationClosed):
        shop.capture_application(applied)
    assert shop.used() == 1


def a_capture_of_discounts_overtakes_the_sweeper(shop: DiscountShop) -> None:
    shop.run(limited(uses=5))
    applied = shop.apply()
    shop.clock.now_s += AFTER_HOLDS_S
    shop.apply(sale_ref="sale-2")
    overtake(shop, lambda: shop.capture_application(applied))
    shop.sweeper(Deadline.after(60))
    assert shop.application(applied).application.state is State.CAPTURED
    assert shop.used() == 2


def the_index_names_discounts_too_early(shop: DiscountShop) -> None:
    applied = two_applications(shop)
    early = {shard: list(shop.store.due(shard, "9999")) for shard in DUE_SHARDS}
    sweeper = replace(shop.sweeper, find_due=lambda shard, _until: iter(early[shard]))
    sweeper(Deadline.after(60))
    assert shop.application(applied).application.state is State.HELD


def a_return_comes_twice_at_once(shop: DiscountShop) -> None:
    """The first is written between the second's looks."""
    applied = shop.apply(basket=a_basket(a_line(quantity=2)))
    shop.capture_application(applied)
    shop.give_back(applied, return_ref="r-1")
    get = shop.store.get

    def overtaken(key: Key) -> Item | None:
        if key.sk != "KEPT":
            return get(key)
        vars(shop.store).pop("get")
        shop.give_back(applied, return_ref="r-2")
        return get(key)

    vars(shop.store)["get"] = overtaken
    try:
        assert shop.give_back(applied, return_ref="r-2").replayed
    except NotReturnable:
        pytest.fail("its own goods are in its way")


def a_changed_basket_comes_twice_at_once(shop: DiscountShop) -> None:
    """The first is written while the second looks at the points."""
    shop.earn(100)
    first = shop.apply(customer=customer(), redemption={"points": 80})
    key, get = shop.new_key(), shop.store.get

    def change() -> Applied:
        over = first.application.application_id
        return shop.apply(key, customer=customer(), redemption={"points": 30}, supersedes=over)

    def overtaken(of: Key) -> Item | None:
        if of.sk != "ACCT":
            return get(of)
        vars(shop.store).pop("get")
        change()
        return get(of)

    vars(shop.store)["get"] = overtaken
    try:
        assert change().replayed
    except LedgerInconsistent:
        pytest.fail("what it has seen of the points cannot be")


def two_applications(shop: DiscountShop) -> Applied:
    """The first of two, so that what the other holds could be taken for its."""
    shop.run(limited(uses=5))
    applied = shop.apply(customer=customer())
    shop.apply(sale_ref="sale-2")
    return applied


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
    "what a sale holds is in its own way": a_basket_changes,
    "a void of discounts leaves no tombstone": a_void_overtakes_its_discounts,
    "the void of a sale leaves its discounts open": a_sales_void_overtakes_its_discounts,
    "a refusal leaves the sale's discounts open": an_older_request_comes_after_the_refusal,
    "a late capture of discounts need not own the sale": another_till_has_redone_the_discounts,
    "a late capture does not say that it is beyond a limit": (
        two_tills_were_offline_with_the_last_use
    ),
    "expired discounts need not be voided": a_void_comes_after_the_discounts_have_expired,
    "a void of discounts is good from any state": a_capture_overtakes_a_void_of_discounts,
    "a capture of discounts is good from any state": a_void_overtakes_a_capture_of_discounts,
    "the sweeper ends discounts that are not held": a_capture_of_discounts_overtakes_the_sweeper,
    "the sweeper ends discounts before their time": the_index_names_discounts_too_early,
    "a return does not see itself under way": a_return_comes_twice_at_once,
    "points are looked at before their account": a_changed_basket_comes_twice_at_once,
}


@pytest.mark.parametrize("mutant", STORIES)
def test_the_story_ends_well(mutant: str) -> None:
    shop = DiscountShop()
    shop.earn(1)
    STORIES[mutant](shop)
    assert shop.balances_hold()


@pytest.mark.parametrize("mutant", STORIES)
def test_without_its_defence_it_does_not(mutant: str) -> None:
    with mutated(*RARE[mutant]), pytest.raises((AssertionError, pytest.fail.Exception)):
        test_the_story_ends_well(mutant)


def test_every_rare_mutant_has_its_story() -> None:
    assert set(STORIES) == set(RARE)
