"""Many tills at one customer's points, through the deployed template: balances are exact, the right
number succeeds, and whoever loses is told what to do.

Two hundred requests go through 16 threads that begin together: the emulator needs a process of
40 MB for each call that runs at once.
"""

import os
import re
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local.stack import LocalStack
from local.template import ROOT
from tests.support.storm import decision, storm, warm_up
from tests.support.till import Till
from tools.race.deployment import Deployment

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

COST = 100
Call = Callable[[], requests.Response]


@dataclass
class Customer:
    """A customer of a demo tenant's, whom many tills serve at once."""

    till: Till
    deployment: Deployment
    customer_id: str

    def earning(self, points: int, order_ref: str) -> Call:
        path = f"/v1/customers/{self.customer_id}/points/accruals"
        asked = {"points": points, "store_id": "shop", "order_ref": order_ref}
        return lambda: decision(self.till, "POST", path, json=asked)

    def redeeming(self, key: str | None = None, sale_ref: str | None = None, **more: Any) -> Call:
        key, sale_ref = key or str(uuid.uuid4()), sale_ref or str(uuid.uuid4())
        asked = {"customer_id": self.customer_id, "points": COST, "store_id": "shop", **more}
        body = {**asked, "sale_ref": sale_ref}
        return lambda: decision(self.till, "POST", "/v1/redemptions", key, json=body)

    def finishing(self, redemption_id: str, action: str, **asked: Any) -> Call:
        path = f"/v1/redemptions/{redemption_id}/{action}"
        return lambda: decision(self.till, "POST", path, json=asked)

    def points(self) -> tuple[int, int]:
        """What is available and what is held; the journal must say the same (I2)."""
        account, entries = self.deployment.history(self.customer_id)
        assert account["balance"] == sum(entry["delta"] for entry in entries)
        assert account["balance"] == account["available"] + account["held"] - account["debt"]
        return account["available"], account["held"]

    def entries(self) -> Counter[str]:
        """How many entries of each kind the journal has."""
        _, entries = self.deployment.history(self.customer_id)
        return Counter(entry["kind"] for entry in entries)


@pytest.fixture(scope="module")
def warm(stack: LocalStack) -> LocalStack:
    warm_up(Till.of(stack, "fjord-outdoor"))
    return stack


@pytest.fixture
def customer(warm: LocalStack) -> Customer:
    """One with a thousand points."""
    token = warm.keys["fjord-outdoor"].token
    till, deployment = Till.of(warm, "fjord-outdoor"), Deployment(warm.api, token)
    customer = Customer(till, deployment, f"customer-{uuid.uuid4()}")
    assert customer.earning(1_000, "first order")().status_code == 201
    return customer


