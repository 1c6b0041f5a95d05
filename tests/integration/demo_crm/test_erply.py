"""Erply's manners: a form that names the request, and 200 for everything."""

from typing import Any
from uuid import uuid4

import pytest

from local.demo_crm.credentials import ERPLY_SESSION_KEY

from .conftest import Call


def erply(call: Call, request: str, **form: Any) -> dict[str, Any]:
    form = {"sessionKey": ERPLY_SESSION_KEY, **form, "request": request}
    response = call("POST", "/erply/api/", data=form)
    assert response.status_code == 200
    return dict(response.json())


def balance(call: Call, customer: str) -> int:
    (record,) = erply(call, "getCustomerRewardPoints", customerID=customer)["records"]
    return int(record["points"])


def test_points_are_subtracted_and_added(call: Call) -> None:
    customer = f"L-{uuid4()}"
    said = erply(call, "subtractCustomerRewardPoints", customerID=customer, points=100)
    assert (said["status"]["responseStatus"], said["status"]["errorCode"]) == ("ok", 0)
    assert said["records"][0]["transactionID"] > 0
    assert balance(call, customer) == 900
    erply(call, "addCustomerRewardPoints", customerID=customer, points=40)
    assert balance(call, customer) == 940


def test_the_same_request_twice_is_done_twice(call: Call) -> None:
    customer = f"L-{uuid4()}"
    form = {"customerID": customer, "points": 100, "description": "r-1"}
    first, second = (erply(call, "subtractCustomerRewardPoints", **form) for _ in range(2))
    assert first["records"][0]["transactionID"] != second["records"][0]["transactionID"]
    assert balance(call, customer) == 800


@pytest.mark.parametrize(
    ("request_name", "form", "code"),
    [
        ("subtractCustomerRewardPoints", {"customerID": "L-1", "points": 1_001}, 1053),
        ("subtractCustomerRewardPoints", {"customerID": "nobody", "points": 1}, 1011),
        ("getCustomerRewardPoints", {"customerID": "L-1", "sessionKey": "old"}, 1054),
        ("getCustomerRewardPoints", {}, 1005),
        ("washTheCar", {"customerID": "L-1"}, 1005),
    ],
)
def test_errors_are_codes_in_a_200(
    call: Call, request_name: str, form: dict[str, Any], code: int
) -> None:
    said = erply(call, request_name, **form)
    assert (said["status"]["responseStatus"], said["status"]["errorCode"]) == ("error", code)
    assert said["records"] == []
