"""What becomes of points that the merchant's own system keeps when a POS reports the sale: what it
holds is captured or comes back, by calls that are the resolver's. What it earns is not ours."""

import pytest

from tests.support.fakes import FakeOwnIds
from tests.support.sales import a_sale
from tests.support.selling import a_message, a_report, a_return
from tests.support.upstream_loyalty import CAPABILITIES, UpstreamShop, fault
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.sale import Return, Sale
from tillbridge.errors import RedemptionUnknown
from tillbridge.services.count_sales import CountSales, Processed

PAID, VOID = a_sale(10_000), a_sale(10_000, is_voided=True)


@pytest.fixture(params=CAPABILITIES)
def shop(request: pytest.FixtureRequest) -> UpstreamShop:
    return UpstreamShop(CAPABILITIES[request.param])


def hear_of(shop: UpstreamShop, what: Sale | Return) -> Processed:
    count_sales = CountSales(
        shop.ledger,
        lambda _tenant: shop.programme,
        FakeOwnIds(),
        shop.store.sort_keys,
        shop.clock,
    )
    (processed,) = count_sales(a_message(a_report(what)))
    return processed


def state(shop: UpstreamShop, held: Receipt) -> State:
    return shop.find(held).state


def test_what_a_paid_sale_holds_is_captured_once(shop: UpstreamShop) -> None:
    held = shop.redeem(points=100)

    hear_of(shop, PAID)
    again = hear_of(shop, PAID)
    shop.settle()

    assert (state(shop, held), shop.balance) == (State.CAPTURED, 50)
    assert (again.delta, again.replayed) == (0, True)
    assert shop.system.repeated == []


def test_a_report_waits_for_nobodys_system(shop: UpstreamShop) -> None:
    shop.redeem(points=100)
    received = dict(shop.system.received)

    hear_of(shop, PAID)
    hear_of(shop, VOID)

    assert shop.system.received == received


def test_what_has_expired_is_taken_again(shop: UpstreamShop) -> None:
    held = shop.redeem(points=100)
    shop.wait(3_600)
    assert state(shop, held) is State.EXPIRED

    hear_of(shop, PAID)
    shop.settle()

    assert (state(shop, held), shop.balance) == (State.CAPTURED, 50)


def test_it_comes_back_when_the_sale_is_void(shop: UpstreamShop) -> None:
    held = shop.redeem(points=100)

    hear_of(shop, VOID)
    shop.settle()

    assert (state(shop, held), shop.balance) == (State.VOIDED, 150)


@pytest.mark.parametrize("voids", [1, 2])
def test_it_comes_back_after_it_was_captured(shop: UpstreamShop, voids: int) -> None:
    shop.redeem(points=100)
    hear_of(shop, PAID)
    shop.settle()

    for _ in range(voids):
        hear_of(shop, a_sale(10_000, is_voided=True, customer_id=None))
        shop.settle()

    assert shop.balance == 150


@pytest.mark.parametrize("reports", [(PAID, PAID, VOID), (PAID, VOID, PAID), (VOID, PAID, PAID)])
def test_a_void_wins_in_whatever_order_reports_come(
    shop: UpstreamShop, reports: tuple[Sale, ...]
) -> None:
    shop.redeem(points=100)

    for what in reports:
        hear_of(shop, what)
        shop.settle()

    assert shop.balance == 150


@pytest.mark.parametrize("capability", ["key", "query", "reserve", "reserve, query"])
@pytest.mark.parametrize("happened", ["before", "never"])
def test_what_nobody_knows_yet_is_captured_once_it_is_known(capability: str, happened: str) -> None:
    shop = UpstreamShop(CAPABILITIES[capability], faults=[fault(f"silence, {happened}")])
    held = shop.redeem(points=100)
    assert held.redemption.state is State.UNKNOWN

    with pytest.raises(RedemptionUnknown):
        hear_of(shop, PAID)
    shop.settle()
    hear_of(shop, PAID)
    shop.settle()

    taken = shop.find(held).state is State.CAPTURED
    assert shop.balance == (50 if taken else 150)
    assert shop.system.repeated == []


def test_a_void_need_not_know(shop: UpstreamShop) -> None:
    shop.faults = [fault("silence, before")]
    held = shop.redeem(points=100)

    hear_of(shop, VOID)

    assert state(shop, held) is State.VOIDED


def test_what_a_sale_earns_is_the_systems_own_affair(shop: UpstreamShop) -> None:
    assert hear_of(shop, PAID).delta == 0
    assert hear_of(shop, a_return(10_000)).delta == 0
    shop.settle()

    assert (shop.balance, shop.system.received) == (150, {})
