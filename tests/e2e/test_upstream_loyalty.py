"""Points that merchants' own systems keep, through the deployed functions, over HTTP: programmes
with the manners of Square, Salesforce and Erply and one that can only debit and credit, connected
by records alone. What each of them has booked is read from its own books."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.deploy import STACK
from local.stack import LocalStack
from tests.support.storm import decision, storm
from tests.support.till import Till

pytestmark = pytest.mark.stack

SQUARE, SALESFORCE, ERPLY, BARE = "kaffe-huset", "lumen-living", "bryghus-nord", "havnekiosken"
SYSTEMS = {SQUARE: "square", SALESFORCE: "salesforce", ERPLY: "erply", BARE: "bare"}
_AT_FIRST = 1_000
# Longer than its records wait for a system.
_SLOW_S = 3.8


@dataclass
class Counter:
    """A till of the tenant's with a customer of its own, and its system's faults."""

    stack: LocalStack
    tenant: str
    customer: str = field(default_factory=lambda: f"L-{uuid4()}")
    sale: str = field(default_factory=lambda: f"sale-{uuid4()}")

    def call(self, method: str, path: str, **keywords: Any) -> requests.Response:
        return Till.of(self.stack, self.tenant).call(method, path, **keywords)

    def asked(self, points: int) -> dict[str, Any]:
        sale = {"store_id": "shop", "sale_ref": self.sale}
        return {"customer_id": self.customer, "points": points, **sale}

    def redeem(self, points: int = 100, key: str = "", **rest: str) -> requests.Response:
        headers = {"Idempotency-Key": key or str(uuid4())}
        body = self.asked(points) | rest
        return self.call("POST", "/v1/redemptions", json=body, headers=headers)

    def finish(self, redeemed: requests.Response, how: str, **body: Any) -> requests.Response:
        path = f"/v1/redemptions/{redeemed.json()['redemption_id']}/{how}"
        return self.call("POST", path, json=body)

    def find(self, redeemed: requests.Response) -> requests.Response:
        return self.call("GET", f"/v1/redemptions/{redeemed.json()['redemption_id']}")

    def booked(self) -> list[int]:
        """What the system has booked for the customer, oldest first; less than 0 is a debit."""
        url = f"{self.stack.demo_crm}/control/bookings/{SYSTEMS[self.tenant]}/{self.customer}"
        return [booking["points"] for booking in requests.get(url, timeout=10).json()]

    def points(self) -> int:
        answer = self.call("GET", f"/v1/customers/{self.customer}/loyalty")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["account"]["available"])

    def report(self, **changes: Any) -> None:
        """What the POS says of the sale once it is over."""
        names = {"store_id": "shop", "sale_ref": self.sale, "customer_id": self.customer}
        lines = [{"line_id": "1", "amount_minor": 20_000}]
        at = "2026-11-25T11:00:00Z"
        sale = {**names, "currency": "DKK", "at": at, "lines": lines, **changes}
        answer = self.call("POST", "/v1/sales", json=sale)
        assert answer.status_code == 202, answer.text

    def fails(self, fault: str, times: int = 1, seconds: float = _SLOW_S) -> None:
        url = f"{self.stack.demo_crm}/control/faults/{SYSTEMS[self.tenant]}"
        said = {"fault": fault, "times": times, "seconds": seconds}
        requests.post(url, json=said, timeout=10).raise_for_status()

    def until(self, redeemed: requests.Response, state: str) -> None:
        """Ask as a till does, until it is so."""
        resolved_until(self.stack, lambda: self.find(redeemed).json()["state"] == state)


def resolved_until(stack: LocalStack, is_so: Callable[[], bool]) -> None:
    """Let the resolver run as the clock would, until it is so."""
    for _ in range(30):
        if is_so():
            return
        resolve(stack)
        time.sleep(0.5)
    raise AssertionError("the resolver has not made it so")


def resolve(stack: LocalStack) -> dict[str, Any]:
    described = stack.emulator.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId="UpstreamResolverFunction"
    )
    name = described["StackResourceDetail"]["PhysicalResourceId"]
    answer = stack.emulator.client("lambda").invoke(FunctionName=name)
    said = json.load(answer["Payload"])
    assert "FunctionError" not in answer, said
    return dict(said)


@pytest.fixture(params=SYSTEMS)
def counter(stack: LocalStack, request: pytest.FixtureRequest) -> Iterator[Counter]:
    yield from a_counter(stack, request.param)


@pytest.fixture
def square(stack: LocalStack) -> Iterator[Counter]:
    yield from a_counter(stack, SQUARE)


@pytest.fixture
def salesforce(stack: LocalStack) -> Iterator[Counter]:
    yield from a_counter(stack, SALESFORCE)


@pytest.fixture(params=[SQUARE, SALESFORCE])
def resolvable(stack: LocalStack, request: pytest.FixtureRequest) -> Iterator[Counter]:
    """Where it can be learnt what became of a call."""
    yield from a_counter(stack, request.param)


@pytest.fixture(params=[ERPLY, BARE])
def unpromising(stack: LocalStack, request: pytest.FixtureRequest) -> Iterator[Counter]:
    """Where it cannot."""
    yield from a_counter(stack, request.param)


@pytest.fixture
def bare(stack: LocalStack) -> Iterator[Counter]:
    yield from a_counter(stack, BARE)


@pytest.fixture
def erply(stack: LocalStack) -> Iterator[Counter]:
    yield from a_counter(stack, ERPLY)


def a_counter(stack: LocalStack, tenant: str) -> Iterator[Counter]:
    counter = Counter(stack, tenant)
    yield counter
    url = f"{stack.demo_crm}/control/faults/{SYSTEMS[tenant]}"
    requests.delete(url, timeout=10).raise_for_status()


def test_a_sale_with_points(counter: Counter) -> None:
    key = str(uuid4())
    held = counter.redeem(key=key)
    assert (held.status_code, held.json()["state"]) == (201, "held"), held.text
    assert counter.redeem(key=key).headers["Idempotent-Replayed"] == "true"
    assert counter.booked() == [-100]
    assert counter.finish(held, "capture").json()["state"] == "captured"
    for _ in range(2):
        back = counter.finish(held, "refunds", points=100, refund_ref="return-1")
        assert back.status_code == 201, back.text
    assert counter.booked() == [-100, 100]


def test_points_are_burnt_at_once(counter: Counter) -> None:
    burnt = counter.redeem(mode="burn")
    assert (burnt.status_code, burnt.json()["state"]) == (201, "captured"), burnt.text
    assert counter.booked() == [-100]


def test_a_sale_that_is_off_gives_its_points_back(counter: Counter) -> None:
    held = counter.redeem()
    for _ in range(2):
        assert counter.finish(held, "void").json()["state"] == "voided"
    assert counter.booked() == [-100, 100]


def test_a_key_that_is_sent_twice_at_once_takes_once(counter: Counter) -> None:
    till, key = Till.of(counter.stack, counter.tenant), str(uuid4())
    body = counter.asked(100)
    call = partial(decision, till, "POST", "/v1/redemptions", key, json=body)
    assert {answer.status_code for answer in storm([call, call])} <= {201, 202}
    assert call().json()["state"] == "held"
    assert counter.booked() == [-100]


def test_too_few_points_are_said_so_by_each_in_its_own_way(counter: Counter) -> None:
    held = counter.redeem(points=_AT_FIRST - 1)
    assert held.status_code == 201, held.text
    counter.sale = f"sale-{uuid4()}"
    refused = counter.redeem(points=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert counter.booked() == [1 - _AT_FIRST]


def test_a_customer_whom_they_do_not_know(counter: Counter) -> None:
    counter.customer = "nobody"
    answer = counter.redeem()
    assert (answer.status_code, answer.json()["code"]) == (409, "not_enrolled")


def test_an_order_earns_once(counter: Counter) -> None:
    path = f"/v1/customers/{counter.customer}/points/accruals"
    body = {"points": 30, "store_id": "shop", "order_ref": "order"}
    for _ in range(2):
        assert counter.call("POST", path, json=body).status_code == 201
    assert counter.booked() == [30]


@pytest.mark.parametrize("tenant", [SQUARE, SALESFORCE, ERPLY])
def test_what_a_customer_has_is_what_the_system_says(stack: LocalStack, tenant: str) -> None:
    counter = Counter(stack, tenant)
    assert counter.points() == _AT_FIRST
    counter.redeem()
    assert counter.points() == _AT_FIRST - 100


def test_who_cannot_say_what_a_customer_has_is_said_so(bare: Counter) -> None:
    answer = bare.call("GET", f"/v1/customers/{bare.customer}/loyalty")
    assert (answer.status_code, answer.json()["code"]) == (501, "not_configured")
    assert "loyalty_balance" in answer.text


def test_a_customer_who_was_looked_up_pays_with_points(bare: Counter) -> None:
    (jane,) = Till.of(bare.stack, BARE).look_up("jane.doe@example.com").json()
    bare.customer = jane["identifier"]
    burnt = bare.redeem(points=1, mode="burn")
    assert (burnt.status_code, burnt.json()["state"]) == (201, "captured"), burnt.text


@pytest.mark.parametrize("fault", ["unanswered", "slow"])
def test_what_was_done_and_not_answered_is_learnt(resolvable: Counter, fault: str) -> None:
    resolvable.fails(fault)
    key = str(uuid4())
    unknown = resolvable.redeem(key=key)
    assert (unknown.status_code, unknown.json()["operation_state"]) == (202, "unknown")
    assert unknown.headers["Retry-After"] == "2"
    resolvable.until(unknown, "held")
    assert resolvable.redeem(key=key).json()["state"] == "held"
    assert resolvable.finish(unknown, "capture").json()["state"] == "captured"
    assert resolvable.booked() == [-100]


def test_what_was_never_done_is_done_once(square: Counter) -> None:
    square.fails("error_500")
    unknown = square.redeem()
    assert unknown.status_code == 202
    assert square.booked() == []
    square.until(unknown, "held")
    assert square.booked() == [-100]


@pytest.mark.parametrize("fault", ["unanswered", "slow"])
def test_the_void_of_what_is_unknown_is_made_good_by_the_resolver(
    resolvable: Counter, fault: str
) -> None:
    resolvable.fails(fault)
    unknown = resolvable.redeem(mode="burn")
    assert unknown.status_code == 202
    assert resolvable.finish(unknown, "void").json()["state"] == "voided"
    resolved_until(resolvable.stack, lambda: resolvable.booked() == [-100, 100])


def test_points_that_come_back_unanswered_come_back_once(resolvable: Counter) -> None:
    held = resolvable.redeem()
    resolvable.fails("unanswered")
    assert resolvable.finish(held, "void").json()["state"] == "voided"
    for _ in range(6):
        resolve(resolvable.stack)
        time.sleep(0.5)
    assert resolvable.booked() == [-100, 100]


def test_an_order_that_is_not_answered_earns_once(resolvable: Counter) -> None:
    path = f"/v1/customers/{resolvable.customer}/points/accruals"
    body = {"points": 30, "store_id": "shop", "order_ref": "order"}
    resolvable.fails("unanswered")
    assert resolvable.call("POST", path, json=body).status_code == 202
    resolved_until(
        resolvable.stack,
        lambda: resolvable.call("POST", path, json=body).status_code == 201,
    )
    assert resolvable.booked() == [30]


@pytest.mark.parametrize("fault", ["unanswered", "slow"])
def test_where_nothing_is_promised_it_stays_unknown(unpromising: Counter, fault: str) -> None:
    unpromising.fails(fault)
    key = str(uuid4())
    unknown = unpromising.redeem(key=key)
    assert unknown.status_code == 202
    resolve(unpromising.stack)
    assert unpromising.find(unknown).status_code == 202
    assert unpromising.redeem(key=key).status_code == 202
    assert unpromising.finish(unknown, "void").json()["state"] == "voided"
    # What is slow books it only now, and none of this has it booked again.
    resolved_until(unpromising.stack, lambda: unpromising.booked() == [-100])


def test_a_200_that_does_not_say_ok_is_no_success(erply: Counter) -> None:
    erply.fails("wrong_shape")
    assert erply.redeem().status_code == 202
    assert erply.booked() == []


def test_who_is_turned_away_may_try_again(counter: Counter) -> None:
    counter.fails("throttled")
    refused = counter.redeem()
    said = refused.json()
    assert (refused.status_code, said["code"]) == (409, "points_refused"), refused.text
    assert (said["reason"], said["safe_new_key"]) == ("upstream_throttled", True)
    again = counter.redeem(supersedes=said["operation_ref"])
    assert (again.status_code, counter.booked()) == (201, [-100]), again.text


@pytest.mark.parametrize("tenant", SYSTEMS)
def test_a_reported_sale_captures_and_a_void_gives_back(stack: LocalStack, tenant: str) -> None:
    """By the queue and its worker, and what follows by the resolver."""
    counter = Counter(stack, tenant)
    held = counter.redeem()
    assert held.status_code == 201, held.text

    counter.report()
    counter.until(held, "captured")
    resolved_until(stack, lambda: counter.booked() == [-100])

    counter.report(status="voided")
    resolved_until(stack, lambda: counter.booked() == [-100, 100])
