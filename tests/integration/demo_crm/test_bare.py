"""The smallest system of all: points come and go, and a key is honoured where there is one."""

from uuid import uuid4

import pytest
import requests

from local.demo_crm.credentials import BARE_KEY

from .conftest import Call


def bare(call: Call, path: str, points: object = 100, key: str | None = None) -> requests.Response:
    headers = {"X-Api-Key": BARE_KEY} | ({"Idempotency-Key": key} if key else {})
    return call("POST", f"/bare/points/{path}", json={"points": points}, headers=headers)


def balance(call: Call, customer: str) -> int:
    said = call("GET", f"/bare/points/{customer}", headers={"X-Api-Key": BARE_KEY})
    return int(said.json()["points"])


def test_points_come_and_go(call: Call) -> None:
    customer = f"L-{uuid4()}"
    debited = bare(call, f"{customer}/debit")
    assert (debited.status_code, debited.json()["points"]) == (201, 100)
    assert balance(call, customer) == 900
    bare(call, f"{customer}/credit", 30)
    bare(call, f"{customer}/undo", 70)
    assert balance(call, customer) == 1_000


def test_without_a_key_the_same_is_done_twice(call: Call) -> None:
    customer = f"L-{uuid4()}"
    for _ in range(2):
        bare(call, f"{customer}/debit")
    assert balance(call, customer) == 800


def test_a_key_is_honoured(call: Call) -> None:
    customer, key = f"L-{uuid4()}", str(uuid4())
    first, second = (bare(call, f"{customer}/debit", key=key) for _ in range(2))
    assert first.json() == second.json()
    assert balance(call, customer) == 900
    assert bare(call, f"{customer}/debit", 99, key).status_code == 409


@pytest.mark.parametrize(
    ("path", "points", "said"),
    [
        ("nobody/debit", 100, (404, "customer")),
        ("L-1/debit", 1_001, (422, "points")),
        ("L-1/debit", "many", (400, "body")),
        ("L-1/burn", 100, (400, "body")),
        ("L-1", 100, (404, "path")),
    ],
)
def test_refusals(call: Call, path: str, points: object, said: tuple[int, str]) -> None:
    refused = bare(call, path, points)
    assert (refused.status_code, refused.json()["error"]) == said


def test_a_key_of_its_own_is_asked_for(call: Call) -> None:
    assert call("GET", "/bare/points/L-1").status_code == 401
