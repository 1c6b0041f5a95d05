"""Ka-ching's customer account over HTTP: a till that sends configured parameters and no key, at the
demo tenant, where 10 points are 0.50 DKK."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from local.stack import LocalStack
from tests.support.till import Till

pytestmark = pytest.mark.stack

_ACCOUNT = "/v1/kaching/customer-account"


class KachingTill:
    """A till with Ka-ching's own scheme, and a customer of the test's own."""

    def __init__(self, till: Till, token: str) -> None:
        self.till = till.with_authorization(f"KachingKey {token}")
        self.customer = {"customer_id": f"customer-{uuid4()}", "currency_code": "DKK"}

    def earn(self, points: int) -> None:
        path = f"/v1/customers/{self.customer['customer_id']}/points/accruals"
        body = {"points": points, "store_id": "aarhus", "order_ref": str(uuid4())}
        assert self.till.call("POST", path, json=body).status_code == 201

    def read(self) -> Any:
        answer = self.till.call("GET", f"{_ACCOUNT}/read", params=self.customer)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, amount: str, sale_ref: str, method: str = "POST") -> requests.Response:
        sale = {"amount": amount, "store_id": "aarhus", "sale_ref": sale_ref}
        return self.till.call(method, f"{_ACCOUNT}/pay", params={**self.customer, **sale})

    def void(self, sale_ref: str) -> requests.Response:
        body = {"customer_id": self.customer["customer_id"], "store_id": "aarhus"}
        return self.till.call("POST", "/v1/redemptions/void", json={**body, "sale_ref": sale_ref})


@pytest.fixture
def till(stack: LocalStack) -> KachingTill:
    return KachingTill(Till.of(stack, "fjord-outdoor"), stack.keys["fjord-outdoor"].token)


def test_a_sale_is_paid_once_and_its_void_gives_the_points_back(till: KachingTill) -> None:
    till.earn(150)
    assert till.read() == {"amount": 7.5, "currency_code": "DKK"}

    paid, again = till.pay("5.00", "sale 1"), till.pay("5.00", "sale 1", "GET")

    assert (paid.status_code, again.status_code) == (200, 200)
    assert paid.json() == {
        "amount": 2.5,
        "currency_code": "DKK",
        "paid": 5.0,
        "message": "5.00 DKK paid with 100 points, 2.50 DKK are left",
    }
    assert again.json() == paid.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert till.void("sale 1").json()["state"] == "voided"
    assert till.read()["amount"] == 7.5
    assert till.pay("5.00", "sale 1").json()["code"] == "redemption_voided"


def test_a_cashier_is_told_why_it_cannot_be_paid(till: KachingTill) -> None:
    nobody = till.pay("5.00", "sale 1")
    assert (nobody.status_code, nobody.json()["code"]) == (409, "not_enrolled")
    assert till.read()["amount"] == 0
    till.earn(100)

    too_much = till.pay("5.01", "sale 2").json()

    assert too_much["cashier_message"] == (
        "Unable to process - 101 points are needed, 100 are there. Continue without points."
    )
    assert till.pay("5.00", "sale 2").json()["amount"] == 0


def test_a_body_is_read_by_the_merchants_record(till: KachingTill) -> None:
    till.earn(100)
    body = {**till.customer, "amount": 5, "store_id": "aarhus", "sale": {"identifier": "sale 3"}}

    paid = till.till.call("POST", f"{_ACCOUNT}/pay", json=body)

    assert paid.json()["paid"] == 5
    assert till.pay("5", "sale 3").headers["Idempotent-Replayed"] == "true"
