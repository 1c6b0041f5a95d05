"""The customer's screen over HTTP on the local stack: two vendors' systems, the ledger, a slow
part."""

import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.stack import LocalStack
from tests.support.till import Till
from tillbridge.domain.customer_ref import to_segment

pytestmark = pytest.mark.stack

# People 1 and 2 of the demo CRM; who is changed is nobody that another test looks for.
JANE_AT_HUBSPOT = "51200050"
CHANGED_AT_HUBSPOT = "51201000"
JANE_AT_SHOPIFY = "7200000000001"
STAFF = {"staff_id": "staff-7", "store_id": "aarhus", "customer_name": "Jane Doe"}


@pytest.fixture
def lumen(stack: LocalStack) -> Till:
    return Till.of(stack, "lumen-living")


@pytest.fixture
def vinter(stack: LocalStack) -> Till:
    return Till.of(stack, "vinter-mode")


@pytest.fixture
def slow_deals(stack: LocalStack) -> Iterator[None]:
    url = f"{stack.demo_crm}/control/faults/hubspot_deals"
    requests.post(url, json={"fault": "slow", "seconds": 8}, timeout=10).raise_for_status()
    yield
    requests.delete(url, timeout=10).raise_for_status()


def screen(till: Till, customer_id: str, **query: str) -> Any:
    answer = till.call("GET", f"/v1/customers/{to_segment(customer_id)}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


@pytest.mark.requirement("S2")
def test_hubspots_contact_deals_and_consent_are_one_screen(lumen: Till) -> None:
    shown = screen(lumen, JANE_AT_HUBSPOT, currency_code="DKK")

    assert shown["customer"]["name"] == "Jane Doe"
    assert shown["status"] == {
        "tier": {"code": "gold", "label": "Gold"},
        "account_balance": {"amount": "1250.50", "currency_code": "DKK"},
        "badges": [{"text": "VIP customer - expedited service", "tone": "info"}],
    }
    # Whatever HubSpot says of points: the programme that keeps them does not know her.
    (redeem,) = [action for action in shown["actions"] if action["kind"] == "redemption"]
    assert redeem["reason"]["code"] == "not_enrolled"
    assert len(shown["recent_purchases"]) == 5
    assert shown["purchase_patterns"]["purchases_read"] == 17
    assert shown["purchase_patterns"]["average_purchase"]["currency_code"] == "DKK"
    assert shown["limitations"] == []
    assert "HubSpot" in shown["data_notice"]


def test_shopifys_customer_and_orders_are_the_same_screen(vinter: Till) -> None:
    shown = screen(vinter, JANE_AT_SHOPIFY, currency_code="SEK")

    assert shown["customer"]["name"] == "Jane Doe"
    assert shown["purchase_patterns"]["order_count"] == 17
    assert shown["status"]["account_balance"] == {"amount": "189.00", "currency_code": "SEK"}
    assert shown["limitations"] == []


@pytest.mark.requirement("S16")
def test_the_view_of_a_screen_shows_no_more_than_it_may(lumen: Till) -> None:
    shown = screen(lumen, JANE_AT_HUBSPOT, view="shopify")

    assert shown["customer"].keys() == {
        *("identifier", "name", "email", "phone", "preferences", "communication")
    }


@pytest.mark.requirement("S12")
@pytest.mark.parametrize("customer_id", ["1", "gid://shopify/Customer/1", "a/b%2F"])
def test_a_customer_who_is_not_there_is_not_found(lumen: Till, customer_id: str) -> None:
    answer = lumen.call("GET", f"/v1/customers/{to_segment(customer_id)}")

    assert (answer.status_code, answer.json()["code"]) == (404, "customer_not_found")
    assert answer.json()["cashier_message"].startswith("Unable to process - customer not found")


def test_an_id_that_no_address_can_hold_is_said_as_such(lumen: Till) -> None:
    (missing, *_) = screen(lumen, "..")["limitations"]

    assert missing["code"] == "customer_details_misconfigured"


@pytest.mark.requirement("S13", "S15")
def test_a_slow_part_is_a_limitation_of_a_screen_that_comes_in_time(
    lumen: Till, slow_deals: None
) -> None:
    assert slow_deals is None
    began_s = time.monotonic()

    shown = screen(lumen, JANE_AT_HUBSPOT)

    assert time.monotonic() - began_s < 4.5
    (missing,) = shown["limitations"]
    assert missing["message"] == (
        "Purchase history could not be read from HubSpot: it did not answer in time."
    )
    assert shown["customer"]["name"] == "Jane Doe"


@pytest.mark.requirement("S5", "S14")
def test_what_is_changed_is_in_the_system_and_on_the_next_screen(lumen: Till) -> None:
    consent = {"channel": "email", "consent": "withdrawn"}
    body = {**STAFF, "preferences": {"language": "da"}, "communication": [consent]}
    path = f"/v1/customers/{CHANGED_AT_HUBSPOT}"
    key = a_key()

    first = lumen.call("PATCH", path, json=body, headers=key)
    again = lumen.call("PATCH", path, json=body, headers=key)

    assert first.status_code == 200, first.text
    assert first.json()["message"] == (
        "Language set to da; consent to email withdrawn for Jane Doe"
    )
    assert again.headers["Idempotent-Replayed"] == "true"
    shown = screen(lumen, CHANGED_AT_HUBSPOT)
    assert shown["customer"]["preferences"]["language"] == "da"
    assert shown["customer"]["communication"] == [{"channel": "email", "state": "withdrawn"}]
    latest = shown["recent_interactions"][0]
    assert (latest["kind"], latest["result"], latest["staff_id"]) == (
        *("profile_update", "done", "staff-7"),
    )


@pytest.mark.requirement("S6")
def test_a_service_request_is_a_ticket_and_its_record(lumen: Till) -> None:
    body = {**STAFF, "subject": "repair", "text": "New soles, by Friday"}
    path = f"/v1/customers/{CHANGED_AT_HUBSPOT}/service-requests"

    answer = lumen.call("POST", path, json=body, headers=a_key())

    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == "Service request (repair) sent for Jane Doe"
    latest = screen(lumen, CHANGED_AT_HUBSPOT)["recent_interactions"][0]
    assert latest["reference"] == answer.json()["reference"]
    assert "text" not in latest


@pytest.mark.requirement("S14")
def test_points_and_requests_are_one_list_by_time(stack: LocalStack) -> None:
    till, customer = Till.of(stack, "vinter-mode"), f"/v1/customers/{uuid4()}"
    earned = {"points": 40, "store_id": "aarhus", "order_ref": str(uuid4())}
    assert till.call("POST", f"{customer}/points/accruals", json=earned).status_code == 201
    asked = {**STAFF, "subject": "call-back", "text": "About the tent"}
    service = till.call("POST", f"{customer}/service-requests", json=asked, headers=a_key())
    assert service.json()["result"] == "recorded", service.text

    pages: list[Any] = []
    query: dict[str, str] = {"limit": "1"}
    while True:
        page = till.call("GET", f"{customer}/interactions", params=query).json()
        pages += page["interactions"]
        if "next" not in page:
            break
        query["before"] = page["next"]

    assert [(one["kind"], one.get("points"), one.get("text")) for one in pages] == [
        ("service_request", None, "About the tent"),
        ("earn", 40, None),
    ]


def test_a_search_shows_tier_and_points_where_the_merchant_asks_for_it(vinter: Till) -> None:
    path = f"/v1/customers/{JANE_AT_SHOPIFY}/points/accruals"
    earned = {"points": 1240, "store_id": "aarhus", "order_ref": str(uuid4())}
    assert vinter.call("POST", path, json=earned).status_code == 201

    vinter.look_up(JANE_AT_SHOPIFY)  # a function that begins cold may answer without
    (customer,) = vinter.look_up(JANE_AT_SHOPIFY).json()

    said = re.search(r"([0-9,]+) stars · 17 orders", customer["additional_info"])
    assert said is not None
    assert int(said[1].replace(",", "")) >= 1240
