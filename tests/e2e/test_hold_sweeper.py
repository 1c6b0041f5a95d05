"""A hold that nobody finishes, through the deployed sweeper with its own role."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest

from local.deploy import STACK
from local.stack import LocalStack
from tests.support.till import Till
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.keys import redemption_key

pytestmark = pytest.mark.stack

TENANT = "fjord-outdoor"


def a_held_redemption(till: Till, customer_id: str, sale_ref: str) -> str:
    body = {"customer_id": customer_id, "points": 100, "store_id": "shop", "sale_ref": sale_ref}
    held = till.call(
        "POST", "/v1/redemptions", json=body, headers={"Idempotency-Key": str(uuid4())}
    )
    assert held.status_code == 201
    return str(held.json()["redemption_id"])


def let_its_time_pass(stack: LocalStack, redemption_id: str) -> None:
    """The hold's end moves to a moment ago: waiting for it would take a minute."""
    key = redemption_key(TENANT, redemption_id)
    ended_s = int(time.time()) - 1
    stack.emulator.client("dynamodb").update_item(
        TableName=stack.outputs["LedgerTable"],
        Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}},
        UpdateExpression="SET held_until_s = :s, due_at = :at",
        ConditionExpression="attribute_exists(due_shard)",
        ExpressionAttributeValues={":s": {"N": str(ended_s)}, ":at": {"S": instant(ended_s)}},
    )


def sweep(stack: LocalStack) -> dict[str, Any]:
    """What the sweeper answers. Its schedule may be faster, and have ended the holds before."""
    described = stack.emulator.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId="HoldSweeperFunction"
    )
    name = described["StackResourceDetail"]["PhysicalResourceId"]
    answer = stack.emulator.client("lambda").invoke(FunctionName=name)
    assert "FunctionError" not in answer
    return dict(json.load(answer["Payload"]))


def test_a_hold_ends_its_points_come_back_and_a_late_capture_still_works(stack: LocalStack) -> None:
    till, customer_id = Till.of(stack, TENANT), f"customer-{uuid4()}"
    customer = f"/v1/customers/{customer_id}"
    till.call(
        "POST",
        f"{customer}/points/accruals",
        json={"points": 250, "store_id": "shop", "order_ref": "order"},
    )
    forgotten = a_held_redemption(till, customer_id, "forgotten sale")
    under_way = a_held_redemption(till, customer_id, "sale under way")
    let_its_time_pass(stack, forgotten)

    assert sweep(stack)["failed"] == 0

    states = [
        till.call("GET", f"/v1/redemptions/{one}").json()["state"] for one in (forgotten, under_way)
    ]
    assert states == ["expired", "held"]
    loyalty = till.call("GET", f"{customer}/loyalty").json()
    assert loyalty["account"] == {"balance": 250, "available": 150, "held": 100, "debt": 0}
    assert "exp" in {entry["kind"] for entry in loyalty["entries"]}

    late = till.call("POST", f"/v1/redemptions/{forgotten}/capture")
    assert (late.status_code, late.json()["state"]) == (200, "captured")
    account = till.call("GET", f"{customer}/loyalty").json()["account"]
    assert account == {"balance": 150, "available": 50, "held": 100, "debt": 0}


def test_what_is_captured_meanwhile_is_left_alone(stack: LocalStack) -> None:
    till, customer_id = Till.of(stack, TENANT), f"customer-{uuid4()}"
    customer = f"/v1/customers/{customer_id}"
    till.call(
        "POST",
        f"{customer}/points/accruals",
        json={"points": 150, "store_id": "shop", "order_ref": "order"},
    )
    redemption_id = a_held_redemption(till, customer_id, "sale")
    till.call("POST", f"/v1/redemptions/{redemption_id}/capture")

    assert sweep(stack)["failed"] == 0

    shown = till.call("GET", f"/v1/redemptions/{redemption_id}").json()
    assert (shown["state"], shown.get("held_until")) == ("captured", None)
