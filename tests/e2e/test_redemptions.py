"""A sale with points, whole: a till's HTTP requests through the deployed template to the ledger."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from local.stack import LocalStack
from tests.support.till import Till, new_tenant
from tillbridge.domain.caller import Scope

pytestmark = pytest.mark.stack

JANE = {"customer_name": "Jane Doe"}


class PointsTill:
    """A till of the demo tenant with a built-in ledger, and a customer of the test's own."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.customer_id = f"customer-{uuid4()}"

    def post(self, path: str, body: Any = None, key: str | None = None) -> requests.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.till.call("POST", path, json=body, headers=headers)

    def earn(self, points: int) -> requests.Response:
        body = {"points": points, "store_id": "shop", "order_ref": str(uuid4()), **JANE}
        return self.post(f"/v1/customers/{self.customer_id}/points/accruals", body)

    def redeem(self, key: str | None = None, **changes: Any) -> requests.Response:
        sale = {"store_id": "shop", "sale_ref": "sale#1", "customer_id": self.customer_id}
        return self.post("/v1/redemptions", {**sale, "points": 100, **changes}, key or str(uuid4()))

    def loyalty(self, **query: Any) -> dict[str, Any]:
        path = f"/v1/customers/{self.customer_id}/loyalty"
        return dict(self.till.call("GET", path, params=query).json())


@pytest.fixture
def till(stack: LocalStack) -> PointsTill:
    return PointsTill(Till.of(stack, "fjord-outdoor"))


@pytest.mark.requirement("S6", "S14")
def test_points_are_held_for_a_sale_captured_and_partly_given_back(till: PointsTill) -> None:
    assert till.earn(150).json()["message"] == "150 points added for Jane Doe"

    held = till.redeem(**JANE)
    assert held.status_code == 201
    assert held.json()["message"] == "100 points held for Jane Doe"
    assert held.json()["account"] == {"balance": 150, "available": 50, "held": 100, "debt": 0}

    path = f"/v1/redemptions/{held.json()['redemption_id']}"
    captured = till.post(f"{path}/capture", JANE)
    assert (captured.status_code, captured.json()["state"]) == (200, "captured")
    refund = till.post(f"{path}/refunds", {"points": 40, "refund_ref": "return-1", **JANE})
    assert refund.json()["message"] == "40 points given back to Jane Doe"

    loyalty = till.loyalty()
    assert loyalty["account"] == {"balance": 90, "available": 90, "held": 0, "debt": 0}
    assert [entry["kind"] for entry in loyalty["entries"]] == ["refund", "post", "hold", "earn"]
    assert sum(entry["delta"] for entry in loyalty["entries"]) == 90


def test_a_lost_answer_is_found_again(till: PointsTill) -> None:
    till.earn(150)
    key = str(uuid4())
    held = till.redeem(key).json()

    again = till.redeem(f'"{key}"')
    by_key = till.till.call("GET", "/v1/redemptions", params={"idempotency_key": key})
    sale = {"customer_id": till.customer_id, "store_id": "shop", "sale_ref": "sale#1"}
    by_sale = till.till.call("GET", "/v1/redemptions", params=sale)
    by_id = till.till.call("GET", f"/v1/redemptions/{held['redemption_id']}")

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    for answer in (again, by_key, by_sale, by_id):
        assert answer.json()["redemption_id"] == held["redemption_id"]
        assert answer.json()["state"] == "held"
    assert till.loyalty()["account"]["held"] == 100


@pytest.mark.requirement("S15")
def test_a_refusal_says_what_a_till_can_do(till: PointsTill) -> None:
    till.earn(40)

    refused = till.redeem()

    assert (refused.status_code, refused.headers["Content-Type"]) == (
        409,
        "application/problem+json",
    )
    problem = refused.json()
    assert problem["code"] == "insufficient_points"
    assert problem["cashier_message"] == (
        "Unable to process - 100 points are needed, 40 are there. Continue without points."
    )
    facts = ("available", "points", "operation_state", "safe_to_retry", "safe_new_key")
    assert {name: problem[name] for name in facts} == {
        "available": 40,
        "points": 100,
        "operation_state": "rejected",
        "safe_to_retry": False,
        "safe_new_key": True,
    }
    assert till.redeem(points=40, supersedes=problem["operation_ref"]).status_code == 201


def test_a_void_that_overtakes_its_request_stops_it(till: PointsTill) -> None:
    till.earn(150)
    key = str(uuid4())

    voided = till.post("/v1/redemptions/void", {"idempotency_key": key})

    assert (voided.status_code, voided.json()["state"]) == (200, "voided")
    assert till.redeem(key).json()["code"] == "redemption_voided"
    assert till.loyalty()["account"]["available"] == 150


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [(None, 400, "idempotency_key_missing"), ("short", 400, "invalid_request")],
)
def test_a_redemption_needs_a_key(
    till: PointsTill, key: str | None, status: int, code: str
) -> None:
    answer = till.post("/v1/redemptions", {}, key)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_a_return_takes_back_and_is_spent_is_owed(till: PointsTill) -> None:
    order = str(uuid4())
    points = f"/v1/customers/{till.customer_id}/points"
    till.post(f"{points}/accruals", {"points": 100, "store_id": "shop", "order_ref": order})
    till.redeem(points=80, mode="burn")

    reversed_ = till.post(
        f"{points}/reversals", {"store_id": "shop", "order_ref": order, "return_ref": "return"}
    )

    assert reversed_.status_code == 201
    assert reversed_.json()["account"] == {"balance": -80, "available": 0, "held": 0, "debt": 80}


@pytest.mark.requirement("S6")
def test_points_are_adjusted_with_a_reason_by_who_may(stack: LocalStack, till: PointsTill) -> None:
    path = f"/v1/customers/{till.customer_id}/points/adjustments"
    adjustment = {"points": 25, "reason": "goodwill", "staff_id": "staff-7"}

    assert till.post(path, adjustment, str(uuid4())).status_code == 201
    (entry,) = till.loyalty()["entries"]
    assert (entry["kind"], entry["delta"], entry["reason"]) == ("adjust", 25, "goodwill")
    # Who did it is in the ledger, and not for every till to read.
    assert "staff_id" not in entry

    cashier = new_tenant(stack, "points-cashier", scopes=frozenset({Scope.REDEEM}))
    refused = cashier.call("POST", path, json=adjustment, headers={"Idempotency-Key": str(uuid4())})
    assert (refused.status_code, refused.json()["scope"]) == (403, "adjust")


def test_a_merchant_without_a_programme_is_told_so(stack: LocalStack) -> None:
    till = PointsTill(new_tenant(stack, "no-points", scopes=frozenset({Scope.REDEEM})))

    refused = till.redeem()

    assert (refused.status_code, refused.json()["code"]) == (501, "not_configured")


def test_a_history_is_read_in_pages(till: PointsTill) -> None:
    for points in (1, 2, 3, 4, 5):
        till.earn(points)

    first = till.loyalty(limit=2)
    second = till.loyalty(limit=2, before=first["next"])

    deltas = [entry["delta"] for entry in first["entries"] + second["entries"]]
    assert deltas == [5, 4, 3, 2]


def test_a_customer_whose_id_needs_encoding_is_one_customer(till: PointsTill) -> None:
    encoded = "b64.Z2lkOi8vc2hvcGlmeS9DdXN0b21lci8x"
    body = {"points": 7, "store_id": "shop", "order_ref": str(uuid4())}

    assert till.post(f"/v1/customers/{encoded}/points/accruals", body).status_code == 201
    answer = till.redeem(customer_id="gid://shopify/Customer/1", points=3)

    assert answer.status_code == 201
