"""Business Central's customers and the token endpoint they need."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from local.demo_crm.app import Settings
from local.demo_crm.credentials import (
    BUSINESSCENTRAL_COMPANY,
    ENTRA_CLIENT_ID,
    ENTRA_CLIENT_SECRET,
    ENTRA_SCOPE,
    ENTRA_TENANT,
)

from .conftest import Call, Serve

TOKEN_PATH = f"/businesscentral/{ENTRA_TENANT}/oauth2/v2.0/token"
API = "/businesscentral/v2.0/Production/api/v2.0"
PATH = f"{API}/companies({BUSINESSCENTRAL_COMPANY})/customers"
GRANT = {
    "grant_type": "client_credentials",
    "client_id": ENTRA_CLIENT_ID,
    "client_secret": ENTRA_CLIENT_SECRET,
    "scope": ENTRA_SCOPE,
}


def authorization(call: Call) -> dict[str, str]:
    token = call("POST", TOKEN_PATH, data=GRANT).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def get(call: Call, options: Mapping[str, str], status: int = 200) -> Any:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    response = call("GET", f"{PATH}?{query}", headers=authorization(call))
    assert response.status_code == status, response.text
    return response.json()


def names(call: Call, filter_: str) -> list[str]:
    return [row["displayName"] for row in get(call, {"$filter": filter_})["value"]]


def refused(call: Call, options: Mapping[str, str]) -> str:
    error = get(call, options, 400)["error"]
    assert error["code"] == "BadRequest"
    message, _, correlation = error["message"].partition("  CorrelationId:  ")
    assert correlation
    return str(message)


def test_a_hit_is_an_odata_page(call: Call) -> None:
    options = {
        "$filter": "email eq 'jane.doe@example.com'",
        "$select": "number,displayName,currencyCode,taxLiable",
        "$expand": "customerFinancialDetail",
    }
    page = get(call, options)
    context = f"{API}/$metadata#companies({BUSINESSCENTRAL_COMPANY})/customers"
    assert page["@odata.context"].endswith(context)
    (jane,) = page["value"]
    assert jane.pop("@odata.etag").startswith('W/"')
    assert jane.pop("customerFinancialDetail")["balance"] == -1250.5
    assert jane == {
        "number": "C00001",
        "displayName": "Jane Doe",
        "currencyCode": "DKK",
        "taxLiable": False,
    }


def test_no_hit_is_an_empty_value(call: Call) -> None:
    assert get(call, {"$filter": "displayName eq 'Nobody'"})["value"] == []


def test_missing_texts_are_empty(call: Call) -> None:
    (zoe,) = get(call, {"$filter": "displayName eq 'Zoë'"})["value"]
    assert zoe["phoneNumber"] == zoe["city"] == ""
    assert zoe["blocked"] == "_x0020_"


@pytest.mark.parametrize(
    "filter_",
    [
        "displayName eq 'Jane Doe'",
        "contains(displayName,'ane Do')",
        "contains(tolower(displayName), 'jane d')",
        "toupper(displayName) eq 'JANE DOE'",
        "startswith(number,'C00001')",
        "endswith(email,'doe@example.com')",
        "number eq 'C00001' and city ne 'Aarhus'",
        "displayName eq 'Nobody' or displayName eq 'Jane Doe'",
        "(number ge 'C00001') and (number le 'C00001')",
        "number gt 'C00000' and number lt 'C00002'",
        "taxLiable eq false and balanceDue eq 0 and number eq 'C00001'",
        "id eq 3e4c2d52-ba44-5a0a-93bb-ca5fd62a4e8f or id ne 3e4c2d52-ba44-5a0a-93bb-ca5fd62a4e8f",
    ],
)
def test_filters_that_find(call: Call, filter_: str) -> None:
    assert "Jane Doe" in names(call, filter_)


def test_an_apostrophe_is_doubled(call: Call) -> None:
    found = names(call, "contains(displayName,'O''Brien')")
    assert {"Siobhán O'Brien", "Jane O'Brien"} <= set(found)


def test_texts_are_compared_with_case(call: Call) -> None:
    assert names(call, "displayName eq 'jane doe'") == []


def test_or_between_two_fields_is_refused(call: Call) -> None:
    for filter_ in (
        "displayName eq 'Jane' or email eq 'jane'",
        "contains(displayName,'x') or (email eq 'y' and email ne 'z')",
    ):
        assert refused(call, {"$filter": filter_}) == (
            "The 'OR' operator is not supported on distinct fields on an OData filter."
        )


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ("number eq", "Expression expected at position 9 in 'number eq'."),
        ("number is 'x'", "Syntax error at position 7 in 'number is 'x''."),
        (
            "number eq 'x",
            "There is an unterminated literal at position 12 in 'number eq 'x'.",
        ),
        (
            "number eq 'O'Brien'",
            "There is an unterminated literal at position 19 in 'number eq 'O'Brien''.",
        ),
        ("(number eq 'x'", "')' expected at position 14 in '(number eq 'x''."),
        ("number ~ 'x'", "Syntax error at position 12 in 'number ~ 'x''."),
        (
            "shoeSize eq 'x'",
            "Could not find a property named 'shoeSize' on type 'Microsoft.NAV.customer'.",
        ),
        ("soundex(number) eq 'x'", "An unknown function with name 'soundex' was found."),
    ],
)
def test_malformed_filters_say_where(call: Call, filter_: str, message: str) -> None:
    assert refused(call, {"$filter": filter_}) == message


@pytest.mark.parametrize("filter_", ["number eq 1", "balanceDue eq 'x'", "taxLiable eq 'true'"])
def test_types_have_to_agree(call: Call, filter_: str) -> None:
    assert refused(call, {"$filter": filter_}).startswith(
        "A binary operator with incompatible types was detected."
    )


def test_functions_want_texts(call: Call) -> None:
    assert refused(call, {"$filter": "contains(balanceDue,'x')"}).startswith(
        "No function signature"
    )


def test_deep_nesting_is_refused(call: Call) -> None:
    filter_ = "(" * 2_000 + "number eq 'x'"
    assert refused(call, {"$filter": filter_}) == "The recursion limit has been exceeded."


def test_top_skip_order_and_count(call: Call) -> None:
    options = {"$orderby": "number desc", "$skip": "1", "$top": "2", "$count": "true"}
    page = get(call, options)
    assert [row["number"] for row in page["value"]] == ["C00199", "C00198"]
    assert page["@odata.count"] == 200


@pytest.mark.parametrize(
    "options",
    [
        {"$top": "-1"},
        {"$top": "ten"},
        {"$select": "shoeSize"},
        {"$expand": "shoes"},
        {"$orderby": "shoeSize"},
        {"$apply": "x"},
    ],
)
def test_other_options_are_checked_too(call: Call, options: dict[str, str]) -> None:
    refused(call, options)


@pytest.mark.parametrize("value", [None, "Bearer wrong", "Basic eDp5"])
def test_a_wrong_token_is_a_401(call: Call, value: str | None) -> None:
    response = call("GET", PATH, headers={"Authorization": value})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "Authentication_InvalidCredentials"
    assert response.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")


def test_unknown_environments_and_companies_are_404(call: Call) -> None:
    for path in (
        PATH.replace("Production", "Sandbox"),
        f"{API}/companies(00000000-0000-0000-0000-000000000000)/customers",
    ):
        assert call("GET", path, headers=authorization(call)).status_code == 404


def test_a_token_holds_for_as_long_as_it_says(serve: Serve) -> None:
    now = [100.0]
    with serve(Settings(entra_token_lifetime_s=60), lambda: now[0]) as call:
        granted = call("POST", TOKEN_PATH, data=GRANT).json()
        assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 60)
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        assert call("GET", PATH, headers=headers).status_code == 200
        now[0] += 60
        assert call("GET", PATH, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": None}, 401, "invalid_client", 7000218),
        ({"client_id": "wrong"}, 400, "unauthorized_client", 700016),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "openid"}, 400, "invalid_scope", 1002012),
    ],
)
def test_token_refusals(
    call: Call, change: dict[str, str | None], status: int, error: str, code: int
) -> None:
    response = call("POST", TOKEN_PATH, data={**GRANT, **change})
    refusal = response.json()
    assert (response.status_code, refusal["error"]) == (status, error)
    assert refusal["error_codes"] == [code]
    assert refusal["error_description"].startswith(f"AADSTS{code}: ")


def test_an_unknown_directory_is_refused(call: Call) -> None:
    response = call("POST", "/businesscentral/elsewhere/oauth2/v2.0/token", data=GRANT)
    assert (response.status_code, response.json()["error_codes"]) == (400, [90002])
