"""What Shopify's POS extension, a browser from another origin, may read: every answer (S21)."""

import re
from collections.abc import Iterator

import pytest

from tests.support.gateway import Gateway, GatewayAnswer, a_points_gateway, operations
from tillbridge.entrypoint.api import Operation

OPERATIONS = operations()
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[f"{one.method} {one.path}" for one in OPERATIONS]
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


def path_of(operation: Operation) -> str:
    return re.sub(r"\{[a-z_]+\}", "x1", operation.path)


def names_in(answer: GatewayAnswer, header: str) -> set[str]:
    return {name.strip() for name in answer.headers[header].split(",")}


def is_readable(answer: GatewayAnswer) -> bool:
    """With the headers of ours that any operation declares."""
    ours = {name for operation in OPERATIONS for name in operation.headers}
    return (
        answer.headers["Access-Control-Allow-Origin"] == "*"
        and "Access-Control-Allow-Credentials" not in answer.headers
        and {"Retry-After", *ours} <= names_in(answer, "Access-Control-Expose-Headers")
    )


@pytest.mark.requirement("S21")
@each_operation
def test_a_preflight_needs_no_credential(gateway: Gateway, operation: Operation) -> None:
    answer = gateway.call("OPTIONS", path_of(operation))

    assert answer.status == 204
    assert is_readable(answer)
    assert {operation.method, "OPTIONS"} <= names_in(answer, "Access-Control-Allow-Methods")
    allowed = names_in(answer, "Access-Control-Allow-Headers")
    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= allowed
    assert answer.headers["Access-Control-Max-Age"] == "7200"


@pytest.mark.requirement("S21")
@each_operation
def test_an_answer_without_a_credential_is_readable(gateway: Gateway, operation: Operation) -> None:
    answer = gateway.call(operation.method, path_of(operation))

    # Health needs none, and a webhook is signed.
    assert answer.status == 401 or operation.scope is None
    assert is_readable(answer)


@pytest.mark.requirement("S21")
@each_operation
def test_an_error_is_readable(gateway: Gateway, operation: Operation) -> None:
    """A tenant of which nothing is configured."""
    if operation.scope is None:
        return
    answer = gateway.call(operation.method, path_of(operation), gateway.add_key("acme", "pos"))

    assert answer.status >= 400
    assert is_readable(answer)
