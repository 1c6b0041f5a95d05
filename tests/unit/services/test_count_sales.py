"""What becomes of a customer's points when sales are reported, whole, late, twice or never."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.loyalty import CUSTOMER, NOON_S
from tests.support.sales import a_line, a_sale
from tests.support.selling import (
    A_POINT_EACH,
    SellingShop,
    a_message,
    a_report,
    a_return,
    by_shopify_id,
)
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.programme import Programme
from tillbridge.domain.sale import LineKind
from tillbridge.domain.sale_formats.reading import ReportUnreadable
from tillbridge.domain.sale_report import UnreadReport
from tillbridge.errors import IdempotencyMismatch, RecordsUnavailable, TenantSuspended

DAY_S = 86_400


@pytest.fixture
def shop() -> SellingShop:
    return SellingShop()


def available(shop: SellingShop, customer_id: str = CUSTOMER) -> int:
    account = shop.account_of(customer_id)
    return 0 if account is None else account.available


def test_a_sale_earns_its_customer_points(shop: SellingShop) -> None:
    assert shop.hear_of(a_sale(10_000)).delta == 100
    assert available(shop) == 100
    assert shop.journal() == [("earn", 100)]


def test_a_sale_that_is_heard_of_twice_earns_once(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000))
    again = shop.hear_of(a_sale(10_000))
    assert (again.delta, again.replayed) == (0, True)
    assert available(shop) == 100


def test_a_sale_that_is_sent_anew_with_the_same_content_earns_once(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000), revision=1)
    shop.hear_of(a_sale(10_000), revision=2)
    assert shop.journal() == [("earn", 100)]


def test_a_return_takes_back_the_share_that_came_back(shop: SellingShop) -> None:
    shop.hear_of(a_sale(a_line(7_500, quantity=Decimal(3)), a_line(2_500, line_id="2")))
    assert shop.hear_of(a_return(a_line(2_500))).delta == -25
    assert available(shop) == 75
    assert shop.hear_of(a_return(a_line(2_500))).delta == 0


def test_points_go_back_to_the_lot_that_they_came_from(shop: SellingShop) -> None:
    shop.run_programme(earn=A_POINT_EACH, points_good_for_days=30)
    shop.hear_of(a_sale(10_000, sale_ref="old", at_s=int(NOON_S) - 10 * DAY_S))
    shop.hear_of(a_sale(10_000, sale_ref="new"))
    shop.hear_of(a_return(10_000, sale_ref="new"))
    assert shop.account().lots == {"2026-12-15": 100}


def test_many_small_returns_take_back_exactly_what_one_does(shop: SellingShop) -> None:
    """Buy, return in pieces, keep what the rounding leaves: nothing is left."""
    shop.hear_of(a_sale(a_line(9_999, quantity=Decimal(7))))
    for number in range(7):
        shop.hear_of(a_return(a_line(1_428), return_ref=f"return-{number}"))
    assert available(shop) == 0


def test_a_return_before_its_sale_is_remembered(shop: SellingShop) -> None:
    shop.hear_of(a_return(a_line(4_000, quantity=Decimal("0.4"))))
    assert shop.account_of(CUSTOMER) is None
    shop.hear_of(a_sale(10_000))
    assert available(shop) == 60


def test_a_return_that_names_the_product_takes_back_the_products_share(shop: SellingShop) -> None:
    shop.hear_of(
        a_sale(
            a_line(8_000, line_id="a", product_id="sock"),
            a_line(2_000, line_id="b", product_id="x"),
        )
    )
    shop.hear_of(a_return(a_line(8_000, line_id="", product_id="sock")))
    assert available(shop) == 20


def test_a_return_that_names_nothing_takes_back_by_its_amount(shop: SellingShop) -> None:
    shop.hear_of(
        a_sale(a_line(8_000, line_id="a"), a_line(2_000, line_id="gift", kind=LineKind.GIFT_CARD))
    )
    shop.hear_of(a_return(a_line(2_000, line_id="unknown")))
    assert available(shop) == 60


def test_returned_money_without_goods_takes_back_by_its_amount(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000))
    shop.hear_of(a_return(a_line(1_500, quantity=Decimal(0))))
    assert available(shop) == 85


def test_a_returned_gift_card_takes_nothing_back(shop: SellingShop) -> None:
    gift = a_line(5_000, line_id="gift", kind=LineKind.GIFT_CARD)
    shop.hear_of(a_sale(a_line(10_000), gift))
    shop.hear_of(a_return(gift))
    assert available(shop) == 100


def test_more_cannot_come_back_than_was_earned(shop: SellingShop) -> None:
    shop.earn(40)
    shop.hear_of(a_sale(10_000))
    for number in range(3):
        shop.hear_of(a_return(10_000, return_ref=f"return-{number}"))
    assert available(shop) == 40


TWO_LINES = a_sale(a_line(10_000, line_id="a"), a_line(10_000, line_id="b"))


def test_a_line_that_comes_back_twice_takes_no_other_lines_points(shop: SellingShop) -> None:
    shop.hear_of(TWO_LINES)
    for number in range(2):
        shop.hear_of(a_return(a_line(10_000, line_id="a"), return_ref=f"return-{number}"))
    assert available(shop) == 100


def test_a_line_that_was_refunded_in_part_comes_back_for_the_rest(shop: SellingShop) -> None:
    shop.hear_of(TWO_LINES)
    refunded = a_line(4_000, line_id="a", quantity=Decimal(0))
    shop.hear_of(a_return(refunded, return_ref="refund"))
    shop.hear_of(a_return(a_line(6_000, line_id="a"), return_ref="return"))
    assert available(shop) == 100


@pytest.mark.parametrize("named_first", [True, False])
def test_what_names_no_line_takes_from_what_the_named_ones_left(named_first: bool) -> None:
    shop = SellingShop()
    shop.hear_of(TWO_LINES)
    back = [
        a_return(a_line(10_000, line_id="a"), return_ref="named"),
        a_return(a_line(15_000, line_id="unknown"), return_ref="unnamed"),
    ]
    for what in back if named_first else reversed(back):
        shop.hear_of(what)
    assert available(shop) == 0


def test_lines_without_a_name_are_told_apart_by_their_product(shop: SellingShop) -> None:
    dear = a_line(100_000, line_id="", product_id="dear")
    cheap = a_line(900, line_id="", product_id="cheap", quantity=Decimal(9))
    shop.hear_of(a_sale(dear, cheap))
    shop.hear_of(a_return(a_line(100, line_id="", product_id="cheap")))
    assert available(shop) == 1_008


def test_points_that_are_spent_already_become_a_debt(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000))
    shop.capture(shop.redeem(sale_ref="another", points=70))
    shop.hear_of(a_return(10_000))
    account = shop.account()
    assert (account.available, account.debt) == (0, 70)
    shop.hear_of(a_sale(10_000, sale_ref="next"))
    assert (shop.account().available, shop.account().debt) == (30, 0)


def test_a_void_takes_everything_back(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000))
    shop.hear_of(a_return(a_line(3_000, quantity=Decimal("0.3"))))
    shop.hear_of(a_sale(10_000, is_voided=True))
    assert available(shop) == 0


def test_a_voided_sale_earns_nothing_however_late_it_comes(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000, is_voided=True, customer_id=None))
    assert shop.hear_of(a_sale(10_000), revision=7).delta == 0
    assert shop.account_of(CUSTOMER) is None


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_two_versions_the_later_revision_counts(order: tuple[int, int]) -> None:
    shop = SellingShop()
    versions = {1: a_sale(a_line(10_000)), 2: a_sale(a_line(6_000))}
    for revision in order:
        shop.hear_of(versions[revision], revision)
    assert available(shop) == 60


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_sale_that_turns_out_to_be_anothers_earns_them_its_points(
    order: tuple[int, int],
) -> None:
    shop = SellingShop()
    versions = {1: a_sale(10_000, customer_id="C-1"), 2: a_sale(10_000, customer_id="C-2")}
    for revision in order:
        shop.hear_of(versions[revision], revision)
    assert (available(shop, "C-1"), available(shop, "C-2")) == (0, 100)


def test_a_customer_who_is_named_later_earns_the_points_then(shop: SellingShop) -> None:
    assert shop.hear_of(a_sale(10_000, customer_id=None), revision=1).note == "no_customer"
    shop.hear_of(a_sale(10_000), revision=2)
    shop.hear_of(a_sale(10_000, customer_id=None), revision=3)
    assert available(shop) == 100


def test_a_merchant_without_a_programme_gives_no_points(shop: SellingShop) -> None:
    shop.programmes.programmes.clear()
    assert shop.hear_of(a_sale(10_000)).note == "not_configured"


def test_a_programme_that_cannot_be_read_is_tried_again(shop: SellingShop) -> None:
    def silent(tenant_id: str) -> Programme:
        raise RecordsUnavailable(tenant_id)

    with pytest.raises(RecordsUnavailable):
        replace(shop.count_sales, read_programme=silent)(a_message(a_report(a_sale(10_000))))


def test_a_suspended_merchants_sale_is_tried_again(shop: SellingShop) -> None:
    """Acknowledged long ago, it must not be lost."""

    def suspended(tenant_id: str) -> Programme:
        raise TenantSuspended(tenant_id)

    message = a_message(a_report(a_sale(10_000)))
    with pytest.raises(TenantSuspended):
        replace(shop.count_sales, read_programme=suspended)(message)
    shop.count_sales(message)
    assert available(shop) == 100


def test_points_of_a_late_sale_are_good_from_its_own_day(shop: SellingShop) -> None:
    shop.run_programme(earn=A_POINT_EACH, points_good_for_days=30)
    shop.hear_of(a_sale(10_000, at_s=int(NOON_S) - 20 * DAY_S))
    assert shop.account().lots == {"2026-12-05": 100}


def test_points_that_are_over_when_they_are_heard_of_only_count_for_the_tier(
    shop: SellingShop,
) -> None:
    tiers = {"window_months": 12, "levels": [{"code": "gold", "label": "Gold", "points": 100}]}
    shop.run_programme(earn=A_POINT_EACH, points_good_for_days=30, tiers=tiers)
    shop.hear_of(a_sale(10_000, at_s=int(NOON_S) - 40 * DAY_S))
    account = shop.account()
    assert (account.available, sum(account.earned.values())) == (0, 100)
    assert shop.journal() == [("earn", 0)]
    shop.hear_of(a_return(10_000))
    assert (shop.account().debt, shop.account().earned) == (0, {})


def test_a_sale_from_the_future_is_one_of_today(shop: SellingShop) -> None:
    shop.run_programme(earn=A_POINT_EACH, points_good_for_days=30)
    shop.hear_of(a_sale(10_000, at_s=int(NOON_S) + 400 * DAY_S))
    assert shop.account().lots == {"2026-12-25": 100}


def test_an_order_that_the_till_has_credited_itself_earns_nothing_more(shop: SellingShop) -> None:
    shop.earn(80, order_ref="sale-1")
    assert shop.hear_of(a_sale(10_000)).delta == 0
    shop.hear_of(a_return(a_line(5_000, quantity=Decimal("0.5"))))
    assert available(shop) == 40


def test_what_the_till_has_taken_back_itself_does_not_go_twice(shop: SellingShop) -> None:
    shop.hear_of(a_sale(10_000))
    shop.take_back("sale-1")
    shop.hear_of(a_return(10_000))
    assert (shop.account().available, shop.account().debt) == (0, 0)


class TestWhatTheTillHasCredited:
    """Whatever is reported of the sale, and in whatever order."""

    @pytest.mark.parametrize("revisions", [(1, 2), (2, 1), (2,)])
    def test_it_stands_when_the_sale_is_sent_again(
        self, shop: SellingShop, revisions: tuple[int, ...]
    ) -> None:
        shop.earn(50, order_ref="sale-1")
        for revision in revisions:
            tags = frozenset({f"tag-{revision}"})
            shop.hear_of(a_sale(a_line(10_000, tags=tags)), revision)
        assert available(shop) == 50

    @pytest.mark.parametrize("revisions", [(1, 2), (2, 1), (2,)])
    def test_it_stands_when_the_sale_becomes_that_customers(
        self, shop: SellingShop, revisions: tuple[int, ...]
    ) -> None:
        shop.earn(100, order_ref="sale-1")
        for revision in revisions:
            customer_id = {1: "C-9", 2: CUSTOMER}[revision]
            shop.hear_of(a_sale(10_000, customer_id=customer_id), revision)
        assert (available(shop), available(shop, "C-9")) == (100, 0)

    @pytest.mark.parametrize("revisions", [(1, 2), (2, 1)])
    def test_it_goes_when_the_sale_becomes_anothers(
        self, shop: SellingShop, revisions: tuple[int, ...]
    ) -> None:
        shop.earn(50, order_ref="sale-1")
        for revision in revisions:
            customer_id = {1: CUSTOMER, 2: "C-9"}[revision]
            shop.hear_of(a_sale(10_000, customer_id=customer_id), revision)
        assert (available(shop), available(shop, "C-9")) == (0, 100)
        shop.hear_of(a_sale(10_000), revision=3)
        assert (available(shop), available(shop, "C-9")) == (50, 0)

    @pytest.mark.parametrize("accrues_first", [True, False])
    def test_it_stands_for_a_sale_that_had_earned_nothing(self, accrues_first: bool) -> None:
        shop = SellingShop()
        if accrues_first:
            shop.earn(30, order_ref="sale-1")
        shop.hear_of(a_sale(50), revision=1)
        if not accrues_first:
            shop.earn(30, order_ref="sale-1")
        shop.hear_of(a_sale(10_000), revision=2)
        assert available(shop) == 30

    @pytest.mark.parametrize("accrues_first", [True, False])
    def test_a_return_takes_from_it_where_the_sale_had_earned_nothing(
        self, accrues_first: bool
    ) -> None:
        shop = SellingShop()
        if accrues_first:
            shop.earn(30, order_ref="sale-1")
        shop.hear_of(a_sale(a_line(50, quantity=Decimal(2))))
        if not accrues_first:
            shop.earn(30, order_ref="sale-1")
        shop.hear_of(a_return(a_line(25)))
        assert available(shop) == 15

    def test_a_void_takes_it_back(self, shop: SellingShop) -> None:
        shop.earn(100, order_ref="sale-1")
        shop.hear_of(a_sale(is_voided=True))
        assert available(shop) == 0
        assert shop.balances_hold()

    def test_a_void_takes_back_what_the_till_has_left_of_it(self, shop: SellingShop) -> None:
        shop.earn(100, order_ref="sale-1")
        shop.take_back("sale-1", 30)
        shop.hear_of(a_sale(is_voided=True))
        assert (shop.account().available, shop.account().debt) == (0, 0)

    @pytest.mark.parametrize("is_counted", [True, False])
    def test_a_void_refuses_it(self, shop: SellingShop, is_counted: bool) -> None:
        if is_counted:
            shop.hear_of(a_sale(50))
        shop.hear_of(a_sale(is_voided=True))
        with pytest.raises(IdempotencyMismatch):
            shop.earn(100, order_ref="sale-1")
        shop.hear_of(a_sale(10_000), revision=7)
        assert available(shop) == 0

    def test_it_stops_counting_towards_a_tier_with_the_void(self, shop: SellingShop) -> None:
        tiers = {"window_months": 12, "levels": [{"code": "gold", "label": "Gold", "points": 100}]}
        shop.run_programme(earn=A_POINT_EACH, tiers=tiers)
        shop.earn(100, order_ref="sale-1")
        shop.hear_of(a_sale(10_000))
        shop.hear_of(a_return(a_line(5_000, quantity=Decimal("0.5"))))
        assert sum(shop.account().earned.values()) == 50
        shop.hear_of(a_sale(10_000, is_voided=True))
        assert shop.account().earned == {}


class TestASaleThatTwoChannelsReport:
    CHANNELS = ("store:shop", "kaching")

    @staticmethod
    def _hear(shop: SellingShop, scope: str, what: Any, revision: int = 1) -> None:
        shop.count_sales(a_message(replace(a_report(what, revision), scope=scope)))

    def test_each_can_take_back_its_returns(self, shop: SellingShop) -> None:
        for scope in self.CHANNELS:
            self._hear(shop, scope, a_sale(10_000))
        assert available(shop) == 100
        for scope, left in zip(self.CHANNELS, (50, 0), strict=True):
            self._hear(shop, scope, a_return(a_line(5_000, quantity=Decimal("0.5"))))
            assert available(shop) == left
        assert shop.balances_hold()

    @pytest.mark.parametrize("turn", [(0, 1, 2), (0, 2, 1), (2, 1, 0), (2, 0, 1), (1, 2, 0)])
    def test_it_is_void_when_one_of_them_says_so(self, turn: tuple[int, ...]) -> None:
        shop = SellingShop()
        reports = [
            (self.CHANNELS[0], a_sale(10_000)),
            (self.CHANNELS[1], a_sale(10_000)),
            (self.CHANNELS[0], a_sale(10_000, is_voided=True)),
        ]
        for number in turn:
            self._hear(shop, *reports[number])
        assert available(shop) == 0

    @pytest.mark.parametrize("is_void", [True, False])
    def test_one_that_gets_another_reference_takes_its_points_along(
        self, shop: SellingShop, is_void: bool
    ) -> None:
        """As Shopify's order does, whose cart the till has renamed."""
        for revision, ref in enumerate(("cart-1", "cart-2"), start=1):
            renamed = replace(a_report(a_sale(10_000, sale_ref=ref), revision), ref="order-1")
            shop.count_sales(a_message(renamed))
        assert available(shop) == 100
        if is_void:
            void = a_sale(10_000, sale_ref="cart-2", is_voided=True)
            shop.count_sales(a_message(replace(a_report(void, 3), ref="order-1")))
        assert available(shop) == (0 if is_void else 100)
        assert shop.balances_hold()


