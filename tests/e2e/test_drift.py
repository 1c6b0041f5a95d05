"""A merchant's system that answers differently than its record's examples leaves a line in the log
and a count, while the till gets what is left."""

import json
from typing import Any

import pytest

from local.deploy import STACK
from local.seed import create_key
from local.stack import LocalStack
from tests.support.integrator import Integrator
from tests.support.logs import log_lines_with, parsed
from tests.support.till import Till
from tests.support.upstreams import answers, http_response, serving

pytestmark = pytest.mark.stack

TENANT = "drifting"
WHOLE = {"id": "7", "name": "Jane Doe", "email": "jane@example.com"}
RENAMED = {"id": 7, "full_name": "Jane Doe", "email": "jane@example.com"}


def a_record(own_port: int) -> dict[str, Any]:
    customer = {"identifier": "7", "name": "Jane Doe", "email": "jane@example.com"}
    return {
        "operation": "customer_lookup",
        "request": {"url": f"http://127.0.0.1:{own_port}/find", "query": {"q": "{search_term}"}},
        "response": {"fields": {"identifier": "id", "name": "name", "email": "email"}},
        "examples": [
            {
                "name": "ten customers",
                "input": {"search_term": "jane"},
                "response": {"status": 200, "body": [WHOLE] * 10},
                "expect": [customer] * 10,
            }
        ],
    }


def test_drift_is_told_by_names_and_counted(stack: LocalStack, own_port: int) -> None:
    integrator = Integrator(stack, TENANT)
    integrator.publish("PROFILE", {"name": "Drifting"})
    assert integrator.publish("INTEGRATION#customer_lookup", a_record(own_port))["reasons"] == []
    key = create_key(stack.emulator, integrator.table, TENANT)
    till = Till(stack.api, f"Bearer {key.token}")

    with serving(answers(http_response(json.dumps([WHOLE]).encode())), port=own_port):
        till.look_up("jane")
    with serving(answers(http_response(json.dumps([RENAMED]).encode())), port=own_port):
        customers = till.look_up("jane").json()

    assert customers == [{"identifier": "7", "email": "jane@example.com"}]
    lines = list(parsed(log_lines_with(stack, "a tenant's answer drifted")))
    (told,) = (one for one in lines if one.get("lost") and one.get("tenant_id") == TENANT)
    assert told["lost"] == ["name"]
    assert told["changed"] == {"identifier": "string, now number"}
    assert "Jane" not in json.dumps(told)
    counted = [one for one in lines if "DriftedAnswers" in one]
    (of_record,) = (one for one in counted if one.get("tenant_id") == TENANT)
    assert dimensions(of_record) == {"service", "tenant_id", "operation"}
    assert of_record["service"] == STACK
    # What the alarm reads.
    of_stack = [one for one in counted if dimensions(one) == {"service"}]
    assert {one["service"] for one in of_stack} == {STACK}


def dimensions(line: dict[str, Any]) -> set[str]:
    (named,) = line["_aws"]["CloudWatchMetrics"]
    (names,) = named["Dimensions"]
    return set(names)
