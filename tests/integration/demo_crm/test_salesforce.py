"""Salesforce's manners: a nested body, a flag in the answer's body, and a journal to look into."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from local.demo_crm.credentials import SALESFORCE_TOKEN

from .conftest import Call

PATH = "/salesforce/services/data/v61.0/connect/loyalty/programs/inner-circle"


def salesforce(call: Call, method: str, path: str, body: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {SALESFORCE_TOKEN}"}
    return call(method, PATH + path, json=body, headers=headers)


def process(
    call: Call, name: str, member: str, points: float = 100.0, reference: str = ""
) -> requests.Response:
    journal = {"MembershipNumber": member, "ExternalTransactionNumber": reference or str(uuid4())}
    points_to = "PointsToDebit" if name == "debitPoints" else "PointsToCredit"
    parameters = [{"TransactionJournal": journal, points_to: points}]
    return salesforce(call, "POST", f"/program-processes/{name}", {"processParameters": parameters})


def balance(call: Call, member: str) -> float:
    (currency,) = salesforce(call, "GET", f"/members/{member}").json()["memberCurrencies"]
    return float(currency["pointsBalance"])


def journals(call: Call, reference: str) -> list[dict[str, Any]]:
    found = salesforce(call, "GET", f"/transaction-journals/{reference}").json()["journals"]
    return list(found)


def test_points_are_debited_and_credited(call: Call) -> None:
    member = f"L-{uuid4()}"
    debited = process(call, "debitPoints", member).json()
    assert (debited["status"], debited["message"]) == (True, None)
    (result,) = debited["outputParameters"]["outputParameters"]["results"]
    assert result["PointsDebited"] == 100.0
    assert balance(call, member) == 900
    assert process(call, "creditPoints", member, 40.0).json()["status"] is True
    assert balance(call, member) == 940


def test_too_few_points_are_a_flag_in_a_200(call: Call) -> None:
    refused = process(call, "debitPoints", f"L-{uuid4()}", 1_001.0)
    assert (refused.status_code, refused.json()["status"]) == (200, False)
    assert refused.json()["message"] == "The member doesn't have enough points."


def test_a_transaction_is_found_by_its_number(call: Call) -> None:
    member, reference = f"L-{uuid4()}", str(uuid4())
    assert journals(call, reference) == []
    process(call, "debitPoints", member, reference=reference)
    (journal,) = journals(call, reference)
    assert (journal["status"], journal["points"]) == ("Processed", 100.0)


def test_nothing_keeps_a_number_from_being_booked_twice(call: Call) -> None:
    member, reference = f"L-{uuid4()}", str(uuid4())
    for _ in range(2):
        assert process(call, "debitPoints", member, reference=reference).json()["status"] is True
    assert balance(call, member) == 800
    assert len(journals(call, reference)) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/members/nobody", None, (404, "NOT_FOUND")),
        ("GET", "/vouchers", None, (404, "NOT_FOUND")),
        ("POST", "/program-processes/debitPoints", {}, (400, "INVALID_INPUT")),
    ],
)
def test_refusals(call: Call, method: str, path: str, body: Any, said: tuple[int, str]) -> None:
    response = salesforce(call, method, path, body)
    assert (response.status_code, response.json()[0]["errorCode"]) == said


def test_a_session_is_asked_for(call: Call) -> None:
    response = call("GET", f"{PATH}/members/L-1")
    assert (response.status_code, response.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
