"""The loyalty programmes of the demo CRM: each in its vendor's manners, and wrong when it is told
to be."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from local.demo_crm.credentials import (
    BARE_KEY,
    ERPLY_SESSION_KEY,
    SALESFORCE_TOKEN,
    SQUARE_TOKEN,
)

_numbers = count(1)
_SALESFORCE = "/salesforce/services/data/v61.0/connect/loyalty/programs/inner-circle"
_EXPIRES_AT = "2099-01-01T00:00:00Z"


@dataclass
class Member:
    """A customer of 1,000 points in one of the programmes."""

    call: Callable[..., Any]
    vendor: str
    name: str

    def take(self, points: int, reference: str) -> Any:
        match self.vendor:
            case "square":
                reward = {
                    "loyalty_account_id": self.name,
                    "points": points,
                    "expires_at": _EXPIRES_AT,
                }
                body: dict[str, Any] = {"reward": reward, "idempotency_key": reference}
                return self._square("POST", "rewards", json=body)
            case "salesforce":
                journal = {"MembershipNumber": self.name, "ExternalTransactionNumber": reference}
                parameters = [{"TransactionJournal": journal, "PointsToDebit": points}]
                body = {"processParameters": parameters}
                return self._salesforce("POST", "program-processes/debitPoints", json=body)
            case "erply":
                return self._erply(
                    "subtractCustomerRewardPoints", points=points, description=reference
                )
        headers = {"X-Api-Key": BARE_KEY, "Idempotency-Key": reference}
        path = f"/bare/points/{self.name}/debit"
        return self.call("POST", path, json={"points": points}, headers=headers)

    def balance(self) -> int:
        match self.vendor:
            case "square":
                found = self._square("GET", f"accounts/{self.name}").json()
                return int(found["loyalty_account"]["balance"])
            case "salesforce":
                (points,) = self._salesforce("GET", f"members/{self.name}").json()[
                    "memberCurrencies"
                ]
                return int(points["pointsBalance"])
            case "erply":
                (record,) = self._erply("getCustomerRewardPoints").json()["records"]
                return int(record["points"])
        headers = {"X-Api-Key": BARE_KEY}
        return int(self.call("GET", f"/bare/points/{self.name}", headers=headers).json()["points"])

    def breaks(self, fault: str) -> None:
        body = {"fault": fault, "times": 1}
        assert self.call("POST", f"/control/faults/{self.vendor}", json=body).status_code == 200

    def _square(self, method: str, path: str, **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {SQUARE_TOKEN}"}
        return self.call(method, f"/square/v2/loyalty/{path}", headers=headers, **sent)

    def _salesforce(self, method: str, path: str, **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {SALESFORCE_TOKEN}"}
        return self.call(method, f"{_SALESFORCE}/{path}", headers=headers, **sent)

    def _erply(self, name: str, **form: Any) -> Any:
        common = {"request": name, "sessionKey": ERPLY_SESSION_KEY, "customerID": self.name}
        return self.call("POST", "/erply/api/", data={**common, **form})


@pytest.fixture(params=["square", "salesforce", "erply", "bare"])
def member(call: Callable[..., Any], request: pytest.FixtureRequest) -> Member:
    return Member(call, request.param, f"L-{next(_numbers)}")


def test_points_are_taken(member: Member) -> None:
    assert member.take(100, f"{member.name}-some").ok
    assert member.balance() == 900


def test_too_few_are_refused_in_the_vendors_own_way(member: Member) -> None:
    refused = member.take(1_001, f"{member.name}-many")
    said = {
        "square": (400, "INSUFFICIENT_POINTS"),
        "salesforce": (200, '"status":false'),
        "erply": (200, '"errorCode":1053'),
        "bare": (422, "points"),
    }
    status, word = said[member.vendor]
    assert (refused.status_code, word in refused.text) == (status, True)
    assert member.balance() == 1_000


def test_only_who_promises_it_knows_a_reference_again(member: Member) -> None:
    for _ in range(2):
        member.take(100, f"{member.name}-again")
    promises = member.vendor in ("square", "bare")
    assert member.balance() == (900 if promises else 800)


def test_it_can_do_it_and_fail_to_say_so(member: Member) -> None:
    member.breaks("unanswered")
    assert member.take(100, f"{member.name}-unheard").status_code >= 500
    assert member.balance() == 900


@pytest.mark.parametrize(
    ("manner", "taken"), [("twice", (100,)), ("forgetful", (100, 100)), ("overdrawing", (1_200,))]
)
def test_it_can_be_told_to_lie(member: Member, manner: str, taken: tuple[int, ...]) -> None:
    for points in taken:
        member.breaks(manner)
        member.take(points, f"{member.name}-{manner}")
    assert member.balance() == (-200 if manner == "overdrawing" else 800)


def test_a_salesforce_journal_is_found_by_its_reference(call: Callable[..., Any]) -> None:
    member = Member(call, "salesforce", "L-journal")
    member.take(100, "r-journal")
    headers = {"Authorization": f"Bearer {SALESFORCE_TOKEN}"}
    path = f"{_SALESFORCE}/transaction-journals"
    (found,) = call("GET", f"{path}/r-journal", headers=headers).json()["journals"]
    assert found["points"] == 100
    assert call("GET", f"{path}/r-never", headers=headers).json()["journals"] == []


def test_a_square_reward_is_deleted_or_redeemed_once(call: Callable[..., Any]) -> None:
    headers = {"Authorization": f"Bearer {SQUARE_TOKEN}"}
    deleted, redeemed = Member(call, "square", "L-deleted"), Member(call, "square", "L-redeemed")
    path = f"/square/v2/loyalty/rewards/{deleted.take(10, 'r-deleted').json()['reward']['id']}"
    for _ in range(2):
        assert call("DELETE", path, headers=headers).status_code == 200
    assert deleted.balance() == 1_000
    path = f"/square/v2/loyalty/rewards/{redeemed.take(10, 'r-redeemed').json()['reward']['id']}"
    assert call("POST", f"{path}/redeem", headers=headers, json={}).status_code == 200
    assert call("DELETE", path, headers=headers).status_code == 404
    assert redeemed.balance() == 990
