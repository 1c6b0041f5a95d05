"""Points that merchants' own systems keep, through the deployed functions, over HTTP: programmes
with the manners of Square, Salesforce and Erply, connected by records alone."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.deploy import STACK
from local.stack import LocalStack
from tests.support.till import Till

pytestmark = pytest.mark.stack

SQUARE, SALESFORCE, ERPLY = "kaffe-huset", "lumen-living", "bryghus-nord"
SYSTEMS = {SQUARE: "square", SALESFORCE: "salesforce", ERPLY: "erply"}
_AT_FIRST = 1_000


@dataclass
class Counter:
    """A till of the tenant's with a customer of its own, and its system's faults."""

    stack: LocalStack
    tenant: str
    customer: str = field(default_factory=lambda: f"L-{uuid4()}")
    sale: str = field(default_factory=lambda: f"sale-{uuid4()}")

    def call(self, method: str, path: str, **keywords: Any) -> requests.Response:
        return Till.of(self.stack, self.tenant).call(method, path, **keywords)

    def redeem(self, points: int = 100, mode: str = "hold", key: str = "") -> requests.Response:
        body = {"customer_id": self.customer, "points": points, "store_id": "shop", "mode": mode}
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.call(
            "POST", "/v1/redemptions", json={**body, "sale_ref": self.sale}, headers=headers
        )

    def finish(self, redeemed: requests.Response, how: str, **body: Any) -> requests.Response:
        path = f"/v1/redemptions/{redeemed.json()['redemption_id']}/{how}"
        return self.call("POST", path, json=body)

    def find(self, redeemed: requests.Response) -> requests.Response:
        return self.call("GET", f"/v1/redemptions/{redeemed.json()['redemption_id']}")

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

    def fails(self, fault: str, times: int = 1) -> None:
        url = f"{self.stack.demo_crm}/control/faults/{SYSTEMS[self.tenant]}"
        requests.post(url, json={"fault": fault, "times": times}, timeout=10).raise_for_status()

    def until(self, redeemed: requests.Response, state: str) -> None:
        """Ask as a till does, and let the resolver run as the clock would."""
        for _ in range(40):
            if self.find(redeemed).json()["state"] == state:
                return
            resolve(self.stack)
            time.sleep(0.5)
        raise AssertionError(self.find(redeemed).text)

    def until_points(self, points: int) -> None:
        for _ in range(40):
            if self.points() == points:
                return
            resolve(self.stack)
            time.sleep(0.5)
        raise AssertionError(self.points())


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


@pytest.fixture
def erply(stack: LocalStack) -> Iterator[Counter]:
    yield from a_counter(stack, ERPLY)


def a_counter(stack: LocalStack, tenant: str) -> Iterator[Counter]:
    counter = Counter(stack, tenant)
    yield counter
    url = f"{stack.demo_crm}/control/faults/{SYSTEMS[tenant]}"
    requests.delete(url, timeout=10).raise_for_status()


def test_a_sale_with_points(counter: Counter) -> None:
    assert counter.points() == _AT_FIRST
    key = str(uuid4())
    held = counter.redeem(key=key)
    assert (held.status_code, held.json()["state"]) == (201, "held"), held.text
    assert counter.redeem(key=key).headers["Idempotent-Replayed"] == "true"
    assert counter.points() == _AT_FIRST - 100
    assert counter.finish(held, "capture").json()["state"] == "captured"
    back = counter.finish(held, "refunds", points=100, refund_ref="return-1")
    assert back.status_code == 201, back.text
    assert counter.points() == _AT_FIRST


def test_a_sale_that_is_off_gives_its_points_back(counter: Counter) -> None:
    held = counter.redeem()
    assert counter.finish(held, "void").json()["state"] == "voided"
    assert counter.points() == _AT_FIRST


def test_too_few_points_are_said_so_by_each_in_its_own_way(counter: Counter) -> None:
    refused = counter.redeem(points=_AT_FIRST + 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert counter.points() == _AT_FIRST


def test_a_customer_whom_they_do_not_know(counter: Counter) -> None:
    counter.customer = "nobody"
    answer = counter.redeem()
    assert (answer.status_code, answer.json()["code"]) == (409, "not_enrolled")


def test_an_order_earns_once(counter: Counter) -> None:
    path = f"/v1/customers/{counter.customer}/points/accruals"
    body = {"points": 30, "store_id": "shop", "order_ref": "order"}
    for _ in range(2):
        assert counter.call("POST", path, json=body).status_code == 201
    assert counter.points() == _AT_FIRST + 30


def test_a_key_is_sent_again_until_it_is_answered(square: Counter) -> None:
    square.fails("unanswered")
    unknown = square.redeem()
    assert (unknown.status_code, unknown.json()["operation_state"]) == (202, "unknown")
    assert unknown.headers["Retry-After"] == "2"
    square.until(unknown, "held")
    assert square.points() == _AT_FIRST - 100


def test_what_was_done_and_not_answered_is_found_by_its_reference(salesforce: Counter) -> None:
    salesforce.fails("unanswered")
    unknown = salesforce.redeem()
    assert unknown.status_code == 202
    salesforce.until(unknown, "held")
    assert salesforce.points() == _AT_FIRST - 100


def test_the_void_of_what_is_unknown_is_made_good_by_the_resolver(salesforce: Counter) -> None:
    salesforce.fails("unanswered")
    unknown = salesforce.redeem(mode="burn")
    assert unknown.status_code == 202
    assert salesforce.finish(unknown, "void").json()["state"] == "voided"
    for _ in range(20):
        if salesforce.points() == _AT_FIRST:
            return
        resolve(salesforce.stack)
        time.sleep(0.5)
    raise AssertionError(salesforce.points())


def test_where_nothing_is_promised_it_stays_unknown(erply: Counter) -> None:
    erply.fails("unanswered")
    unknown = erply.redeem()
    assert unknown.status_code == 202
    resolve(erply.stack)
    assert erply.find(unknown).status_code == 202
    assert erply.points() == _AT_FIRST - 100
    assert erply.finish(unknown, "void").json()["state"] == "voided"


def test_a_code_in_a_200_is_no_success(erply: Counter) -> None:
    erply.fails("throttled")
    assert erply.redeem().status_code == 202
    assert erply.points() == _AT_FIRST


def test_a_reported_sale_captures_and_a_void_gives_back(stack: LocalStack) -> None:
    """By the queue and its worker, and what follows by the resolver."""
    for tenant in SYSTEMS:
        till = Counter(stack, tenant)
        before = till.points()
        held = till.redeem()
        assert held.status_code == 201, held.text

        till.report()
        till.until(held, "captured")
        assert till.points() == before - 100

        till.report(status="voided")
        till.until_points(before)
