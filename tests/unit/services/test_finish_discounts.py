"""What becomes of a sale's discounts, and of points that came with them, when the POS reports the
sale."""

from typing import Any

import pytest

from tests.support.applications import DiscountShop, a_basket, customer, limited
from tests.support.discounts import a_line
from tests.support.fakes import FakeOwnIds
from tests.support.loyalty import sale
from tests.support.sales import a_sale
from tests.support.selling import a_message, a_report
from tillbridge.domain.applications.application import Applied
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.sale import Sale
from tillbridge.errors import ApplicationClosed
from tillbridge.services.count_sales import CountSales
from tillbridge.services.ledger import Ledger


@pytest.fixture
def shop() -> DiscountShop:
    shop = DiscountShop()
    shop.run(limited(uses=1))
    return shop


def hear_of(shop: DiscountShop, sale: Sale, revision: int = 1) -> None:
    ledger = Ledger(shop.store, pause=lambda _failures: None)
    count_sales = CountSales(
        ledger, shop.programmes, FakeOwnIds(), shop.store.sort_keys, shop.clock
    )
    count_sales(a_message(a_report(sale, revision)))


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


def test_a_sale_that_turns_out_to_be_void_gives_back_what_is_left_of_it(shop: DiscountShop) -> None:
    shop.earn(100)
    applied = a_held_sale(shop, customer=customer(), redemption={"points": 100})
    hear_of(shop, a_sale(2_000))
    shop.give_back(applied)
    for revision in (2, 3):
        hear_of(shop, a_sale(2_000, is_voided=True), revision)

    assert state_of(shop, applied) is State.VOIDED
    assert (shop.account().available, shop.used(), shop.spent_minor()) == (100, 0, 0)
    with pytest.raises(ApplicationClosed):
        shop.give_back(applied, return_ref="r-2")


@pytest.mark.parametrize("returned", [None, 0, 1, 2], ids=["not captured", "0", "1", "all"])
def test_a_void_sale_has_used_nothing_up_though_its_returns_give_nothing_back(
    shop: DiscountShop, returned: int | None
) -> None:
    shop.run({**limited(uses=1), "on_return": "keep"})
    applied = a_held_sale(shop)
    if returned is not None:
        hear_of(shop, a_sale(2_000))
        for number in range(returned):
            shop.give_back(applied, return_ref=f"r-{number}")
        assert shop.used() == 1
    for revision in (2, 3):
        hear_of(shop, a_sale(2_000, is_voided=True), revision)

    assert state_of(shop, applied) is State.VOIDED
    assert (shop.used(), shop.spent_minor()) == (0, 0)


@pytest.fixture
def with_points(shop: DiscountShop) -> Applied:
    """Discounts, and 100 points that are held with them: all that the customer has."""
    shop.earn(100)
    return a_held_sale(shop, customer=customer(), redemption={"points": 100})


def points_of(applied: Applied) -> Receipt:
    assert applied.redemption is not None
    return Receipt(applied.redemption)


def test_a_paid_sales_discounts_are_captured_although_the_till_has_voided_its_points(
    shop: DiscountShop, with_points: Applied
) -> None:
    shop.void_unanswered(**sale())
    for _ in range(2):
        hear_of(shop, a_sale(2_000))

    assert state_of(shop, with_points) is State.CAPTURED
    assert (shop.account().available, shop.account().held, shop.used()) == (100, 0, 1)


def test_a_void_gives_back_what_the_till_has_captured_of_the_points_alone(
    shop: DiscountShop, with_points: Applied
) -> None:
    shop.capture(points_of(with_points))
    for revision in (1, 2):
        hear_of(shop, a_sale(2_000, is_voided=True), revision)

    assert state_of(shop, with_points) is State.VOIDED
    assert (shop.account().available, shop.account().held, shop.used()) == (100, 0, 0)


@pytest.mark.parametrize(("is_voided", "left", "uses"), [(False, 50, 1), (True, 100, 0)])
def test_points_that_the_till_has_held_anew_are_finished_in_the_place_of_the_expired_ones(
    shop: DiscountShop, with_points: Applied, *, is_voided: bool, left: int, uses: int
) -> None:
    shop.clock.now_s += 1_000
    shop.sweeper(Deadline.after(60))
    superseded = points_of(with_points).redemption.redemption_id
    shop.redeem(points=50, supersedes=superseded)
    for revision in (1, 2):
        hear_of(shop, a_sale(2_000, is_voided=is_voided), revision)

    assert state_of(shop, with_points) is (State.VOIDED if is_voided else State.CAPTURED)
    assert (shop.account().available, shop.account().held, shop.used()) == (left, 0, uses)


def test_points_come_back_with_the_discounts_of_a_void_sale_that_names_no_customer(
    shop: DiscountShop, with_points: Applied
) -> None:
    hear_of(shop, a_sale(2_000, customer_id=None))
    assert (shop.account().balance, shop.used()) == (0, 1)
    for revision in (2, 3):
        hear_of(shop, a_sale(2_000, customer_id=None, is_voided=True), revision)

    assert state_of(shop, with_points) is not State.HELD
    assert (shop.account().available, shop.account().held, shop.used()) == (100, 0, 0)


def test_a_sale_without_discounts_is_none_of_theirs(shop: DiscountShop) -> None:
    hear_of(shop, a_sale(2_000, customer_id=None))

    assert not [key for key in shop.store.items if "#D#" in key.pk]
