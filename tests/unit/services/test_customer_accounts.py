"""A till's payment by customer account, on the ledger in memory."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import TENANT
from tests.support.loyalty import CUSTOMER, LoyaltyShop
from tillbridge.domain.customer_account import CustomerAccount
from tillbridge.domain.ledger.writes import StoreSilent
from tillbridge.errors import (
    CurrencyMismatch,
    InsufficientPoints,
    InvalidRequest,
    NotConfigured,
    RedemptionExists,
    Undecided,
)
from tillbridge.services.customer_accounts import CustomerAccounts
from tillbridge.services.ledger import Ledger

DKK = {"points": 10, "amount_minor": 50}
ANSWER = {"amount": "{balance}", "paid": "{paid_minor}", "points": "{paid_points}"}


class Shop(LoyaltyShop):
    """A shop whose till pays by customer account."""

    def opened(self, record: Any = None, **values: Any) -> CustomerAccounts:
        self.run_programme(point_values=values or {"DKK": DKK})
        contract = CustomerAccount.compile(record or {"pay": {"answer": ANSWER}})
        ledger = Ledger(self.store, pause=lambda _failures: None)
        return CustomerAccounts(ledger, self.programmes, lambda _tenant: contract, self.clock)


def payment(amount: Any = "5.00", **changes: Any) -> dict[str, Any]:
    sale = {"store_id": "shop", "sale_ref": "sale-1"}
    return {"customer_id": CUSTOMER, "currency_code": "DKK", "amount": amount, **sale, **changes}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_payment_is_the_same_after_the_points_value_has_changed(shop: Shop) -> None:
    shop.earn(150)
    first = shop.opened().pay(shop.caller, payment())

    dearer = shop.opened(DKK={"points": 10, "amount_minor": 25})
    again = dearer.pay(shop.caller, payment())

    assert first == ({"amount": 2.5, "paid": 500, "points": 100}, False)
    assert again == ({"amount": 1.25, "paid": 500, "points": 100}, True)
    assert shop.account().available == 50


def test_the_currency_is_the_merchants_own_where_the_till_names_none(shop: Shop) -> None:
    shop.earn(10)
    accounts = shop.opened()
    query = {"customer_id": CUSTOMER}

    with pytest.raises(InvalidRequest, match="currency_code"):
        accounts.read(shop.caller, query)
    programme = shop.programmes.programmes[TENANT]
    shop.programmes.programmes[TENANT] = replace(programme, currency="DKK")

    assert accounts.read(shop.caller, query) == {"amount": 0.5}
    with pytest.raises(CurrencyMismatch):
        accounts.read(shop.caller, {**query, "currency_code": "SEK"})


def test_a_currency_without_decimals_has_none(shop: Shop) -> None:
    shop.earn(10)
    accounts = shop.opened(JPY={"points": 1, "amount_minor": 3})

    paid, _replayed = accounts.pay(shop.caller, payment(amount=10, currency_code="JPY"))

    assert paid == {"amount": 18, "paid": 10, "points": 4}


def test_a_till_that_may_only_read_pays_nothing(shop: Shop) -> None:
    with pytest.raises(NotConfigured):
        shop.opened({"pay": None}).pay(shop.caller, payment())


def test_who_pays_is_in_the_journal(shop: Shop) -> None:
    shop.earn(150)
    shop.opened().pay(shop.caller, payment(staff_id="cashier-7"))

    (entry,) = [item for item in shop.store.items.values() if item.get("kind") == "post"]
    assert (entry["staff_id"], entry["sale_ref"]) == ("cashier-7", "sale-1")
    assert shop.balances_hold()


def test_what_was_refused_as_too_much_is_taken_over_by_one_payment_only(shop: Shop) -> None:
    shop.earn(100)
    accounts = shop.opened()
    with pytest.raises(InsufficientPoints):
        accounts.pay(shop.caller, payment("5.01"))

    accounts.pay(shop.caller, payment("3.00"))
    with pytest.raises(RedemptionExists):
        accounts.pay(shop.caller, payment("2.00"))

    assert shop.account().available == 40


def test_silence_asks_for_the_same_again_and_the_same_is_paid_once(shop: Shop) -> None:
    shop.earn(150)
    accounts = shop.opened()

    def silent(_writes: Any) -> None:
        raise StoreSilent

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shop.store, "transact", silent)
        with pytest.raises(Undecided):
            accounts.pay(shop.caller, payment())

    _paid, replayed = accounts.pay(shop.caller, payment())
    assert not replayed
    assert shop.account().available == 50


@given(
    points=st.integers(1, 10_000),
    value=st.fixed_dictionaries(
        {"points": st.integers(1, 1_000), "amount_minor": st.integers(1, 1_000)}
    ),
    parts=st.lists(st.integers(1, 100), max_size=5),
)
def test_whatever_is_paid_is_covered_and_the_rest_of_it_can_be_paid(
    points: int, value: dict[str, int], parts: list[int]
) -> None:
    shop = Shop()
    shop.earn(points)
    accounts = shop.opened(record={"read": {"answer": "{balance_minor}"}}, JPY=value)
    query = {"customer_id": CUSTOMER, "currency_code": "JPY"}
    paid_minor = 0

    for number, percent in enumerate([*parts, 100]):
        shown_minor = accounts.read(shop.caller, query)
        amount_minor = shown_minor * percent // 100
        if amount_minor == 0:
            continue
        sale = payment(amount_minor, currency_code="JPY", sale_ref=f"sale-{number}")
        accounts.pay(shop.caller, sale)
        paid_minor += amount_minor

    assert accounts.read(shop.caller, query) == 0
    assert paid_minor * value["points"] <= points * value["amount_minor"]
    assert shop.balances_hold()
