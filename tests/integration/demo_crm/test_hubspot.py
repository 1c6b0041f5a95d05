"""HubSpot's contact search."""

from decimal import Decimal
from typing import Any

import pytest

from local.demo_crm.app import Settings
from local.demo_crm.credentials import HUBSPOT_TOKEN
from local.demo_crm.people import BEYOND_DOUBLE

from .conftest import Call, Serve

PATH = "/hubspot/crm/v3/objects/contacts/search"
AUTHORIZED = {"Authorization": f"Bearer {HUBSPOT_TOKEN}"}
EMAIL_IS_JANES = {"propertyName": "email", "operator": "EQ", "value": "Jane.Doe@example.com"}


def search(call: Call, **body: Any) -> Any:
    response = call("POST", PATH, json=body, headers=AUTHORIZED)
    assert response.status_code == 200, response.text
    return response.json()


def by(name: str, operator: str, **members: Any) -> dict[str, Any]:
    filter_ = {"propertyName": name, "operator": operator, **members}
    return {"filterGroups": [{"filters": [filter_]}]}


def test_a_hit_is_an_envelope_with_the_default_properties(call: Call) -> None:
    assert search(call, filterGroups=[{"filters": [EMAIL_IS_JANES]}]) == {
        "total": 1,
        "results": [
            {
                "id": "51200050",
                "properties": {
                    "createdate": "2021-03-01T14:30:00.037Z",
                    "email": "jane.doe@example.com",
                    "firstname": "Jane",
                    "hs_object_id": "51200050",
                    "lastmodifieddate": "2021-09-17T14:30:00.037Z",
                    "lastname": "Doe",
                },
                "createdAt": "2021-03-01T14:30:00.037Z",
                "updatedAt": "2021-09-17T14:30:00.037Z",
                "archived": False,
            }
        ],
    }


def test_no_hit_is_an_empty_envelope(call: Call) -> None:
    assert search(call, query="nobody-at-all") == {"total": 0, "results": []}


def test_only_the_asked_properties_come_and_unknown_ones_are_ignored(call: Call) -> None:
    wanted = ["lastname", "account_balance_dkk", "loyalty_points", "no_such_property"]
    page = search(call, query="jane doe", properties=wanted)
    properties = page["results"][0]["properties"]
    assert properties["account_balance_dkk"] == "1250.50"
    assert properties["loyalty_points"] == "1240"
    assert "no_such_property" not in properties
    assert "firstname" not in properties


def test_an_absent_value_is_null(call: Call) -> None:
    page = search(call, query="zoe.without.surname@example.com")
    assert page["results"][0]["properties"]["lastname"] is None


@pytest.mark.parametrize("query", ["jane d", "DOE", "20123456", "søren ærø", "山田", "O'Brien"])
def test_the_query_finds_by_beginnings_of_words_and_parts_of_phones(call: Call, query: str) -> None:
    assert search(call, query=query)["total"] >= 1


def test_an_id_beyond_53_bits_is_exact(call: Call) -> None:
    page = search(call, **by("hs_object_id", "EQ", value=str(BEYOND_DOUBLE)))
    assert [contact["id"] for contact in page["results"]] == [str(BEYOND_DOUBLE)]


@pytest.mark.parametrize(
    ("operator", "members", "expected"),
    [
        ("NEQ", {"value": "Doe"}, 199),
        ("IN", {"values": ["doe", "ærø"]}, None),
        ("NOT_IN", {"values": ["doe"]}, 199),
        ("HAS_PROPERTY", {}, 199),
        ("NOT_HAS_PROPERTY", {}, 1),
        ("CONTAINS_TOKEN", {"value": "lüden*"}, 1),
        ("NOT_CONTAINS_TOKEN", {"value": "lüden*"}, 199),
    ],
)
def test_text_operators(
    call: Call, operator: str, members: dict[str, Any], expected: int | None
) -> None:
    total = search(call, **by("lastname", operator, **members))["total"]
    assert total == expected if expected else 1 < total < 100


