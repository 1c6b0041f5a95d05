"""Odoo's JSON-RPC."""

from typing import Any

import pytest

from local.demo_crm.credentials import ODOO_API_KEY
from local.demo_crm.people import BEYOND_DOUBLE

from .conftest import Call

PATH = "/odoo/jsonrpc"


def rpc(
    call: Call,
    domain: Any,
    *,
    login: tuple[Any, ...] = ("demo", 2, ODOO_API_KEY),
    model: str = "res.partner",
    method: str = "search_read",
    **keywords: Any,
) -> Any:
    args = [*login, model, method, [domain], keywords]
    params = {"service": "object", "method": "execute_kw", "args": args}
    body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 7}
    response = call("POST", PATH, json=body)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", 7)
    return answer


def names(call: Call, domain: Any) -> list[str]:
    return [partner["name"] for partner in rpc(call, domain, fields=["name"])["result"]]


def error(answer: Any) -> tuple[str, str]:
    fault = answer["error"]
    assert (fault["code"], fault["message"]) == (200, "Odoo Server Error")
    data = fault["data"]
    assert set(data) == {"name", "debug", "message", "arguments", "context"}
    return data["name"], data["message"]


def test_a_hit_has_the_asked_fields_and_its_id(call: Call) -> None:
    fields = ["name", "email", "phone", "street", "country_id", "currency_id", "credit"]
    answer = rpc(call, [["email", "=", "jane.doe@example.com"]], fields=fields, limit=5)
    assert answer["result"] == [
        {
            "id": 41,
            "name": "Jane Doe",
            "email": "jane.doe@example.com",
            "phone": "+45 20 12 34 56",
            "street": "Vestergade 12",
            "country_id": [59, "Denmark"],
            "currency_id": [13, "DKK"],
            "credit": -1250.5,
        }
    ]


def test_no_hit_is_an_empty_list(call: Call) -> None:
    assert rpc(call, [["name", "=", "Nobody"]])["result"] == []


def test_empty_values_are_false(call: Call) -> None:
    (zoe,) = rpc(call, [["name", "=", "Zoë"]])["result"]
    assert zoe["phone"] is zoe["country_id"] is zoe["street"] is False


def test_an_id_beyond_53_bits_is_exact(call: Call) -> None:
    assert names(call, [["id", "=", BEYOND_DOUBLE]]) == ["Åse Nordahl"]
    assert names(call, [["id", "=", BEYOND_DOUBLE - 1]]) == []


@pytest.mark.parametrize(
    "domain",
    [
        [["name", "ilike", "jane d"]],
        [["name", "like", "Jane"]],
        [["name", "=like", "Jane_D%"]],
        [["name", "=ilike", "JANE doe"]],
        [["id", "in", [41, 42]]],
        [["phone", "!=", False], ["name", "=", "Jane Doe"]],
        ["|", ["name", "=", "Nobody"], ["email", "ilike", "jane.doe"]],
        ["|", "|", ["ref", "=", "x"], ["email", "=", "x"], ["phone", "ilike", "12 34 56"]],
        ["&", "!", ["name", "=", "Nobody"], ["ref", "=", "K0001"]],
        [["country_id", "ilike", "denm"], ["ref", "=", "K0001"]],
        [["country_id", "=", 59], ["ref", "=", "K0001"]],
        [["country_id", "=", "Denmark"], ["ref", "<=", "K0001"]],
        [["credit", "<", 0], ["ref", "not in", ["K0002"]], ["name", "not ilike", "jensen"]],
        [[1, "=", 1]],
        [],
    ],
)
def test_domains_that_find(call: Call, domain: Any) -> None:
    assert "Jane Doe" in names(call, domain)


@pytest.mark.parametrize(
    "domain",
    [
        [["name", "like", "jane"]],
        [["name", "=like", "Jane"]],
        [["name", "ilike", "J_ne\\_Doe"]],
        ["!", ["ref", "=", "K0001"]],
        [["email", "=", False]],
        [["id", "not in", [41]]],
        [["credit", ">", 0]],
        [[0, "=", 1]],
    ],
)
def test_domains_that_do_not(call: Call, domain: Any) -> None:
    assert "Jane Doe" not in names(call, domain)


def test_limit_offset_order_and_count(call: Call) -> None:
    page = rpc(call, [], fields=["ref"], limit=2, offset=1, order="ref desc")["result"]
    assert [partner["ref"] for partner in page] == ["K0199", "K0198"]
    assert rpc(call, [], method="search_count")["result"] == 200


@pytest.mark.parametrize("login", [("demo", 2, "wrong"), ("demo", 3, ODOO_API_KEY)])
def test_wrong_credentials_are_access_denied_in_a_200(call: Call, login: tuple[Any, ...]) -> None:
    assert error(rpc(call, [], login=login)) == ("odoo.exceptions.AccessDenied", "Access Denied")


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ([["shoe", "=", 1]], "Invalid field res.partner.shoe in leaf ('shoe', '=', 1)"),
        ([["name", "~", "x"]], "Invalid leaf ('name', '~', 'x')"),
        (["name"], "Invalid leaf name"),
        (["|", [1, "=", 1]], "Domain ['|', [1, '=', 1]] is syntactically not correct."),
        (["!"], "Domain ['!'] is syntactically not correct."),
        ("name", "Domain name is syntactically not correct."),
    ],
)
def test_invalid_domains_are_value_errors(call: Call, domain: Any, message: str) -> None:
    assert error(rpc(call, domain)) == ("builtins.ValueError", message)


def test_other_mistakes_are_named_as_odoo_does(call: Call) -> None:
    assert error(rpc(call, [], model="x.y"))[0] == "odoo.exceptions.UserError"
    assert error(rpc(call, [], method="unlink"))[0] == "builtins.AttributeError"
    assert error(rpc(call, [], fields=["shoe"]))[0] == "builtins.ValueError"
    assert error(rpc(call, [], order="shoe"))[0] == "builtins.ValueError"
    assert error(rpc(call, [], shoe=1))[0] == "builtins.TypeError"
    assert error(rpc(call, [], offset="x"))[0] == "builtins.TypeError"
    assert error(rpc(call, [], login=("other", 2, "x")))[0] == "psycopg2.OperationalError"


@pytest.mark.parametrize(
    "params",
    [None, {"args": []}, {"service": "object", "method": "execute_kw", "args": ["demo"]}],
)
def test_incomplete_calls_are_errors_too(call: Call, params: Any) -> None:
    answer = call("POST", PATH, json={"jsonrpc": "2.0", "id": 1, "params": params}).json()
    assert error(answer)[0].startswith("builtins.")


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_an_unreadable_request_is_an_html_400(call: Call, body: bytes) -> None:
    response = call("POST", PATH, data=body)
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")
