"""Tiers and rewards over HTTP: the demo tenants' programmes, live by the config guard's verdict, on
the ledger as it is deployed."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from local.seed import put_item, wait_for_verdict
from local.stack import LocalStack
from tests.support.till import Till

pytestmark = pytest.mark.stack

JANE = {"customer_name": "Jane Doe"}


class ShopTill:
    """A till of a demo tenant's, and a customer of the test's own."""

    def __init__(self, stack: LocalStack, tenant_id: str) -> None:
        self.till = Till.of(stack, tenant_id)
        self.customer_id = f"customer-{uuid4()}"
        self.path = f"/v1/customers/{self.customer_id}"

    def earn(self, points: int, order_ref: str | None = None) -> None:
        body = {"points": points, "store_id": "shop", "order_ref": order_ref or str(uuid4())}
        assert self.till.call("POST", f"{self.path}/points/accruals", json=body).ok

    def take_back(self, order_ref: str) -> None:
        body = {"store_id": "shop", "order_ref": order_ref, "return_ref": str(uuid4())}
        assert self.till.call("POST", f"{self.path}/points/reversals", json=body).ok

    def loyalty(self, **sale: Any) -> dict[str, Any]:
        answer = self.till.call("GET", f"{self.path}/loyalty", params=sale)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def reward(self, reward_id: str, **sale: Any) -> dict[str, Any]:
        (offered,) = (r for r in self.loyalty(**sale)["rewards"] if r["reward_id"] == reward_id)
        return dict(offered)

    def redeem(self, key: str | None = None, **asked: Any) -> requests.Response:
        sale = {"store_id": "shop", "sale_ref": "sale", "customer_id": self.customer_id, **JANE}
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.till.call("POST", "/v1/redemptions", json={**sale, **asked}, headers=headers)


@pytest.fixture
def fjord(stack: LocalStack) -> ShopTill:
    return ShopTill(stack, "fjord-outdoor")


@pytest.mark.requirement("S3")
def test_a_customer_rises_with_purchases_and_falls_with_returns(fjord: ShopTill) -> None:
    assert fjord.loyalty() == {"enrolled": False, "entries": []}

    fjord.earn(100)
    member = fjord.loyalty()
    assert (member["tier"], member["tier_points"]) == ({"code": "member", "label": "Member"}, 100)
    assert member["next_tier"] == {"code": "silver", "label": "Silver", "points_needed": 400}

    fjord.earn(1_400, "a tent")
    gold = fjord.loyalty()
    assert gold["tier"]["badge"] == "VIP customer - expedited service"
    assert "next_tier" not in gold

    fjord.take_back("a tent")
    assert fjord.loyalty()["tier"]["code"] == "member"
    assert fjord.loyalty()["tier_points"] == 100


@pytest.mark.requirement("S18", "S19")
def test_rewards_say_whether_they_can_be_had_and_why_not(fjord: ShopTill) -> None:
    fjord.earn(260)

    offered = fjord.loyalty(currency_code="DKK", subtotal_minor=8_000)["rewards"]

    assert [(reward["reward_id"], reward["eligible"]) for reward in offered] == [
        ("five-off", True),
        ("as-you-like", False),
        ("enamel-mug", False),
    ]
    assert offered[0]["label"] == "Redeem 100 points for 5.00 off"
    assert offered[1]["reason"]["message"] == "It needs a sale of 100.00 DKK, 20.00 DKK more."
    assert offered[2]["reason"] == {
        "code": "other_tier",
        "message": "It needs the tier silver or gold.",
        "facts": {"needs": "silver or gold", "tier": "member"},
    }
    enough = fjord.reward("as-you-like", subtotal_minor=20_000)
    assert enough["choice"] == {"min_points": 200, "max_points": 250, "step_points": 50}


@pytest.mark.requirement("S6", "S11")
def test_a_reward_is_redeemed_captured_refunded_and_says_the_same_each_time(
    fjord: ShopTill,
) -> None:
    fjord.earn(400)
    key = str(uuid4())
    asked = {"reward_id": "as-you-like", "points": 350, "subtotal_minor": 20_000}

    held = fjord.redeem(key, **asked)
    again = fjord.redeem(key, **asked)

    assert held.status_code == again.status_code == 201, held.text
    assert held.json()["message"] == "350 points held for Jane Doe: 17.50 DKK off"
    assert again.headers["Idempotent-Replayed"] == "true"
    reward = held.json()["reward"]
    assert (reward["amount_minor"], reward["currency"]) == (1_750, "DKK")
    path = f"/v1/redemptions/{held.json()['redemption_id']}"
    captured = fjord.till.call("POST", f"{path}/capture", json=JANE).json()
    assert captured["message"] == "350 points redeemed for Jane Doe: 17.50 DKK off"
    body = {"points": 350, "refund_ref": "return-1"}
    refunded = fjord.till.call("POST", f"{path}/refunds", json=body).json()
    assert captured["reward"] == refunded["reward"] == again.json()["reward"] == reward
    assert fjord.loyalty()["account"]["available"] == 400


@pytest.mark.requirement("S15")
def test_a_reward_that_cannot_be_had_moves_nothing_and_says_why(fjord: ShopTill) -> None:
    fjord.earn(300)

    refused = fjord.redeem(reward_id="enamel-mug")

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "reward_not_available")
    assert (problem["reason"], problem["needs"]) == ("other_tier", "silver or gold")
    assert problem["cashier_message"] == "Unable to process - it needs the tier silver or gold."
    assert problem["safe_new_key"] is True
    assert fjord.loyalty()["account"]["available"] == 300

    # The sale is closed with it; the customer takes something else.
    off = fjord.redeem(reward_id="five-off", supersedes=problem["operation_ref"])
    assert off.json()["message"] == "100 points held for Jane Doe: 5.00 DKK off"


def test_points_alone_go_on_working(fjord: ShopTill) -> None:
    fjord.earn(100)

    answer = fjord.redeem(points=40, mode="burn").json()

    assert answer["message"] == "40 points redeemed for Jane Doe"
    assert "reward" not in answer


def test_another_merchant_has_other_words_and_rules(stack: LocalStack) -> None:
    vinter = ShopTill(stack, "vinter-mode")
    vinter.earn(1_200)

    known = vinter.loyalty(subtotal_minor=49_900)

    assert known["points_label"] == "stars"
    assert "tier" not in known
    assert known["next_tier"]["points_needed"] == 1_800
    (tenth,) = known["rewards"]
    assert tenth["label"] == "Redeem 1000 stars for 10% off"
    assert (tenth["amount_minor"], tenth["currency"]) == (4_990, "SEK")


def test_a_reward_whose_examples_do_not_hold_never_goes_live(stack: LocalStack) -> None:
    table, name = stack.outputs["TenantsTable"], f"REWARD#{uuid4()}"
    example = {"name": "n", "given": {"available": 1}, "expect": {"amount_minor": 999}}
    reward = {
        "id": name.removeprefix("REWARD#"),
        "points": 1,
        "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
        "examples": [example],
    }
    put_item(stack.emulator, table, "TENANT#kaffe-huset#", name, reward)

    latest = wait_for_verdict(stack.emulator, table, "kaffe-huset", name)

    assert latest["verdict"]["S"] == "bad"
    assert "examples.0.expect.amount_minor" in str(latest["reasons"])
