"""Many tills at the last of a limited campaign, through the deployed template: exactly so many
sales get it, no budget is overspent, and every loser is told which campaign ran out and what the
sale costs without it."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local.seed import put_item
from local.stack import LocalStack
from tests.support.storm import decision, storm, warm_up
from tests.support.till import Till, new_tenant
from tillbridge.domain.caller import Scope

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

APPLICATIONS = "/v1/discounts/applications"
CUSTOMER = "C-1"
Call = Callable[[], requests.Response]


def off(amount_minor: int, **limit: Any) -> dict[str, Any]:
    """A campaign that takes so much off a sale, within a limit."""
    benefit = {"kind": "amount_off", "amount": {"DKK": amount_minor}, "per": "order"}
    return {"name": "Limited", "benefit": benefit, "limits": [limit]}


@dataclass
class Shop:
    """A merchant of a test's own, whom many tills work for."""

    stack: LocalStack
    till: Till
    tenant_id: str

    def run(self, **campaigns: dict[str, Any]) -> None:
        """Before any till has asked: they are remembered for seconds."""
        for name, campaign in campaigns.items():
            self._record(f"CAMPAIGN#{name}", {"id": name, **campaign})

    def collect_points(self, points: int) -> None:
        self._record("PROGRAM", {})
        asked = {"points": points, "store_id": "shop", "order_ref": "first"}
        earned = decision(
            self.till, "POST", f"/v1/customers/{CUSTOMER}/points/accruals", json=asked
        )
        assert earned.status_code == 201, earned.text

    def applying(self, key: str | None = None, sale_ref: str | None = None, **more: Any) -> Call:
        """A sale of 100.00 DKK."""
        line = {"id": "1", "product_id": "tent", "unit_price_minor": 10_000}
        body = {
            "basket": {"currency": "DKK", "lines": [line]},
            "store_id": "shop",
            "sale_ref": sale_ref or str(uuid.uuid4()),
            **more,
        }
        key = key or str(uuid.uuid4())
        return lambda: decision(self.till, "POST", APPLICATIONS, key, json=body)

    def finishing(self, application_id: str, action: str, **asked: Any) -> Call:
        path = f"{APPLICATIONS}/{application_id}/{action}"
        return lambda: decision(self.till, "POST", path, json=asked)

    def points(self) -> tuple[int, int]:
        """What is available, and what is held."""
        told = self.till.call("GET", f"/v1/customers/{CUSTOMER}/loyalty").json()["account"]
        return told["available"], told["held"]

    def _record(self, name: str, content: dict[str, Any]) -> None:
        table = self.stack.outputs["TenantsTable"]
        put_item(self.stack.emulator, table, f"LIVE#{self.tenant_id}#", name, content)


@pytest.fixture(scope="module")
def warm(stack: LocalStack) -> LocalStack:
    warm_up(Till.of(stack, "fjord-outdoor"), f"{APPLICATIONS}/nobodys")
    return stack


@pytest.fixture
def shop(warm: LocalStack) -> Shop:
    tenant_id = f"merchant-{uuid.uuid4().hex[:8]}"
    profile = {"pseudonym_key": "0123456789abcdef" * 4}
    scopes = frozenset({Scope.DISCOUNT, Scope.EARN, Scope.REDEEM, Scope.LOOKUP})
    till = new_tenant(warm, tenant_id, profile=profile, scopes=scopes)
    return Shop(warm, till, tenant_id)


def codes(answers: list[requests.Response]) -> Counter[str]:
    return Counter(answer.json()["code"] for answer in answers if not answer.ok)


def totals(answers: list[requests.Response]) -> Counter[int]:
    return Counter(a.json()["decision"]["total_minor"] for a in answers if a.ok)


@pytest.mark.requirement("X4")
def test_fifty_sales_race_for_the_last_use_and_exactly_one_gets_it(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=1))
    answers = storm([shop.applying() for _ in range(50)])

    assert totals(answers) == {8_000: 1, 10_000: 49}
    for answer in answers:
        decided = answer.json()["decision"]
        assert decided["exhausted"] == ([] if decided["discount_minor"] else ["last"])


