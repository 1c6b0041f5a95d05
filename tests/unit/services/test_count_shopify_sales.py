"""Whose points a sale of Shopify's are: those of the customer whom the till knows."""

from typing import Any

import pytest

from tests.support.builders import (
    TENANT,
    a_profile,
    a_request,
    an_answer,
    an_integration,
)
from tests.support.fakes import (
    FakeClock,
    FakeExchange,
    FakeIntegrations,
    FakeProfiles,
    FakeSecrets,
)
from tests.support.loyalty import CUSTOMER, NOON_S
from tests.support.sales import a_sale
from tests.support.selling import SellingShop, a_return, by_shopify_id
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.sale import Sale
from tillbridge.errors import (
    CustomerAmbiguous,
    CustomerNotFound,
    RecordUnusable,
    TillbridgeError,
    UpstreamFailed,
    UpstreamTimeout,
)
from tillbridge.services.count_sales import ASKED_WITHIN_S, CountSales
from tillbridge.services.credentials import Credentials
from tillbridge.services.shopify_customers import OPERATION, ShopifyCustomers
from tillbridge.services.tenant_system import TenantSystem

NUMBER = "7123456789012"
RECORD = an_integration(operation=OPERATION, request=a_request(query={"shopify": "{customer_id}"}))
JANE, ROE = {"identifier": CUSTOMER}, {"identifier": "C-2"}
# The sale was an hour ago: whoever is new has reached the merchant's system.
AN_HOUR_AGO_S = int(NOON_S) - 3_600


def an_order(**changes: Any) -> Sale:
    return a_sale(10_000, **{"customer_id": NUMBER, "at_s": AN_HOUR_AGO_S, **changes})


class Shop(SellingShop):
    """Its customers are asked for in the merchant's system."""

    def connect(
        self, *script: UpstreamAnswer | TillbridgeError, record: Integration | None = RECORD
    ) -> FakeExchange:
        """From now on that system answers so."""
        exchange = FakeExchange(*script)
        customers = ShopifyCustomers(
            FakeProfiles({TENANT: a_profile()}),
            FakeIntegrations({} if record is None else {(TENANT, OPERATION): record}),
            TenantSystem(exchange, Credentials(FakeSecrets(), exchange)),
            FakeClock(),
        )
        ledger = self.count_sales.ledger
        self.count_sales = CountSales(
            ledger, self.programmes, customers.of_shopify, self.store.sort_keys, self.clock
        )
        return exchange

    def available(self, customer_id: str) -> int:
        account = self.account_of(customer_id)
        return 0 if account is None else account.available


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_points_are_the_merchants_own_customers(shop: Shop) -> None:
    exchange = shop.connect(an_answer(body=[JANE]))
    assert shop.take(by_shopify_id(an_order())).delta == 100
    assert (shop.available(CUSTOMER), shop.available(NUMBER)) == (100, 0)
    assert f"shopify={NUMBER}" in exchange.requests[0].url
    assert 0 < exchange.deadlines[0].remaining_s() <= ASKED_WITHIN_S


def test_a_return_takes_back_from_the_same_account(shop: Shop) -> None:
    shop.connect(an_answer(body=[JANE]))
    shop.hear_of(a_return(10_000))
    shop.take(by_shopify_id(an_order()))
    assert shop.available(CUSTOMER) == 0


@pytest.mark.parametrize("order", [(False, True), (True, False)])
def test_a_cancelled_order_earns_nothing_in_whatever_order(
    shop: Shop, order: tuple[bool, bool]
) -> None:
    shop.connect(an_answer(body=[JANE]))
    for is_voided in order:
        shop.take(by_shopify_id(an_order(is_voided=is_voided)))
    assert (shop.available(CUSTOMER), shop.available(NUMBER)) == (0, 0)


def test_what_the_till_held_for_the_customer_is_captured(shop: Shop) -> None:
    shop.connect(an_answer(body=[JANE]))
    shop.earn(500)
    held = shop.redeem(points=100)
    shop.take(by_shopify_id(an_order()))
    found = shop.redemptions.find(shop.caller, held.redemption.redemption_id)
    assert found.redemption.state is State.CAPTURED


def test_a_merchant_without_a_record_knows_customers_as_shopify_does(shop: Shop) -> None:
    exchange = shop.connect(an_answer(500), record=None)
    shop.take(by_shopify_id(an_order()))
    assert shop.available(NUMBER) == 100
    assert exchange.requests == []


def test_another_pos_names_the_merchants_own_number(shop: Shop) -> None:
    exchange = shop.connect(an_answer(body=[JANE]))
    shop.hear_of(an_order())
    assert shop.available(NUMBER) == 100
    assert exchange.requests == []


def test_nobody_is_asked_for_a_sale_without_a_customer(shop: Shop) -> None:
    exchange = shop.connect(an_answer(body=[JANE]))
    assert shop.take(by_shopify_id(an_order(customer_id=None))).note == "no_customer"
    assert exchange.requests == []


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (UpstreamTimeout(), UpstreamTimeout),
        (an_answer(500), UpstreamFailed),
        (an_answer(body=[JANE, ROE]), CustomerAmbiguous),
        (RecordUnusable("it is wrong"), RecordUnusable),
    ],
)
def test_a_sale_waits_until_it_can_be_told_whose_it_is(
    shop: Shop, outcome: UpstreamAnswer | TillbridgeError, error: type[TillbridgeError]
) -> None:
    shop.connect(outcome)
    with pytest.raises(error):
        shop.take(by_shopify_id(an_order()))
    assert shop.store.items == {}

    shop.connect(an_answer(body=[JANE]))
    shop.take(by_shopify_id(an_order()))
    assert (shop.available(CUSTOMER), shop.available(NUMBER)) == (100, 0)


def test_somebody_whom_the_merchant_does_not_know_earns_nothing(shop: Shop) -> None:
    shop.connect(an_answer(body=[]))
    assert shop.take(by_shopify_id(an_order())).note == "customer_not_found"
    assert (shop.available(CUSTOMER), shop.available(NUMBER)) == (0, 0)


def test_somebody_who_becomes_known_earns_when_the_order_is_sent_again(shop: Shop) -> None:
    shop.connect(an_answer(body=[]))
    shop.take(by_shopify_id(an_order()))
    shop.connect(an_answer(body=[JANE]))
    shop.take(by_shopify_id(an_order()))
    assert shop.available(CUSTOMER) == 100


def test_a_new_customer_has_a_quarter_of_an_hour_to_reach_the_merchants_system(
    shop: Shop,
) -> None:
    shop.connect(an_answer(body=[]))
    order = by_shopify_id(an_order(at_s=int(NOON_S)))
    for later_s in (0, 899):
        shop.clock.now_s = NOON_S + later_s
        with pytest.raises(CustomerNotFound):
            shop.take(order)
    shop.clock.now_s += 1
    assert shop.take(order).note == "customer_not_found"


def test_a_void_that_names_somebody_unknown_is_one_all_the_same(shop: Shop) -> None:
    shop.connect(an_answer(body=[JANE]))
    shop.take(by_shopify_id(an_order()))
    shop.connect(an_answer(body=[]))
    shop.take(by_shopify_id(an_order(is_voided=True), revision=2))
    assert shop.available(CUSTOMER) == 0
