"""Preferences, consent and service requests through the whole gateway, and what is left of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.gateway import Gateway
from tests.support.screen import (
    CHANGING,
    READING,
    ScreenShop,
    a_screen_gateway,
    a_screen_record,
    said,
    screen_shop_in,
)
from tillbridge.domain.caller import Scope
from tillbridge.errors import UpstreamTimeout, UpstreamUnauthorized, UpstreamUnreachable

PREFERENCES = {"preferences": {"language": "en"}, "staff_id": "staff-7"}
CONSENT = {
    "communication": [
        {"channel": "email", "consent": "withdrawn", "stated_at": "2026-11-26T10:00:00+01:00"}
    ],
    "staff_id": "staff-7",
    "store_id": "aarhus",
    "customer_name": "Jane Doe",
}
REPAIR = {"subject": "repair", "text": "New soles, by Friday", "staff_id": "staff-7"}
CHANGES = [("PATCH", "", PREFERENCES), ("POST", "/service-requests", REPAIR)]
each_change = pytest.mark.parametrize(("method", "rest", "body"), CHANGES)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_screen_gateway() as gateway:
        yield gateway


@pytest.fixture
def shop(gateway: Gateway) -> ScreenShop:
    return screen_shop_in(gateway)


def sent_to(shop: ScreenShop, last: str) -> list[Any]:
    requests = [one for one in shop.gateway.requests_sent if one.url.endswith(f"/{last}")]
    return [json.loads(one.body or b"null") for one in requests]


def interactions(shop: ScreenShop) -> list[dict[str, Any]]:
    answer = shop.call("GET", "/interactions")
    assert answer.status == 200, answer.text
    return list(answer.json()["interactions"])


@pytest.mark.requirement("S5", "S11", "S14")
@pytest.mark.requirement("S5")
def test_consent_goes_to_the_system_with_who_what_and_when(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING)

    answer = shop.call("PATCH", body=CONSENT)

    stated = {
        "channel": "email",
        "state": "withdrawn",
        "at": "2026-11-26T09:00:00Z",
        "by": "staff-7",
    }
    assert answer.status == 200, answer.text
    assert answer.json()["message"] == "Consent to email withdrawn for Jane Doe"
    assert sent_to(shop, "profile") == [{"preferences": {}, "communication": [stated]}]
    (record,) = shop.screen()["recent_interactions"]
    assert record.pop("at")
    assert record == {
        "id": f"I#{answer.json()['interaction_id']}",
        "kind": "profile_update",
        "result": "done",
        "actor": "pos",
        "staff_id": "staff-7",
        "store_id": "aarhus",
        "changed": [],
        "communication": [stated],
    }


@pytest.mark.requirement("S11")
def test_the_systems_own_name_of_the_customer_is_said(shop: ScreenShop) -> None:
    shop.open(*CHANGING)
    shop.answers["profile"] = said({"name": "Jane A. Doe"})

    answer = shop.call("PATCH", body={**PREFERENCES, "customer_name": "Jane"})

    assert answer.json()["message"] == "Language set to en for Jane A. Doe"


@pytest.mark.requirement("S6", "S16")
def test_a_service_request_goes_to_the_system_and_its_text_stays_there(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING)

    answer = shop.call("POST", "/service-requests", body=REPAIR)

    assert answer.status == 201, answer.text
    assert answer.json()["result"] == "done"
    assert answer.json()["reference"] == "T-1"
    assert answer.json()["message"] == "Service request (repair) sent for the customer"
    assert sent_to(shop, "tickets")[0]["text"] == REPAIR["text"]
    assert "soles" not in str(shop.gateway.ledger.items)
    (record,) = interactions(shop)
    assert (record["subject"], record["reference"]) == ("repair", "T-1")


@pytest.mark.requirement("S6", "S14")
def test_without_a_system_a_service_request_is_recorded_with_its_text(shop: ScreenShop) -> None:
    shop.open(*READING)
    key = {"Idempotency-Key": shop.new_key()}

    first, again = (
        shop.call("POST", "/service-requests", body=REPAIR, headers=key) for _ in range(2)
    )

    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json()["message"] == "Service request (repair) recorded for the customer"
    (record,) = interactions(shop)
    assert (record["result"], record["text"]) == ("recorded", REPAIR["text"])
    kept = [item for item in shop.gateway.ledger.items.values() if "text" in item]
    assert all(item["delete_after_s"] > shop.gateway.clock.now_s for item in kept)


@pytest.mark.requirement("X3")
@each_change
def test_a_replay_changes_nothing_again(
    shop: ScreenShop, method: str, rest: str, body: Any
) -> None:
    shop.open(*CHANGING)
    key = {"Idempotency-Key": shop.new_key()}

    first = shop.call(method, rest, body=body, headers=key)
    again = shop.call(method, rest, body={**body, "customer_name": "Jane"}, headers=key)

    assert again.status == first.status
    assert again.json()["interaction_id"] == first.json()["interaction_id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(shop.gateway.requests_sent) == 1
    assert len(interactions(shop)) == 1


@pytest.mark.requirement("X3")
@each_change
def test_another_content_or_customer_under_the_same_key_is_refused(
    shop: ScreenShop, method: str, rest: str, body: Any
) -> None:
    shop.open(*CHANGING)
    key = {"Idempotency-Key": shop.new_key()}
    shop.call(method, rest, body=body, headers=key)

    others = [
        shop.call(method, rest, body={**body, "staff_id": "staff-8"}, headers=key),
        shop.call(method, rest, "somebody-else", body=body, headers=key),
    ]

    assert [other.json()["code"] for other in others] == ["idempotency_mismatch"] * 2
    assert len(shop.gateway.requests_sent) == 1


def test_a_service_request_that_may_have_arrived_is_not_sent_again(shop: ScreenShop) -> None:
    shop.open(*CHANGING)
    key = {"Idempotency-Key": shop.new_key()}
    shop.answers["tickets"] = UpstreamTimeout()

    first = shop.call("POST", "/service-requests", body=REPAIR, headers=key)
    shop.gateway.clock.now_s += 60
    again = shop.call("POST", "/service-requests", body=REPAIR, headers=key)

    assert [first.json()["code"], again.json()["code"]] == ["outcome_unknown"] * 2
    assert first.json()["operation_ref"] == again.json()["operation_ref"]
    assert len(sent_to(shop, "tickets")) == 1
    (record,) = interactions(shop)
    assert (record["result"], record["code"]) == ("unknown", "upstream_timeout")


def test_a_system_that_knows_the_request_again_gets_it_again(shop: ScreenShop) -> None:
    shop.open(*CHANGING)
    again_by_id = {"for": "{customer_id}", "ref": "{request_id}"}
    record = a_screen_record("service_request", body=again_by_id)
    shop.put("INTEGRATION#service_request", record)
    key = {"Idempotency-Key": shop.new_key()}
    shop.answers["tickets"] = UpstreamTimeout()
    shop.call("POST", "/service-requests", body=REPAIR, headers=key)
    shop.answers["tickets"] = said({"reference": "T-1"})
    shop.gateway.clock.now_s += 60

    again = shop.call("POST", "/service-requests", body=REPAIR, headers=key)

    assert again.status == 201
    first_ref, second_ref = (one["ref"] for one in sent_to(shop, "tickets"))
    assert first_ref == second_ref == again.json()["interaction_id"]
    assert interactions(shop)[0]["result"] == "done"


@pytest.mark.parametrize(
    "failure", [UpstreamUnauthorized(), said({}, 422), said({}, 404), UpstreamTimeout()]
)
def test_a_profile_that_was_not_changed_for_certain_can_be_sent_again(
    shop: ScreenShop, failure: Any
) -> None:
    shop.open(*CHANGING)
    key = {"Idempotency-Key": shop.new_key()}
    shop.answers["profile"] = failure
    failed = shop.call("PATCH", body=PREFERENCES, headers=key)
    shop.answers["profile"] = said(None, 204)
    shop.gateway.clock.now_s += 60

    again = shop.call("PATCH", body=PREFERENCES, headers=key)

    assert (failed.status >= 400, again.status) == (True, 200)
    assert "Idempotent-Replayed" not in again.headers
    (record,) = interactions(shop)
    assert record["result"] == "done"


def test_a_writing_operation_is_never_retried_by_itself(shop: ScreenShop) -> None:
    shop.open(*CHANGING)
    shop.answers["profile"] = UpstreamUnreachable()

    shop.call("PATCH", body=PREFERENCES)

    assert len(shop.gateway.requests_sent) == 1


@each_change
def test_one_that_is_being_worked_on_is_not_begun_twice(
    shop: ScreenShop, method: str, rest: str, body: Any
) -> None:
    shop.open(*CHANGING)
    key = {"Idempotency-Key": shop.new_key()}
    meanwhile: list[Any] = []

    def asked_again(_request: Any) -> Any:
        if not meanwhile:
            meanwhile.append(shop.call(method, rest, body=body, headers=key))
        return said({})

    shop.gateway.systems = asked_again

    first = shop.call(method, rest, body=body, headers=key)

    assert first.status < 300
    assert (meanwhile[0].status, meanwhile[0].json()["code"]) == (409, "idempotency_in_flight")
    assert len(shop.gateway.requests_sent) == 1


@pytest.mark.requirement("S12")
@each_change
def test_an_unknown_customer_is_said_as_such(
    shop: ScreenShop, method: str, rest: str, body: Any
) -> None:
    operation = "profile_update" if method == "PATCH" else "service_request"
    shop.open(*CHANGING)
    gone = {"outcomes": [{"when": {"status": 404}, "is": "not_found"}]}
    record = {**a_screen_record(operation), **gone}
    shop.put(f"INTEGRATION#{operation}", record)
    shop.answers |= {"profile": said({}, 404), "tickets": said({}, 404)}

    answer = shop.call(method, rest, body=body)

    assert answer.status == 404
    assert answer.json()["cashier_message"].startswith("Unable to process - customer not found")
    assert interactions(shop)[0]["code"] == "customer_not_found"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"preferences": {"langauge": "en"}}, "preferences.langauge"),
        ({"preferences": {}}, "body"),
        ({"staff_id": None}, "staff_id"),
        ({"communication": [{"channel": "fax", "consent": "given"}]}, "communication.0.channel"),
        ({"communication": [{"channel": "sms"}]}, "communication.0.consent"),
        ({"communication": [{"channel": "sms", "consent": "given"}] * 2}, "body"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_leaves_nothing(
    shop: ScreenShop, changes: dict[str, Any], field: str
) -> None:
    shop.open(*CHANGING)

    answer = shop.call("PATCH", body={**PREFERENCES, **changes})

    assert (answer.status, answer.json()["field"]) == (400, field)
    assert not shop.gateway.requests_sent
    assert not shop.gateway.ledger.items


def test_a_misspelt_preference_is_told_its_name(shop: ScreenShop) -> None:
    shop.open(*CHANGING)

    answer = shop.call("PATCH", body={"preferences": {"langauge": "en"}, "staff_id": "s"})

    assert "Did you mean language?" in answer.json()["detail"]


def test_a_merchant_without_profile_update_changes_nothing(shop: ScreenShop) -> None:
    shop.open(*READING)

    answer = shop.call("PATCH", body=PREFERENCES)

    assert (answer.status, answer.json()["operation"]) == (501, "profile_update")


def test_records_need_a_pseudonym_key(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING, profile={"pseudonym_key": None}, programme=None)

    answer = shop.call("POST", "/service-requests", body=REPAIR)

    assert answer.json()["code"] == "record_unusable"
    assert not shop.gateway.requests_sent
    assert shop.screen()["recent_interactions"] == []


@each_change
def test_a_till_without_the_scope_is_refused(
    shop: ScreenShop, method: str, rest: str, body: Any
) -> None:
    shop.open(*CHANGING, scopes=frozenset(Scope) - {Scope.SERVICE})

    assert shop.call(method, rest, body=body).json()["code"] == "scope_missing"


@pytest.mark.requirement("S14")
def test_what_was_done_is_one_list_by_time_and_paged(shop: ScreenShop) -> None:
    shop.open(*CHANGING)
    for number in range(3):
        shop.earn(10 + number)
        shop.gateway.clock.now_s += 1
        shop.call("PATCH", body=PREFERENCES)
        shop.gateway.clock.now_s += 1
    every = [(one["kind"], one.get("points")) for one in interactions(shop)]

    pages: list[Any] = []
    before: dict[str, str] = {}
    while True:
        page = shop.call("GET", "/interactions", query={"limit": "2", **before}).json()
        pages.append(page["interactions"])
        if "next" not in page:
            break
        before = {"before": page["next"]}

    assert every == [
        *(("profile_update", None), ("earn", 12)),
        *(("profile_update", None), ("earn", 11)),
        *(("profile_update", None), ("earn", 10)),
    ]
    assert [(one["kind"], one.get("points")) for page in pages for one in page] == every
    assert max(map(len, pages)) == 2


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA==", "e30=", "eyJqb3VybmFsIjogMX0=", "eyJ4IjogbnVsbH0="]
)
def test_a_cursor_that_is_none_of_ours_is_refused(shop: ScreenShop, cursor: str) -> None:
    shop.open(*CHANGING)

    answer = shop.call("GET", "/interactions", query={"before": cursor})

    assert (answer.status, answer.json()["field"]) == (400, "before")


@pytest.mark.requirement("S6", "S14")
def test_an_adjustment_says_who_did_it_where_and_why(shop: ScreenShop) -> None:
    shop.open(*READING)
    body = {"points": 50, "reason": "late delivery", "staff_id": "staff-7", "store_id": "aarhus"}

    answer = shop.call("POST", "/points/adjustments", body={**body, "customer_name": "Jane Doe"})

    assert answer.json()["message"] == "50 points added for Jane Doe"
    (record,) = shop.screen()["recent_interactions"]
    assert {name: record[name] for name in (*body, "actor", "kind", "result")} == {
        **body,
        "actor": "pos",
        "kind": "adjust",
        "result": "done",
    }
