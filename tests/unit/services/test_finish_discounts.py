"""What becomes of a sale's discounts, and of points that came with them, when the POS reports the
sale."""

from typing import Any

import pytest

from tests.support.applications import DiscountShop, a_basket, customer, limited
from tests.support.discounts import a_line
from tests.support.fakes import FakeOwnIds
from tests.support.sales import a_sale
from tests.support.selling import a_message, a_report
from tillbridge.domain.applications.application import Applied
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.sale import Sale
from tillbridge.services.count_sales import CountSales
from tillbridge.services.ledger import Ledger


@pytest.fixture
def shop() -> DiscountShop:
    shop = DiscountShop()
    shop.run(limited(uses=1))
    return shop


def hear_of(shop: DiscountShop, sale: Sale, revision: int = 1) -> None:
    ledger = Ledger(shop.store, pause=lambda _failures: None)
    CountSales(ledger, shop.programmes, FakeOwnIds(), shop.clock)(
        a_message(a_report(sale, revision))
    )


def a_held_sale(shop: DiscountShop, **changes: Any) -> Applied:
    return shop.apply(basket=a_basket(a_line(quantity=2)), **changes)


def state_of(shop: DiscountShop, applied: Applied) -> State:
    return shop.application(applied).application.state


@pytest.mark.parametrize("has_programme", [True, False])
def test_a_paid_sales_discounts_are_captured(shop: DiscountShop, *, has_programme: bool) -> None:
    applied = a_held_sale(shop)
    if not has_programme:
        shop.programmes.programmes.clear()
    for _ in range(2):
        hear_of(shop, a_sale(2_000, customer_id=None))

    assert state_of(shop, applied) is State.CAPTURED
    assert shop.used() == 1


def test_a_sale_that_is_reported_after_its_hold_has_expired_is_captured(
    shop: DiscountShop,
) -> None:
    applied = a_held_sale(shop)
    shop.clock.now_s += 1_000
    shop.sweeper(Deadline.after(60))
    hear_of(shop, a_sale(2_000))

    assert state_of(shop, applied) is State.CAPTURED


def test_points_are_captured_with_the_discounts_they_came_with(shop: DiscountShop) -> None:
    shop.earn(100)
    applied = a_held_sale(shop, customer=customer(), redemption={"points": 100})
    hear_of(shop, a_sale(2_000))

    assert state_of(shop, applied) is State.CAPTURED
    assert (shop.account().balance, shop.account().held) == (0, 0)


def test_a_void_sales_discounts_and_points_are_free_again(shop: DiscountShop) -> None:
    shop.earn(100)
    applied = a_held_sale(shop, customer=customer(), redemption={"points": 100})
    for revision in (1, 2):
        hear_of(shop, a_sale(2_000, is_voided=True), revision)

    assert state_of(shop, applied) is State.VOIDED
    assert (shop.account().available, shop.account().held, shop.used()) == (100, 0, 0)


def test_a_sale_that_turns_out_to_be_void_is_returned_whole(shop: DiscountShop) -> None:
    shop.earn(100)
    applied = a_held_sale(shop, customer=customer(), redemption={"points": 100})
    hear_of(shop, a_sale(2_000))
    shop.give_back(applied)
    for revision in (2, 3):
        hear_of(shop, a_sale(2_000, is_voided=True), revision)

    assert shop.application(applied).application.returns == 2
    assert (shop.account().available, shop.used()) == (100, 0)


def test_a_sale_without_discounts_is_none_of_theirs(shop: DiscountShop) -> None:
    hear_of(shop, a_sale(2_000, customer_id=None))

    assert not [key for key in shop.store.items if "#D#" in key.pk]


@pytest.mark.parametrize("is_voided", [True, False])
def test_a_sale_of_somebody_elses_leaves_a_customers_discounts_alone(
    shop: DiscountShop, *, is_voided: bool
) -> None:
    applied = a_held_sale(shop, customer=customer())
    hear_of(shop, a_sale(2_000, customer_id="somebody else", is_voided=is_voided))

    assert state_of(shop, applied) is State.HELD