def test_who_told_the_customer_a_price_is_refused_with_the_new_one(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=3), other=off(500, uses=100))
    answers = storm([shop.applying(most_total_minor=7_500) for _ in range(30)])

    assert totals(answers) == {7_500: 3}
    assert codes(answers) == {"discounts_changed": 27}
    for answer in answers:
        if not answer.ok:
            problem = answer.json()
            assert (problem["total_minor"], problem["exhausted"]) == (9_500, ["last"])
            assert (problem["safe_to_retry"], problem["safe_new_key"]) == (False, True)
            assert problem["operation_state"] == "rejected"
            assert "Ask the customer" in problem["cashier_message"]
    # What was refused holds nothing of the other campaign either.
    assert totals([shop.applying()() for _ in range(2)]) == {9_500: 2}


def test_thirty_sales_share_a_budget_to_the_last_of_it(shop: Shop) -> None:
    shop.run(budget=off(700, spend={"DKK": 5_000}))
    answers = storm([shop.applying() for _ in range(30)])

    # Seven whole ones, one of what is left, and nothing for the others.
    assert totals(answers) == {9_300: 7, 9_900: 1, 10_000: 22}


@pytest.mark.requirement("X3")
def test_one_key_sent_fifty_times_is_one_application_in_the_same_words(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=1))
    same = shop.applying(str(uuid.uuid4()), "one sale")
    answers = storm([same] * 50)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer.headers.get("Idempotent-Replayed") for answer in answers]
    assert replayed.count("true") >= 49


def test_thirty_keys_for_one_sale_are_one_application(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=5))
    answers = storm([shop.applying(sale_ref="one sale") for _ in range(30)])

    (granted,) = (answer.json() for answer in answers if answer.ok)
    assert codes(answers) == {"application_exists": 29}
    assert {a.json()["operation_ref"] for a in answers if not a.ok} == {granted["application_id"]}
    assert totals([shop.applying()() for _ in range(5)]) == {8_000: 4, 10_000: 1}


def test_a_basket_that_changes_thirty_times_at_once_keeps_its_last_use(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=1))
    first = shop.applying(sale_ref="one sale")().json()["application_id"]
    changes = [shop.applying(sale_ref="one sale", supersedes=first) for _ in range(30)]
    rivals = [shop.applying() for _ in range(10)]
    answers = storm([*changes, *rivals])

    (granted,) = (answer for answer in answers[:30] if answer.ok)
    assert granted.json()["decision"]["total_minor"] == 8_000
    assert codes(answers[:30]) == {"application_exists": 29}
    assert totals(answers[30:]) == {10_000: 10}


@pytest.mark.requirement("X4")
def test_points_and_the_last_use_are_one_sales_or_nobodys(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=1))
    shop.collect_points(250)
    asked: dict[str, Any] = {"customer": {"id": CUSTOMER}, "redemption": {"points": 100}}
    asked["most_total_minor"] = 8_000
    answers = storm([shop.applying(**asked) for _ in range(30)])

    (granted,) = (answer.json() for answer in answers if answer.ok)
    assert granted["redemption"]["state"] == "held"
    assert codes(answers) == {"discounts_changed": 29}
    assert shop.points() == (150, 100)

    ended = storm([shop.finishing(granted["application_id"], "capture")] * 20)
    assert {answer.json()["redemption"]["state"] for answer in ended if answer.ok} <= {"captured"}
    assert {answer.status_code for answer in ended} == {200}
    assert shop.points() == (150, 0)


def test_captures_and_voids_at_once_end_an_application_one_way(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=1))
    application = shop.applying()().json()["application_id"]
    capture = shop.finishing(application, "capture")
    void = shop.finishing(application, "void")
    answers = storm([capture, void] * 20)

    captures, voids = answers[::2], answers[1::2]
    is_captured = captures[0].ok
    won, lost = (captures, voids) if is_captured else (voids, captures)
    assert {answer.status_code for answer in won} == {200}
    assert codes(lost) == {"application_captured" if is_captured else "application_closed": 20}
    assert totals([shop.applying()()]) == {10_000 if is_captured else 8_000: 1}


def test_one_return_sent_thirty_times_is_given_back_once(shop: Shop) -> None:
    shop.run(last=off(2_000, uses=1))
    application = shop.applying()().json()["application_id"]
    shop.finishing(application, "capture")()
    lines = [{"line_id": "1", "quantity": 1}]
    returning = shop.finishing(application, "returns", return_ref="return-1", lines=lines)
    answers = storm([returning] * 30)

    assert {(a.status_code, a.json()["refund_minor"]) for a in answers} == {(201, 8_000)}
    again = shop.finishing(application, "returns", return_ref="return-2", lines=lines)()
    assert again.json()["code"] == "not_returnable"
    # The use is free again: nothing of its discount is left.
    assert totals([shop.applying()()]) == {8_000: 1}