class TestWhatTheSaleHolds:
    @pytest.fixture(autouse=True)
    def _with_points(self, shop: SellingShop) -> None:
        shop.earn(500, order_ref="opening")

    def test_it_is_captured(self, shop: SellingShop) -> None:
        held = shop.redeem(points=100)
        shop.hear_of(a_sale(10_000))
        shop.hear_of(a_sale(10_000))
        assert self._state(shop, held) is State.CAPTURED
        assert (shop.account().held, shop.account().available) == (0, 500)

    def test_it_is_captured_though_the_hold_has_expired(self, shop: SellingShop) -> None:
        held = shop.redeem(points=100)
        shop.clock.now_s += 3_600
        shop.sweeper(Deadline.after(9))
        shop.hear_of(a_sale(10_000))
        assert self._state(shop, held) is State.CAPTURED

    def test_another_sales_and_another_customers_stay_held(self, shop: SellingShop) -> None:
        other = shop.redeem(points=100, sale_ref="sale-2")
        shop.hear_of(a_sale(10_000))
        assert self._state(shop, other) is State.HELD

    def test_it_comes_back_when_the_sale_is_void(self, shop: SellingShop) -> None:
        held = shop.redeem(points=100)
        shop.hear_of(a_sale(10_000, is_voided=True))
        assert self._state(shop, held) is State.VOIDED
        assert shop.account().available == 500

    @pytest.mark.parametrize("voids", [1, 2])
    def test_it_comes_back_after_it_was_captured(self, shop: SellingShop, voids: int) -> None:
        shop.redeem(points=100)
        shop.hear_of(a_sale(10_000))
        for _ in range(voids):
            shop.hear_of(a_sale(10_000, is_voided=True))
        assert (shop.account().available, shop.account().held) == (500, 0)

    def test_a_void_that_names_no_customer_gives_back_to_whom_the_sale_did(
        self, shop: SellingShop
    ) -> None:
        shop.redeem(points=100)
        shop.hear_of(a_sale(10_000))
        shop.hear_of(a_sale(10_000, is_voided=True, customer_id=None))
        assert shop.account().available == 500

    @pytest.mark.parametrize("void_comes_first", [False, True])
    def test_a_void_that_names_another_customer_gives_back_to_both(
        self, shop: SellingShop, void_comes_first: bool
    ) -> None:
        shop.hear_of(a_sale(30_000, sale_ref="opening", customer_id="C-2"))
        shop.redeem(points=100)
        shop.redeem(points=100, customer_id="C-2")
        reports = [a_sale(0), a_sale(0, is_voided=True, customer_id="C-2")]
        for what in reversed(reports) if void_comes_first else reports:
            shop.hear_of(what)
        assert (available(shop, "C-1"), available(shop, "C-2")) == (500, 300)

    def test_it_is_captured_though_the_sales_report_names_no_customer(
        self, shop: SellingShop
    ) -> None:
        held = shop.redeem(points=100)
        for _ in range(2):
            assert shop.hear_of(a_sale(10_000, customer_id=None)).note == "no_customer"
        assert self._state(shop, held) is State.CAPTURED
        assert (shop.account().available, shop.account().held) == (400, 0)

    def test_it_is_captured_though_the_sales_report_names_somebody_else(
        self, shop: SellingShop
    ) -> None:
        held = shop.redeem(points=100)
        shop.hear_of(a_sale(10_000, customer_id="C-2"))
        assert self._state(shop, held) is State.CAPTURED
        assert (available(shop, "C-1"), available(shop, "C-2")) == (400, 100)

    @pytest.mark.parametrize("mode", ["hold", "burn"])
    def test_it_comes_back_though_the_voids_report_names_no_customer(
        self, shop: SellingShop, mode: str
    ) -> None:
        held = shop.redeem(points=100, mode=mode)
        for _ in range(2):
            shop.hear_of(a_sale(10_000, is_voided=True, customer_id=None))
        assert self._state(shop, held) is State.VOIDED
        assert (shop.account().available, shop.account().held) == (500, 0)

    def test_it_is_not_captured_when_the_void_came_first(self, shop: SellingShop) -> None:
        held = shop.redeem(points=100)
        shop.hear_of(a_sale(10_000, is_voided=True, customer_id=None))
        shop.hear_of(a_sale(10_000))
        assert self._state(shop, held) is State.VOIDED
        assert shop.account().available == 500

    def test_what_was_spent_does_not_come_back_by_a_return(self, shop: SellingShop) -> None:
        held = shop.redeem(points=100)
        shop.hear_of(a_sale(10_000))
        shop.hear_of(a_return(10_000))
        assert shop.account().available == 400
        shop.refund(held, 100)
        assert shop.account().available == 500

    @staticmethod
    def _state(shop: SellingShop, held: Any) -> State:
        return shop.redemptions.find(shop.caller, held.redemption.redemption_id).redemption.state


def test_what_could_not_be_read_is_read_again(shop: SellingShop) -> None:
    unread = UnreadReport("kaching", "", {"identifier": "s"}, int(NOON_S) * 1_000)
    with pytest.raises(ReportUnreadable):
        shop.count_sales(a_message(unread))


def test_a_message_comes_through_the_queue_as_it_was() -> None:
    sale = a_sale(a_line(10_000, tags=frozenset({"b", "a"})))
    for report in (a_report(sale), by_shopify_id(sale), a_report(a_return(10_000))):
        message = a_message(report)
        assert type(message).load(message.dump()) == message