def test_numbers_compare_as_numbers(call: Call) -> None:
    def total(operator: str, **members: str) -> int:
        return int(search(call, **by("loyalty_points", operator, **members))["total"])

    few = search(call, **by("loyalty_points", "LT", value="900"), properties=["loyalty_points"])
    assert all(int(one["properties"]["loyalty_points"]) < 900 for one in few["results"])
    assert total("GTE", value="1.24e3") == total("GTE", value="1240")
    known = total("HAS_PROPERTY")
    assert total("LT", value="1000") + total("GTE", value="1000") == known
    assert total("LTE", value="1000") + total("GT", value="1000") == known
    assert total("BETWEEN", value="1240", highValue="1240.0") >= 1


def test_groups_are_alternatives_and_filters_in_a_group_are_all_required(call: Call) -> None:
    def first_name(value: str) -> dict[str, str]:
        return {"propertyName": "firstname", "operator": "EQ", "value": value}

    groups = [{"filters": [EMAIL_IS_JANES, first_name("nobody")]}, {"filters": [EMAIL_IS_JANES]}]
    assert search(call, filterGroups=groups[:1])["total"] == 0
    assert search(call, filterGroups=groups)["total"] == 1


def test_pages_of_ten_by_default_lead_through_all(call: Call) -> None:
    first = search(call)
    assert len(first["results"]) == 10
    assert first["paging"] == {"next": {"after": "10"}}
    last = search(call, after="190")
    assert len(last["results"]) == 10
    assert "paging" not in last
    assert len(search(call, limit=200)["results"]) == 200


def test_sorts_by_one_property(call: Call) -> None:
    sorts = [{"propertyName": "hs_object_id", "direction": "DESCENDING"}]
    assert search(call, sorts=sorts)["results"][0]["id"] == str(BEYOND_DOUBLE)
    assert search(call, sorts=["hs_object_id"])["results"][0]["id"] == "51200050"


@pytest.mark.parametrize("value", [None, "Bearer wrong", f"Basic {HUBSPOT_TOKEN}"])
def test_a_wrong_token_is_refused(call: Call, value: str | None) -> None:
    response = call("POST", PATH, json={}, headers={"Authorization": value})
    assert response.status_code == 401
    error = response.json()
    assert (error["status"], error["category"]) == ("error", "INVALID_AUTHENTICATION")
    assert set(error) == {"status", "message", "correlationId", "category"}


@pytest.mark.parametrize(
    "body",
    [
        {"query": "x" * 3001},
        {"limit": 201},
        {"limit": 0},
        {"limit": "ten"},
        {"after": "9995"},
        {"sorts": ["email", "lastname"]},
        {"sorts": ["no_such_property"]},
        {"filterGroups": [{"filters": [EMAIL_IS_JANES]}] * 6},
        {"filterGroups": [{"filters": [EMAIL_IS_JANES] * 7}]},
        {"filterGroups": [{"filters": [EMAIL_IS_JANES] * 5}] * 4},
        {"filterGroups": {"filters": []}},
        by("email", "EQ"),
        by("email", "IN"),
        by("email", "LIKE", value="x"),
        by("email", "BETWEEN", value="1"),
        by("no_such_property", "EQ", value="x"),
        {"filterGroups": [{"filters": [{"value": "x"}]}]},
    ],
)
def test_what_breaks_a_documented_rule_is_a_validation_error(call: Call, body: Any) -> None:
    response = call("POST", PATH, json=body, headers=AUTHORIZED)
    assert response.status_code == 400
    assert response.json()["category"] == "VALIDATION_ERROR"


def test_the_limits_themselves_are_accepted(call: Call) -> None:
    groups = [{"filters": [EMAIL_IS_JANES] * 6}] * 3
    search(call, query="x" * 3000, limit=200, filterGroups=groups)


def test_unreadable_json_says_where(call: Call) -> None:
    response = call("POST", PATH, data=b'{"query": ', headers=AUTHORIZED)
    assert response.status_code == 400
    assert response.json()["message"].startswith("Invalid input JSON on line 1, column 11")


