"""Square's manners: rewards that are issued, redeemed and deleted, and keys in the body."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from local.demo_crm.credentials import SQUARE_TOKEN

from .conftest import Call
from .test_control import break_

PATH = "/square/v2/loyalty"
NEVER = "2999-01-01T00:00:00.000Z"
LONG_AGO = "2020-01-01T00:00:00.000Z"


def customer() -> str:
    return f"L-{uuid4()}"


def square(call: Call, method: str, path: str, body: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {SQUARE_TOKEN}"}
    return call(method, PATH + path, json=body, headers=headers)


def issue(
    call: Call, account: str, points: int = 100, key: str = "", expires_at: str = NEVER
) -> requests.Response:
    reward = {"loyalty_account_id": account, "points": points, "expires_at": expires_at}
    body = {"idempotency_key": key or str(uuid4()), "reward": reward}
    return square(call, "POST", "/rewards", body)


def balance(call: Call, account: str) -> int:
    said = square(call, "GET", f"/accounts/{account}").json()
    return int(said["loyalty_account"]["balance"])


def error(response: requests.Response) -> tuple[int, str]:
    (one,) = response.json()["errors"]
    return response.status_code, one["code"]


def test_a_reward_locks_its_points_until_it_is_deleted(call: Call) -> None:
    account = customer()
    reward = issue(call, account).json()["reward"]
    assert (reward["status"], reward["points"]) == ("ISSUED", 100)
    assert balance(call, account) == 900
    assert square(call, "DELETE", f"/rewards/{reward['id']}").json() == {}
    assert balance(call, account) == 1_000


def test_a_redeemed_reward_is_redeemed_for_good(call: Call) -> None:
    account = customer()
    path = f"/rewards/{issue(call, account).json()['reward']['id']}"
    redeemed = square(call, "POST", f"{path}/redeem", {"idempotency_key": str(uuid4())})
    assert redeemed.json()["event"]["type"] == "REDEEM_REWARD"
    assert error(square(call, "DELETE", path)) == (404, "REWARD_NOT_FOUND")
    assert balance(call, account) == 900


def test_a_reward_whose_time_is_over_lets_its_points_go(call: Call) -> None:
    account = customer()
    reward = issue(call, account, expires_at=LONG_AGO).json()["reward"]
    assert balance(call, account) == 1_000
    redeemed = square(
        call, "POST", f"/rewards/{reward['id']}/redeem", {"idempotency_key": str(uuid4())}
    )
    assert error(redeemed) == (404, "REWARD_NOT_FOUND")


def test_points_are_added(call: Call) -> None:
    account = customer()
    body = {"idempotency_key": str(uuid4()), "adjust_points": {"points": 30, "reason": "order-1"}}
    for _ in range(2):
        assert square(call, "POST", f"/accounts/{account}/adjust", body).status_code == 200
    assert balance(call, account) == 1_030


def test_a_key_is_honoured(call: Call) -> None:
    account, key = customer(), str(uuid4())
    first, second = (issue(call, account, key=key) for _ in range(2))
    assert first.json() == second.json()
    assert balance(call, account) == 900


def test_a_key_with_another_request_is_refused(call: Call) -> None:
    account, key = customer(), str(uuid4())
    issue(call, account, key=key)
    assert error(issue(call, account, 99, key)) == (400, "IDEMPOTENCY_KEY_REUSED")
    later = issue(call, account, key=key, expires_at="2999-01-02T00:00:00.000Z")
    assert error(later) == (400, "IDEMPOTENCY_KEY_REUSED")


def test_what_was_refused_can_be_asked_again_under_its_key(call: Call) -> None:
    account, key = customer(), str(uuid4())
    assert error(issue(call, account, 1_001, key)) == (400, "INSUFFICIENT_POINTS")
    break_(call, "square", "overdrawing", times=1)
    assert issue(call, account, 1_001, key).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/accounts/nobody", None, (404, "NOT_FOUND")),
        ("DELETE", "/rewards/none", None, (404, "REWARD_NOT_FOUND")),
        ("POST", "/rewards/none/redeem", {"idempotency_key": "r"}, (404, "REWARD_NOT_FOUND")),
        ("POST", "/rewards/none/redeem", {}, (400, "BAD_REQUEST")),
        ("GET", "/programs/main", None, (404, "REWARD_NOT_FOUND")),
        (
            "POST",
            "/rewards",
            {"idempotency_key": "k", "reward": {"points": "many", "loyalty_account_id": "L-1"}},
            (400, "BAD_REQUEST"),
        ),
    ],
)
def test_refusals(call: Call, method: str, path: str, body: Any, said: tuple[int, str]) -> None:
    assert error(square(call, method, path, body)) == said


def test_a_token_is_asked_for(call: Call) -> None:
    assert error(call("GET", f"{PATH}/accounts/L-1")) == (401, "UNAUTHORIZED")
