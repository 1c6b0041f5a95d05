"""Faults on demand, and the requests as they came."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from local.demo_crm.credentials import (
    BARE_KEY,
    ENTRA_CLIENT_ID,
    ENTRA_CLIENT_SECRET,
    ENTRA_SCOPE,
    ENTRA_TENANT,
    ERPLY_SESSION_KEY,
    HUBSPOT_TOKEN,
    KACHING_KEY,
    ODOO_API_KEY,
    SALESFORCE_TOKEN,
    SECRETS,
    SHOPIFY_ACCESS_TOKEN,
    SQUARE_TOKEN,
)

from .conftest import Call

KACHING_PATH = "/kaching/api/customerlookup"
TOKEN_PATH = f"/businesscentral/{ENTRA_TENANT}/oauth2/v2.0/token"
BC_PATH = (
    "/businesscentral/v2.0/Production/api/v2.0/companies(9c2b6f4e-7a1d-4e7b-8a55-1d2f3c4b5a69)"
    "/customers"
)
GRANT = {
    "grant_type": "client_credentials",
    "client_id": ENTRA_CLIENT_ID,
    "client_secret": ENTRA_CLIENT_SECRET,
    "scope": ENTRA_SCOPE,
}


def kaching(call: Call) -> requests.Response:
    headers = {"Authorization": f"KachingKey {KACHING_KEY}"}
    return call("GET", KACHING_PATH, params={"q": "jane"}, headers=headers)


def hubspot(call: Call) -> requests.Response:
    headers = {"Authorization": f"Bearer {HUBSPOT_TOKEN}"}
    return call(
        "POST", "/hubspot/crm/v3/objects/contacts/search", json={"query": "jane"}, headers=headers
    )


def of_hubspots(method: str, path: str, **sent: Any) -> "Ask":
    headers = {"Authorization": f"Bearer {HUBSPOT_TOKEN}"}
    return lambda call: call(method, f"/hubspot/crm/v3/objects{path}", headers=headers, **sent)


def shopify(call: Call) -> requests.Response:
    headers = {"X-Shopify-Access-Token": SHOPIFY_ACCESS_TOKEN}
    query = "{ customers(first: 5) { nodes { id displayName } } }"
    path = "/shopify/admin/api/2026-07/graphql.json"
    return call("POST", path, json={"query": query}, headers=headers)


def entra(call: Call) -> requests.Response:
    return call("POST", TOKEN_PATH, data=GRANT)


def businesscentral(call: Call) -> requests.Response:
    headers = {"Authorization": f"Bearer {entra(call).json()['access_token']}"}
    return call("GET", BC_PATH, params={"$top": "3"}, headers=headers)


def odoo(call: Call) -> requests.Response:
    args = ["demo", 2, ODOO_API_KEY, "res.partner", "search_read", [[]], {"limit": 3}]
    params = {"service": "object", "method": "execute_kw", "args": args}
    return call("POST", "/odoo/jsonrpc", json={"jsonrpc": "2.0", "params": params, "id": 1})


def square(call: Call) -> requests.Response:
    headers = {"Authorization": f"Bearer {SQUARE_TOKEN}"}
    return call("GET", "/square/v2/loyalty/accounts/L-1", headers=headers)


def salesforce(call: Call) -> requests.Response:
    headers = {"Authorization": f"Bearer {SALESFORCE_TOKEN}"}
    programme = "/salesforce/services/data/v61.0/connect/loyalty/programs/inner-circle"
    return call("GET", f"{programme}/members/L-1", headers=headers)


def erply(call: Call) -> requests.Response:
    form = {"request": "getCustomerRewardPoints", "customerID": "L-1"}
    return call("POST", "/erply/api/", data={**form, "sessionKey": ERPLY_SESSION_KEY})


def bare(call: Call) -> requests.Response:
    return call("GET", "/bare/points/L-1", headers={"X-Api-Key": BARE_KEY})


Ask = Callable[[Call], requests.Response]
SYSTEMS: Mapping[str, Ask] = {
    "kaching": kaching,
    "hubspot": hubspot,
    "hubspot_contact": of_hubspots("GET", "/contacts/51200050"),
    "hubspot_deals": of_hubspots("POST", "/deals/search", json={}),
    "hubspot_tickets": of_hubspots("POST", "/tickets", json={"properties": {"subject": "repair"}}),
    "shopify": shopify,
    "entra": entra,
    "businesscentral": businesscentral,
    "odoo": odoo,
    "square": square,
    "salesforce": salesforce,
    "erply": erply,
    "bare": bare,
}
CUSTOMERS: Mapping[str, Callable[[Any], list[dict[str, Any]]]] = {
    "kaching": lambda document: document,
    "hubspot": lambda document: document["results"],
    "shopify": lambda document: document["data"]["customers"]["nodes"],
    "businesscentral": lambda document: document["value"],
    "odoo": lambda document: document["result"],
}
IDS = {"kaching": "identifier", "businesscentral": "number"}
each_system = pytest.mark.parametrize("system", SYSTEMS)
each_with_customers = pytest.mark.parametrize("system", CUSTOMERS)


def break_(call: Call, system: str, fault: str, **members: Any) -> None:
    response = call("POST", f"/control/faults/{system}", json={"fault": fault, **members})
    assert response.status_code == 200, response.text


@each_system
def test_html_is_a_page_where_json_is_due(call: Call, system: str) -> None:
    break_(call, system, "html")
    response = SYSTEMS[system](call)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")


@each_system
def test_error_500_is_an_error_of_theirs(call: Call, system: str) -> None:
    break_(call, system, "error_500")
    assert SYSTEMS[system](call).status_code == (503 if system == "erply" else 500)


@pytest.mark.parametrize(
    ("system", "unauthorized", "throttled"),
    [
        ("kaching", 401, 429),
        ("hubspot", 401, 429),
        ("shopify", 401, 200),
        ("entra", 401, 429),
        ("businesscentral", 401, 429),
        ("odoo", 200, 429),
        ("square", 401, 429),
        ("salesforce", 401, 403),
        ("erply", 200, 200),
        ("bare", 401, 429),
    ],
)
def test_refusals_are_each_vendors_own(
    call: Call, system: str, unauthorized: int, throttled: int
) -> None:
    break_(call, system, "unauthorized")
    assert SYSTEMS[system](call).status_code == unauthorized
    break_(call, system, "throttled")
    assert SYSTEMS[system](call).status_code == throttled


def test_refusals_in_a_200_are_in_the_body(call: Call) -> None:
    break_(call, "shopify", "throttled")
    assert shopify(call).json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    break_(call, "odoo", "unauthorized")
    assert odoo(call).json()["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"


def test_hubspots_throttling_names_its_policy(call: Call) -> None:
    break_(call, "hubspot", "throttled")
    error = hubspot(call).json()
    assert (error["errorType"], error["policyName"]) == ("RATE_LIMIT", "SECONDLY")


@each_system
def test_truncated_ends_before_its_announced_length(call: Call, system: str) -> None:
    break_(call, system, "truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        SYSTEMS[system](call)


@each_system
def test_oversized_is_a_readable_answer_above_every_bound(call: Call, system: str) -> None:
    break_(call, system, "oversized")
    response = SYSTEMS[system](call)
    assert len(response.content) > 5_000_000
    assert response.json()


@each_system
def test_wrong_shape_is_json_without_the_expected_members(call: Call, system: str) -> None:
    break_(call, system, "wrong_shape")
    assert SYSTEMS[system](call).json() == {"message": "OK", "page": {"entries": 1}}


@each_with_customers
def test_bad_item_takes_the_id_of_one_customer(call: Call, system: str) -> None:
    break_(call, system, "bad_item")
    bad, *good = CUSTOMERS[system](SYSTEMS[system](call).json())
    name = IDS.get(system, "id")
    assert name not in bad
    assert good
    assert all(name in item for item in good)


def test_bad_item_leaves_refusals_as_they_are(call: Call) -> None:
    break_(call, "kaching", "bad_item")
    assert call("GET", KACHING_PATH).status_code == 401


def test_slow_answers_late_and_well(call: Call) -> None:
    break_(call, "kaching", "slow", seconds=0.2)
    response = kaching(call)
    assert response.elapsed.total_seconds() >= 0.2
    assert response.json()[0]["name"] == "Jane Doe"


def test_a_fault_lasts_for_the_given_number_of_requests(call: Call) -> None:
    break_(call, "kaching", "error_500", times=2)
    assert [kaching(call).status_code for _ in range(3)] == [500, 500, 200]


def test_a_fault_lasts_until_it_is_cleared(call: Call) -> None:
    break_(call, "kaching", "error_500")
    assert call("GET", "/control/faults/kaching").json() == {
        "system": "kaching",
        "fault": {"fault": "error_500", "times": None, "seconds": 5.0},
    }
    assert [kaching(call).status_code for _ in range(2)] == [500, 500]
    assert call("DELETE", "/control/faults/kaching").json()["fault"] is None
    assert kaching(call).status_code == 200


def test_a_fault_hits_its_own_system_only(call: Call) -> None:
    break_(call, "businesscentral", "error_500")
    assert entra(call).status_code == kaching(call).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"fault": "fire"}',
        b'{"fault": "slow", "times": 0}',
        b'{"fault": "slow", "seconds": -1}',
        b'{"fault": "slow", "seconds": "1"}',
    ],
)
def test_what_is_no_fault_is_refused(call: Call, body: bytes) -> None:
    assert call("POST", "/control/faults/kaching", data=body).status_code == 400
    assert call("GET", "/control/faults/kaching").json()["fault"] is None


@pytest.mark.parametrize(
    "path", ["/control/faults/sap", "/control/requests/sap", "/control/bookings/sap/C-1"]
)
def test_unknown_systems_are_404(call: Call, path: str) -> None:
    assert call("GET", path).status_code == 404


def test_requests_are_shown_as_they_came(call: Call) -> None:
    headers = {"Authorization": f"KachingKey {KACHING_KEY}", "X-Trace": "a b"}
    call("GET", KACHING_PATH + "?q=%C3%86r%C3%B8+%2B&currency=DKK", headers=headers)
    seen = call("GET", "/control/requests/kaching").json()[-1]
    assert (seen["method"], seen["path"]) == ("GET", KACHING_PATH)
    assert seen["query"] == "q=%C3%86r%C3%B8+%2B&currency=DKK"
    assert seen["headers"]["x-trace"] == "a b"
    assert seen["headers"]["authorization"] == "KachingKey ***"
    assert seen["body"] == ""


def test_the_raw_path_is_kept(call: Call) -> None:
    call("GET", BC_PATH.replace("(", "%28").replace(")", "%29"))
    assert "companies%28" in call("GET", "/control/requests/businesscentral").json()[-1]["path"]


@each_system
def test_no_credential_is_kept(call: Call, system: str) -> None:
    SYSTEMS[system](call)
    kept = call("GET", f"/control/requests/{system}").text
    assert not [secret for secret in SECRETS if secret in kept]
    assert "eyJ0" not in kept


def test_the_last_fifty_are_kept_with_what_was_refused_among_them(call: Call) -> None:
    for number in range(51):
        call("PATCH", KACHING_PATH, data=str(number))
    seen = call("GET", "/control/requests/kaching").json()
    assert [request["body"] for request in seen] == [str(number) for number in range(1, 51)]


def test_health(call: Call) -> None:
    health = call("GET", "/control/health").json()
    assert health == {"status": "ok", "systems": sorted(SYSTEMS)}
