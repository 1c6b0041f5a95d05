"""What the deployed functions leave in their log groups."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.demo_tenants import DEMO_TENANTS
from local.deploy import STACK
from local.stack import LocalStack
from tests.support.till import Till

pytestmark = pytest.mark.stack

_ARRIVE_WITHIN_S = 20
TERM = "jane.doe@example.com"


def log_lines(stack: LocalStack) -> Iterator[str]:
    logs = stack.emulator.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        ):
            yield from (event["message"] for event in page["events"])


def log_lines_with(stack: LocalStack, text: str) -> list[str]:
    """All lines, once the text is among them: they arrive a moment after the answer. Reading takes
    long when there are many, so the last look is one that began when the time was over."""
    give_up_s = time.monotonic() + _ARRIVE_WITHIN_S
    is_last = False
    while not is_last:
        is_last = time.monotonic() >= give_up_s
        lines = list(log_lines(stack))
        if any(text in line for line in lines):
            return lines
    raise AssertionError(f"no line holds {text}")


def parsed(lines: list[str]) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in lines if line.startswith("{"))


def test_a_request_leaves_its_facts_and_nothing_of_a_person(stack: LocalStack) -> None:
    till = Till.of(stack, "fjord-outdoor")
    (customer,) = till.look_up(TERM, "DKK").json()
    request_id = till.call("GET", "/v1/customers").json()["instance"].rpartition(":")[2]

    lines = log_lines_with(stack, request_id)
    text = "\n".join(lines)

    answered = [line for line in parsed(lines) if line.get("request_id") == request_id]
    assert [(line["route"], line["status"], line["code"]) for line in answered] == [
        ("GET /v1/customers", 400, "invalid_request")
    ]
    asked = [line for line in parsed(lines) if line.get("message") == "asked a tenant's system"]
    assert any(
        line["tenant_id"] == "fjord-outdoor"
        and line["upstream_host"] == "127.0.0.1"
        and line["upstream_outcome"] == 200
        for line in asked
    )
    metrics = [line for line in parsed(lines) if "_aws" in line]
    (named,) = metrics[-1]["_aws"]["CloudWatchMetrics"]
    assert (named["Namespace"], named["Dimensions"]) == ("Tillbridge", [["service"]])
    assert {line["service"] for line in metrics} == {STACK}
    personal = {TERM, customer["name"], customer["phone"], customer["street"], "search_term=jane"}
    assert not {one for one in personal if one in text}


def test_no_secret_and_no_key_is_ever_logged(stack: LocalStack) -> None:
    for tenant in DEMO_TENANTS:
        Till.of(stack, tenant.tenant_id).look_up("jane")
    last = Till.of(stack, "fjord-outdoor").call("GET", "/v1/customers").json()["instance"]

    text = "\n".join(log_lines_with(stack, last.rpartition(":")[2]))

    secrets = {value for tenant in DEMO_TENANTS for value in tenant.secrets.values()}
    assert not {one for one in secrets | {k.secret for k in stack.keys.values()} if one in text}
