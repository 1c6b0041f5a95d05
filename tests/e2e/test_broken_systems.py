"""A system that is ill in every way there is: each its own code, its own words, over HTTP."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from local.stack import LocalStack
from tests.support.till import Till

pytestmark = pytest.mark.stack

Break = Callable[..., None]

SYSTEMS = {"fjord-outdoor": "kaching", "lumen-living": "hubspot", "kaffe-huset": "odoo"}
# The deadline, and what API Gateway, the authorizer and a noisy machine add to it.
ANSWERS_WITHIN_S = 3.0 + 1.5


@pytest.fixture(params=SYSTEMS)
def tenant_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def till(stack: LocalStack, tenant_id: str) -> Till:
    return Till.of(stack, tenant_id)


@pytest.fixture
def breaks(stack: LocalStack, tenant_id: str) -> Iterator[Break]:
    url = f"{stack.demo_crm}/control/faults/{SYSTEMS[tenant_id]}"

    def put(fault: str, **details: Any) -> None:
        requests.post(url, json={"fault": fault, **details}, timeout=10).raise_for_status()

    yield put
    requests.delete(url, timeout=10).raise_for_status()


@pytest.mark.requirement("S15")
@pytest.mark.parametrize(
    ("fault", "status", "code", "retryable"),
    [
        ("html", 502, "upstream_unreadable", False),
        ("error_500", 502, "upstream_failed", True),
        ("unauthorized", 502, "upstream_unauthorized", False),
        ("throttled", 503, "upstream_throttled", True),
        ("truncated", 502, "upstream_truncated", True),
        ("oversized", 502, "upstream_too_large", False),
        ("wrong_shape", 502, "answer_unmappable", False),
    ],
)
def test_each_fault_has_its_own_code_and_words(
    till: Till, breaks: Break, fault: str, status: int, code: str, retryable: bool
) -> None:
    breaks(fault)

    answer = till.look_up("jane")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["retryable"] is retryable
    assert problem["cashier_message"].endswith(".")


@pytest.mark.requirement("S13")
def test_a_slow_system_is_given_up_in_time(till: Till, breaks: Break) -> None:
    till.look_up("jane")  # both functions are warm now
    breaks("slow", seconds=10)

    started_s = time.monotonic()
    answer = till.look_up("jane")

    assert time.monotonic() - started_s < ANSWERS_WITHIN_S
    assert (answer.status_code, answer.json()["code"]) == (504, "upstream_timeout")
    assert answer.json()["retryable"] is True


def test_the_next_request_after_a_broken_one_is_served(till: Till, breaks: Break) -> None:
    breaks("truncated", times=2)

    assert till.look_up("jane").status_code in (200, 502)
    assert till.look_up("jane").status_code in (200, 502)
    assert till.look_up("jane").status_code == 200


@pytest.mark.requirement("K13")
def test_a_bad_item_costs_itself_and_is_counted(till: Till, breaks: Break) -> None:
    everyone = till.look_up("jane").json()
    breaks("bad_item")

    answer = till.look_up("jane")

    assert answer.status_code == 200
    assert answer.headers["Tillbridge-Skipped"] == "1"
    assert answer.json() == everyone[1:]


@pytest.mark.parametrize("tenant_id", ["fjord-outdoor"], indirect=True)
def test_a_throttled_answer_says_when_to_come_back(till: Till, breaks: Break) -> None:
    breaks("throttled")

    assert till.look_up("jane").headers["Retry-After"] == "1"
