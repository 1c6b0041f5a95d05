"""What the deployed functions leave in their log groups."""

import pytest

from local.demo_tenants import DEMO_TENANTS
from local.deploy import STACK
from local.stack import LocalStack
from tests.support.logs import log_lines_with, parsed
from tests.support.till import Till

pytestmark = pytest.mark.stack

TERM = "jane.doe@example.com"


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
