"""What every imitated loyalty programme can be told to do wrong, and the books that show it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.demo_crm.credentials import ERPLY_SESSION_KEY

from . import test_bare, test_salesforce, test_square
from .conftest import Call
from .test_control import break_


def subtract(call: Call, customer: str, points: int, reference: str) -> requests.Response:
    form = {"customerID": customer, "points": points, "description": reference}
    form |= {"request": "subtractCustomerRewardPoints", "sessionKey": ERPLY_SESSION_KEY}
    return call("POST", "/erply/api/", data=form)


Debit = Callable[[Call, str, int, str], requests.Response]
DEBITS: dict[str, Debit] = {
    "square": test_square.issue,
    "salesforce": lambda call, customer, points, reference: test_salesforce.process(
        call, "debitPoints", customer, points, reference
    ),
    "erply": subtract,
    "bare": lambda call, customer, points, key: test_bare.bare(
        call, f"{customer}/debit", points, key
    ),
}
HONOUR_KEYS = ("square", "bare")
each_programme = pytest.mark.parametrize("system", DEBITS)


@pytest.fixture
def customer() -> str:
    return f"L-{uuid4()}"


def booked(call: Call, system: str, customer: str) -> list[Any]:
    bookings = call("GET", f"/control/bookings/{system}/{customer}").json()
    return [booking["points"] for booking in bookings]


@each_programme
def test_the_books_show_what_was_debited(call: Call, system: str, customer: str) -> None:
    assert booked(call, system, customer) == []
    DEBITS[system](call, customer, 100, "r-1")
    (booking,) = call("GET", f"/control/bookings/{system}/{customer}").json()
    assert (booking["customer"], booking["points"]) == (customer, -100)


@each_programme
def test_unanswered_is_done_all_the_same(call: Call, system: str, customer: str) -> None:
    break_(call, system, "unanswered", times=1)
    assert DEBITS[system](call, customer, 100, str(uuid4())).status_code >= 500
    assert booked(call, system, customer) == [-100]


@each_programme
def test_twice_books_twice_and_says_so_once(call: Call, system: str, customer: str) -> None:
    break_(call, system, "twice", times=1)
    assert DEBITS[system](call, customer, 100, str(uuid4())).status_code < 300
    assert booked(call, system, customer) == [-100, -100]


@each_programme
def test_overdrawing_lets_a_balance_fall_below_zero(call: Call, system: str, customer: str) -> None:
    DEBITS[system](call, customer, 1_001, str(uuid4()))
    assert booked(call, system, customer) == []
    break_(call, system, "overdrawing", times=1)
    DEBITS[system](call, customer, 1_001, str(uuid4()))
    assert booked(call, system, customer) == [-1_001]


@pytest.mark.parametrize("system", HONOUR_KEYS)
def test_a_forgetful_system_does_again_what_it_did_under_a_key(
    call: Call, system: str, customer: str
) -> None:
    key = str(uuid4())
    for _ in range(2):
        DEBITS[system](call, customer, 100, key)
    assert booked(call, system, customer) == [-100]
    break_(call, system, "forgetful", times=1)
    DEBITS[system](call, customer, 100, key)
    assert booked(call, system, customer) == [-100, -100]


@each_programme
def test_slow_books_late_and_well(call: Call, system: str, customer: str) -> None:
    break_(call, system, "slow", times=1, seconds=0.2)
    response = DEBITS[system](call, customer, 100, str(uuid4()))
    assert response.elapsed.total_seconds() >= 0.2
    assert booked(call, system, customer) == [-100]


def test_what_keeps_no_points_has_no_books(call: Call) -> None:
    response = call("GET", "/control/bookings/hubspot/L-1")
    assert response.status_code == 404
    assert response.json()["error"] == "the systems are bare, erply, salesforce, square"
