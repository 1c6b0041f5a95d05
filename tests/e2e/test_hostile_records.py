"""Records and systems of strangers on the deployed template: refused or stopped in time, and the
next request is served."""

import json
import time
from typing import Any

import pytest

from local.stack import LocalStack
from tests.corpora.hostile_expressions import DOCUMENT, HOSTILE
from tests.support.till import Till, new_tenant
from tests.support.upstreams import (
    Behaviour,
    answers,
    drips_body,
    drips_headers,
    gzip_bomb,
    http_response,
    serving,
    silent,
)

pytestmark = pytest.mark.stack

# The bounds themselves are asserted where nothing else runs; here an authorizer, a gateway and a
# noisy machine add to the 3 s that a request has.
ANSWERS_WITHIN_S = 3.0 + 1.5
# One of each family, and some of the larger ones.
SOME = dict(sorted(HOSTILE.items())[::20])


def a_tenant(stack: LocalStack, tenant_id: str, own_port: int, **changes: Any) -> Till:
    request = {
        "url": f"http://127.0.0.1:{own_port}/customers",
        "query": {"q": "{search_term}"},
        "retries": 0,
    }
    return new_tenant(
        stack, tenant_id, {"operation": "customer_lookup", "request": request} | changes
    )


def timed(till: Till) -> tuple[float, Any]:
    started_s = time.monotonic()
    answer = till.look_up("jane")
    return time.monotonic() - started_s, answer


@pytest.mark.requirement("X5")
@pytest.mark.parametrize("name", SOME)
def test_a_hostile_expression_costs_its_own_tenant_one_answer(
    stack: LocalStack, own_port: int, name: str
) -> None:
    response = {"expression": SOME[name]}
    till = a_tenant(stack, f"hostile-{name}", own_port, response=response)
    document = json.dumps(DOCUMENT).encode()

    with serving(answers(http_response(document)), port=own_port):
        seconds, answer = timed(till)

    assert seconds < ANSWERS_WITHIN_S
    assert answer.status_code in (200, 502, 503)
    assert answer.status_code == 200 or answer.json()["code"] in (
        "answer_unmappable",
        "record_unusable",
    )
    assert Till.of(stack, "fjord-outdoor").look_up("jane").status_code == 200


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (silent, "upstream_timeout"),
        (drips_body(), "upstream_timeout"),
        (drips_headers(), "upstream_timeout"),
        (gzip_bomb(64 * 1024 * 1024), "upstream_too_large"),
    ],
    ids=["silent", "drips body", "drips headers", "gzip bomb"],
)
def test_a_sick_system_is_given_up_by_our_own_clock(
    stack: LocalStack, own_port: int, behaviour: Behaviour, code: str
) -> None:
    till = a_tenant(stack, f"sick-{id(behaviour)}", own_port)
    Till.of(stack, "fjord-outdoor").look_up("jane")  # both functions are warm now

    with serving(behaviour, port=own_port):
        seconds, answer = timed(till)

    assert seconds < ANSWERS_WITHIN_S
    assert answer.json()["code"] == code
    assert Till.of(stack, "fjord-outdoor").look_up("jane").status_code == 200


@pytest.mark.requirement("X2")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/customers",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/customers",
        "https://[::1]/customers",
        "https://2130706433/customers",
        "http://crm.example.com/customers",
        "file:///etc/passwd",
    ],
)
def test_a_record_cannot_reach_inside(stack: LocalStack, url: str) -> None:
    tenant_id = f"inside-{sum(url.encode())}"
    till = new_tenant(stack, tenant_id, {"operation": "customer_lookup", "request": {"url": url}})

    answer = till.look_up("jane")

    assert answer.status_code in (502, 503)
    assert answer.json()["code"] in ("address_refused", "record_unusable")
