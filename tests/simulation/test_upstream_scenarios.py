"""Interleavings of merchants' own systems that seeds find too rarely, each as one story; and that
each is what a defence is there for."""

from collections.abc import Callable, Sequence

import pytest

from tests.simulation.mutants import mutated
from tests.simulation.upstream_mutants import UPSTREAM_RARE
from tests.support.loyalty_system import CUSTOMER, NEVER_SENT, NO_FAULT, Fault
from tests.support.upstream_loyalty import KEY, UpstreamShop, fault
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.ledger.writes import Write
from tillbridge.errors import InsufficientPoints, PointsRefused

Story = Callable[[], None]
_LEASE_IS_OVER_S = 31


def a_repetition_is_turned_away() -> None:
    """The first was done, and not answered; the next is not even sent."""
    shop = UpstreamShop(KEY)
    shop.faults = [fault("silence, before"), NEVER_SENT]
    unknown = shop.redeem()
    shop.wait(3)
    shop.settle()
    assert shop.system.net(unknown.redemption.redemption_id) == -_kept(shop, unknown)


def who_was_slow_says_that_nothing_was_sent() -> None:
    """It is suspended before it sends; the resolver sends again, and hears nothing of what it has
    done. Then the first one wakes up, and its address is refused."""
    shop = UpstreamShop(KEY)
    shop.faults = [NEVER_SENT, fault("silence, before")]
    shop.system.after = _once(lambda: shop.wait(_LEASE_IS_OVER_S))
    unknown = shop.redeem()
    shop.settle()
    assert shop.system.net(unknown.redemption.redemption_id) == -_kept(shop, unknown)


def two_sales_ask_for_the_balance_at_once() -> None:
    shop = UpstreamShop(KEY, {"may_overdraw": True})
    shop.system.may_overdraw = True
    shop.redeem(sale_ref="sale-0", points=10)
    transact = shop.store.transact

    def overtaken(writes: Sequence[Write]) -> None:
        vars(shop.store).pop("transact")
        shop.redeem(sale_ref="sale-2")
        transact(writes)

    vars(shop.store)["transact"] = overtaken
    with pytest.raises(InsufficientPoints):
        shop.redeem()
    assert shop.system.balances[CUSTOMER] == 40


def points_are_on_their_way_out() -> None:
    shop = UpstreamShop(KEY, {"may_overdraw": True})
    shop.system.may_overdraw = True
    # The first call asks for the balance.
    shop.faults = [NO_FAULT, fault("silence, late")]
    shop.redeem(mode="burn")
    with pytest.raises(InsufficientPoints):
        shop.redeem(sale_ref="sale-2")
    shop.happens_late()
    shop.settle()
    assert shop.system.balances[CUSTOMER] == 50


def _kept(shop: UpstreamShop, receipt: Receipt) -> int:
    """How many points the till was told to have been taken."""
    redemption = shop.find(receipt)
    return redemption.points if redemption.state in (State.HELD, State.CAPTURED) else 0


def _once(run: Callable[[], object]) -> Callable[[Fault], None]:
    left = [run]

    def after(_fault: Fault) -> None:
        if left:
            left.pop()()

    return after


STORIES: dict[str, Story] = {
    "a turned away repetition refuses the first": a_repetition_is_turned_away,
    "a refusal counts whoever has gone on since": who_was_slow_says_that_nothing_was_sent,
    "a balance is spent by who asks at the same time": two_sales_ask_for_the_balance_at_once,
    "what is on its way out is spent": points_are_on_their_way_out,
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_well(name: str) -> None:
    STORIES[name]()


@pytest.mark.parametrize("mutant", UPSTREAM_RARE)
def test_a_story_ends_badly_without_its_defence(mutant: str) -> None:
    badly = (AssertionError, pytest.fail.Exception, PointsRefused)
    with mutated(*UPSTREAM_RARE[mutant]), pytest.raises(badly):
        STORIES[mutant]()


def test_every_rare_mutant_has_its_story() -> None:
    assert set(STORIES) == set(UPSTREAM_RARE)