def test_the_rate_limit_is_per_second_when_switched_on(serve: Serve) -> None:
    now = [100.0]
    with serve(Settings(hubspot_searches_per_second=5), lambda: now[0]) as call:
        statuses = [call("POST", PATH, json={}, headers=AUTHORIZED).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        now[0] += 1
        search(call)


OBJECTS = "/hubspot/crm/v3/objects"
JANE = f"{OBJECTS}/contacts/51200050"


def test_a_contact_is_read_with_the_properties_asked_for(call: Call) -> None:
    response = call(
        "GET", JANE, params={"properties": "email,hs_language,nope"}, headers=AUTHORIZED
    )

    assert response.json()["id"] == "51200050"
    assert response.json()["properties"] == {
        "createdate": "2021-03-01T14:30:00.037Z",
        "email": "jane.doe@example.com",
        "hs_language": None,
        "hs_object_id": "51200050",
        "lastmodifieddate": "2021-09-17T14:30:00.037Z",
    }


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_contact_that_is_not_there_is_an_object_not_found(call: Call, method: str) -> None:
    response = call(method, f"{OBJECTS}/contacts/1", json={"properties": {}}, headers=AUTHORIZED)

    assert response.status_code == 404
    assert response.json()["category"] == "OBJECT_NOT_FOUND"


def test_what_is_changed_of_a_contact_is_shown_and_found(serve: Serve) -> None:
    with serve() as call:
        changed = call(
            "PATCH", JANE, json={"properties": {"hs_language": "da"}}, headers=AUTHORIZED
        )
        shown = call("GET", JANE, params={"properties": "hs_language"}, headers=AUTHORIZED)
        assert search(call, **by("hs_language", "EQ", value="da"))["total"] == 1

    assert changed.json()["properties"]["hs_language"] == "da"
    assert "email" not in changed.json()["properties"]
    assert shown.json()["properties"]["hs_language"] == "da"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"properties": 1}', b'{"properties": {"nope": "x"}}']
)
def test_a_change_that_cannot_be_is_a_400(call: Call, body: bytes) -> None:
    assert call("PATCH", JANE, data=body, headers=AUTHORIZED).status_code == 400


def test_the_deals_of_a_contact_come_to_what_was_spent(call: Call) -> None:
    of_jane = by("associations.contact", "EQ", value="51200050")
    sorts = [{"propertyName": "closedate", "direction": "DESCENDING"}]
    wanted = ["amount", "closedate", "deal_currency_code"]
    body = {**of_jane, "sorts": sorts, "properties": wanted, "limit": 100}

    page = call("POST", f"{OBJECTS}/deals/search", json=body, headers=AUTHORIZED).json()

    deals = [deal["properties"] for deal in page["results"]]
    assert page["total"] == 17
    assert sum(Decimal(deal["amount"]) for deal in deals) == Decimal("12500.50")
    assert {deal["deal_currency_code"] for deal in deals} == {"DKK"}
    days = [deal["closedate"] for deal in deals]
    assert days == sorted(days, reverse=True)


def test_a_ticket_is_made_for_a_contact(call: Call) -> None:
    def make(contact_id: str, kind: int = 16, **properties: str) -> Any:
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}]
        body = {
            "properties": {"subject": "repair", **properties},
            "associations": [{"to": {"id": contact_id}, "types": types}],
        }
        return call("POST", f"{OBJECTS}/tickets", json=body, headers=AUTHORIZED)

    made = make("51200050", content="New soles")

    assert made.status_code == 201
    assert made.json()["properties"]["content"] == "New soles"
    assert make("1").json()["message"] == "Some associations are invalid"
    assert make("51200050", kind=17).status_code == 400
    assert make("51200050", nope="x").status_code == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "/contacts/51200050"), ("POST", "/tickets")])
def test_a_wrong_token_opens_none_of_it(call: Call, method: str, path: str) -> None:
    response = call(method, f"{OBJECTS}{path}", json={}, headers={"Authorization": "Bearer no"})

    assert response.status_code == 401