def statuses(answers: list[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def codes(answers: list[requests.Response]) -> Counter[str]:
    return Counter(answer.json()["code"] for answer in answers if not answer.ok)


@pytest.mark.requirement("X3")
def test_two_hundred_requests_with_one_key_are_one_redemption(customer: Customer) -> None:
    same = customer.redeeming(str(uuid.uuid4()), "one sale")

    answers = storm([same] * 200)

    assert statuses(answers) == {201: 200}
    assert len({answer.json()["redemption_id"] for answer in answers}) == 1
    # All but the one that decided; were that answer lost, it would be replayed as well.
    replayed = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert replayed.count("true") >= 199
    assert customer.points() == (900, COST)
    assert customer.entries() == {"earn": 1, "hold": 1}


@pytest.mark.requirement("X4")
@pytest.mark.parametrize("mode", ["hold", "burn"])
def test_two_hundred_sales_share_one_balance_to_the_point(customer: Customer, mode: str) -> None:
    answers = storm([customer.redeeming(mode=mode) for _ in range(200)])

    granted = [answer for answer in answers if answer.ok]
    assert statuses(answers) == {201: 10, 409: 190}
    assert len({answer.json()["redemption_id"] for answer in granted}) == 10
    assert customer.points() == (0, 1_000 if mode == "hold" else 0)
    assert customer.entries() == {"earn": 1, "hold" if mode == "hold" else "post": 10}
    for answer in answers:
        if not answer.ok:
            problem = answer.json()
            assert problem["code"] == "insufficient_points"
            assert (problem["points"], problem["operation_state"]) == (COST, "rejected")
            assert 0 <= problem["available"] < COST
            assert (problem["safe_to_retry"], problem["safe_new_key"]) == (False, True)
            assert f"{problem['available']} are there" in problem["cashier_message"]


@pytest.mark.requirement("X4")
def test_thirty_tills_spend_the_last_points_once(customer: Customer) -> None:
    answers = storm([customer.redeeming(points=1_000) for _ in range(30)])

    assert statuses(answers) == {201: 1, 409: 29}
    assert codes(answers) == {"insufficient_points": 29}
    assert customer.points() == (0, 1_000)


def test_thirty_keys_for_one_sale_are_one_redemption(customer: Customer) -> None:
    answers = storm([customer.redeeming(sale_ref="one sale") for _ in range(30)])

    (granted,) = (answer.json() for answer in answers if answer.ok)
    assert codes(answers) == {"redemption_exists": 29}
    for answer in answers:
        if not answer.ok:
            problem = answer.json()
            assert problem["operation_ref"] == granted["redemption_id"]
            assert problem["operation_state"] == "held"
            assert (problem["safe_to_retry"], problem["safe_new_key"]) == (False, False)
    assert customer.points() == (900, COST)


def test_fifty_captures_and_fifty_voids_of_a_hold_end_it_one_way(customer: Customer) -> None:
    redemption_id = customer.redeeming()().json()["redemption_id"]
    capture = customer.finishing(redemption_id, "capture")
    void = customer.finishing(redemption_id, "void")

    answers = storm([capture, void] * 50)

    captures, voids = answers[::2], answers[1::2]
    is_captured = captures[0].ok
    won, lost = (captures, voids) if is_captured else (voids, captures)
    assert statuses(won) == {200: 50}
    assert codes(lost) == {"redemption_captured" if is_captured else "redemption_closed": 50}
    assert customer.points() == ((900, 0) if is_captured else (1_000, 0))
    assert customer.entries() == {"earn": 1, "hold": 1, "post" if is_captured else "void": 1}


def test_one_return_sent_thirty_times_gives_back_once(customer: Customer) -> None:
    redemption_id = customer.redeeming(mode="burn")().json()["redemption_id"]
    refund = customer.finishing(redemption_id, "refunds", points=40, refund_ref="return-1")

    answers = storm([refund] * 30)

    assert statuses(answers) == {201: 30}
    assert {answer.json()["refundable"] for answer in answers} == {60}
    assert customer.points() == (940, 0)
    assert customer.entries() == {"earn": 1, "post": 1, "refund": 1}


def test_thirty_returns_give_back_no_more_than_was_spent(customer: Customer) -> None:
    redemption_id = customer.redeeming(mode="burn")().json()["redemption_id"]

    answers = storm(
        [
            customer.finishing(redemption_id, "refunds", points=30, refund_ref=f"return-{number}")
            for number in range(30)
        ]
    )

    assert statuses(answers) == {201: 3, 409: 27}
    assert codes(answers) == {"not_refundable": 27}
    assert customer.points() == (990, 0)


def test_one_order_sent_fifty_times_earns_once(customer: Customer) -> None:
    answers = storm([customer.earning(70, "one order")] * 50)

    assert statuses(answers) == {201: 50}
    assert customer.points() == (1_070, 0)


def test_fifty_orders_at_once_all_earn(customer: Customer) -> None:
    answers = storm([customer.earning(7, f"order-{number}") for number in range(50)])

    assert statuses(answers) == {201: 50}
    assert customer.points() == (1_350, 0)


def test_make_race_finds_nothing_wrong_here(warm: LocalStack) -> None:
    key = warm.keys["fjord-outdoor"].token

    done = subprocess.run(
        [sys.executable, "-m", "tools.race"],
        cwd=ROOT,
        env={**os.environ, "URL": warm.api, "KEY": key, "TRIES": "30", "THREADS": "16"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    line = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"requests [0-9]+, successes 10, over-spend 0", line)
