"""The endpoint in Ka-ching's own Customer shape."""

from typing import Any

import pytest

from local.demo_crm.credentials import KACHING_KEY
from local.demo_crm.kaching import AWKWARD_IDENTIFIER

from .conftest import Call

PATH = "/kaching/api/customerlookup"
JANE = {
    "identifier": "C-10001",
    "name": "Jane Doe",
    "street": "Vestergade 12 2. th.",
    "city": "København K",
    "postal_code": "1456",
    "country": "Denmark",
    "country_code": "DK",
    "phone": "+45 20 12 34 56",
    "email": "jane.doe@example.com",
    "additional_info": "Gold, 1240 points",
    "balance": {"identifier": "C-10001-DKK", "balance": 1250.5},
}


def look_up(call: Call, term: str, scheme: str = "KachingKey", **params: str) -> Any:
    headers = {"Authorization": f"{scheme} {KACHING_KEY}"}
    response = call("GET", PATH, params={"q": term, **params}, headers=headers)
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize(
    "term", ["C-10001", "jane DOE", "20123456", "+45 20 12 34 56", "jane.doe@", "Vestergade 12"]
)
def test_the_term_filters_by_id_name_phone_email_and_address(call: Call, term: str) -> None:
    assert JANE in look_up(call, term)


def test_nobody_found_is_an_empty_array(call: Call) -> None:
    assert look_up(call, "nobody at all") == []
    assert look_up(call, " ") == []


@pytest.mark.parametrize("scheme", ["KachingKey", "kachingkey", "KACHINGKEY "])
def test_the_scheme_is_compared_without_case_and_the_key_trimmed(call: Call, scheme: str) -> None:
    assert look_up(call, "C-10001", scheme) == [JANE]


@pytest.mark.parametrize("value", [None, "KachingKey wrong", f"Bearer {KACHING_KEY}"])
def test_any_other_credential_is_an_empty_401(call: Call, value: str | None) -> None:
    response = call("GET", PATH, params={"q": "jane"}, headers={"Authorization": value})
    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.parametrize(("currency", "amount"), [("EUR", 16.75), ("sek", 189.0), ("DKK", 1250.5)])
def test_the_balance_is_in_the_asked_currency(call: Call, currency: str, amount: float) -> None:
    (jane,) = look_up(call, "C-10001", currency=currency)
    assert jane["balance"]["balance"] == amount


def test_a_currency_without_an_account_leaves_the_balance_out(call: Call) -> None:
    (jane,) = look_up(call, "C-10001", currency="NOK")
    assert "balance" not in jane


def test_a_currency_without_minor_units_is_a_whole_number(call: Call) -> None:
    (yamada,) = look_up(call, "山田")
    assert yamada["balance"]["balance"] == 12000


def test_unknown_fields_are_left_out(call: Call) -> None:
    (zoe,) = look_up(call, "zoe.without.surname@example.com")
    assert zoe == {
        "identifier": "C-10007",
        "name": "Zoë",
        "email": "zoe.without.surname@example.com",
    }


def test_an_identifier_that_no_path_can_hold_finds_its_customer(call: Call) -> None:
    (bakery,) = look_up(call, AWKWARD_IDENTIFIER)
    assert bakery["identifier"] == AWKWARD_IDENTIFIER


def test_another_method_is_refused(call: Call) -> None:
    assert call("POST", PATH).status_code == 405
