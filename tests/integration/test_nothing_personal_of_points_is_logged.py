"""What a till says of a customer, a sale and its staff is in no line of the log, no metric, and of
errors only in those that name the operation to the till that named it (T68, T69)."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from tests.support.gateway import Gateway, a_points_gateway
from tests.support.output import Output, captured_output
from tillbridge.domain.ledger.writes import StoreBusy
from tillbridge.entrypoint.api import Operation
from tools.openapi import apis

OPERATIONS = apis()["loyalty_redemption"].operations
CANARIES = {
    "customer_id": "canary-customer-id",
    "customer_name": "Canary Doe-\u00e6",
    "staff_id": "canary-staff",
    "store_id": "canary-store",
    "sale_ref": "canary-sale",
    "order_ref": "canary-order",
    "return_ref": "canary-return",
    "refund_ref": "canary-refund",
    "reason": "canary-reason",
    "idempotency_key": "canary-key-0123456789",
}
GIVEN: dict[str, Any] = {**CANARIES, "points": 1, "amount": "0.05"}
_PATH_IDS = {"customer_id": CANARIES["customer_id"], "redemption_id": "canary-redemption"}
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}"
)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@pytest.fixture
def token(gateway: Gateway) -> str:
    """A tenant whose customer has points."""
    values = {"DKK": {"points": 10, "amount_minor": 50}}
    token = gateway.add_tenant(
        "acme",
        profile={"currency": "DKK"},
        programme={"point_values": values},
        customer_account={},
    )
    path = f"/v1/customers/{CANARIES['customer_id']}/points/accruals"
    gateway.call(
        "POST",
        path,
        token,
        body={"points": 9, "store_id": "shop", "order_ref": CANARIES["order_ref"]},
    )
    return token


@pytest.fixture
def output(token: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    assert token
    with captured_output(capsys) as output:
        yield output


def ask(gateway: Gateway, token: str, operation: Operation, **changes: Any) -> str:
    """The operation with a canary wherever it takes one; what it answers."""
    known = set(operation.input.model_fields) if operation.input else set()
    if operation.path in ("/v1/redemptions", "/v1/redemptions/void") and not operation.needs_key:
        known -= {"idempotency_key"}
    given = {name: value for name, value in {**GIVEN, **changes}.items() if name in known}
    headers = {"Idempotency-Key": CANARIES["idempotency_key"]} if operation.needs_key else {}
    sent = {"query": given} if operation.method == "GET" else {"body": given}
    path = operation.path.format_map(_PATH_IDS)
    return gateway.call(operation.method, path, token, headers=headers, **sent).text


def seen_in(text: str) -> set[str]:
    return {
        name
        for name, canary in CANARIES.items()
        if canary in text or json.dumps(canary)[1:-1] in text
    }


@pytest.mark.requirement("S16")
@each_operation
def test_no_route_logs_what_a_till_says(
    gateway: Gateway, token: str, output: Output, operation: Operation
) -> None:
    ask(gateway, token, operation)
    ask(gateway, token, operation)

    assert not seen_in(output.text())


@each_operation
def test_no_refusal_logs_or_repeats_what_a_till_says(
    gateway: Gateway, token: str, output: Output, operation: Operation
) -> None:
    for changes in ({"points": CANARIES["customer_name"]}, {"points": 10**12}, {"points": True}):
        if operation.input and "points" in operation.input.model_fields:
            answer = ask(gateway, token, operation, **changes)
            assert not seen_in(answer)
        else:
            ask(gateway, token, operation)

    assert not seen_in(output.text())


@each_operation
def test_no_fault_of_ours_logs_what_a_till_says(
    gateway: Gateway,
    token: str,
    output: Output,
    operation: Operation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = " ".join(CANARIES.values())
    for fault in (StoreBusy(), RuntimeError(said), KeyError(said)):
        for name in ("get", "transact", "entries"):
            monkeypatch.setattr(gateway.ledger, name, Mock(side_effect=fault))
        ask(gateway, token, operation)

    assert not seen_in(output.text())


def test_a_swept_hold_is_not_named(gateway: Gateway, token: str, output: Output) -> None:
    redeem = OPERATIONS[0]
    ask(gateway, token, redeem)
    gateway.clock.now_s += 3_600

    gateway.sweep()

    text = output.text()
    assert '"ended":1' in text
    assert not seen_in(text)


def test_a_customers_name_is_in_no_item_of_the_ledger(gateway: Gateway, token: str) -> None:
    for operation in OPERATIONS:
        ask(gateway, token, operation)

    stored = repr(gateway.ledger.items)
    assert CANARIES["sale_ref"] in stored
    assert not {"customer_id", "customer_name", "idempotency_key"} & seen_in(stored)
