"""Odoo: JSON-RPC, `execute_kw` with `search_read` and `search_count` of `res.partner`.

Everything but an unreadable request is a 200: errors are in the body. The API key travels in the
arguments. A stock Odoo's ids fit 32 bits; the one beyond 53 bits is here for the readers' sake.
"""

import hmac
import json
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from local.demo_crm.credentials import ODOO_API_KEY, ODOO_DATABASE, ODOO_UID
from local.demo_crm.odoo_domain import Record, parse_domain
from local.demo_crm.people import BEYOND_DOUBLE, BIG_ID_NUMBER, Person, major, people
from local.demo_crm.system import Item, System

_MODEL = "res.partner"
_COUNTRY_IDS = {"DK": 59, "SE": 196, "DE": 57, "GB": 231, "NO": 166, "JP": 113, "IE": 101}
_CURRENCY_IDS = {"DKK": 13, "SEK": 18, "EUR": 1, "GBP": 142, "NOK": 14, "JPY": 25}
_KEYWORDS = frozenset({"domain", "fields", "limit", "offset", "order", "context"})


class _OdooError(Exception):
    """What Odoo would raise, by the dotted name it would have there."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def system() -> System:
    partners = [_partner(person) for person in people("odoo")]

    async def answer(request: Request) -> Response:
        try:
            call = json.loads(await request.body())
        except ValueError:
            return _bad_request("Invalid JSON data")
        if not isinstance(call, dict):
            return _bad_request("Invalid JSON-RPC data")
        try:
            result = _execute(call.get("params"), partners)
        except _OdooError as error:
            return _fault(error, call.get("id"))
        except (TypeError, ValueError) as error:
            name = f"builtins.{type(error).__name__}"
            return _fault(_OdooError(name, str(error)), call.get("id"))
        return JSONResponse({"jsonrpc": "2.0", "id": call.get("id"), "result": result})

    return System(
        name="odoo",
        method="POST",
        path="/odoo/jsonrpc",
        answer=answer,
        unauthorized=lambda: _fault(_access_denied(), None),
        throttled=lambda: _page(429, "Too Many Requests", ""),
        failed=lambda: _page(500, "Internal Server Error", "The server overloaded or failed."),
        items=_items,
        strip_id=lambda item: item.pop("id", None),
    )


def _partner(person: Person) -> dict[str, Any]:
    """`credit` is what the partner owes: what they have to spend is below zero."""
    address = person.address
    code = address.country_code
    balance = person.balances_minor.get(person.currency, 0)
    return {
        "id": BEYOND_DOUBLE if person.number == BIG_ID_NUMBER else 40 + person.number,
        "name": person.name,
        "display_name": person.name,
        "ref": f"K{person.number:04d}",
        "is_company": person.first_name is None,
        "email": person.email or False,
        "phone": person.phone or False,
        "street": address.street or False,
        "street2": address.street2 or False,
        "zip": address.postal_code or False,
        "city": address.city or False,
        "country_id": [_COUNTRY_IDS[code], address.country] if code else False,
        "country_code": code or False,
        "commercial_company_name": person.company or False,
        "category_id": [["bronze", "silver", "gold"].index(person.tier) + 1] if person.tier else [],
        "currency_id": [_CURRENCY_IDS[person.currency], person.currency],
        "credit": float(major(-balance, person.currency)),
        "comment": person.note or False,
        "create_date": f"{person.created_at:%Y-%m-%d %H:%M:%S}",
        "write_date": f"{person.updated_at:%Y-%m-%d %H:%M:%S}",
    }


def _execute(params: Any, partners: list[dict[str, Any]]) -> Any:
    if not isinstance(params, dict) or not isinstance(args := params.get("args"), list):
        raise _OdooError("builtins.TypeError", "dispatch() missing required arguments")
    if (params.get("service"), params.get("method")) != ("object", "execute_kw"):
        raise _OdooError("builtins.NameError", f"Method not available {params.get('method')}")
    if len(args) < 6:
        raise _OdooError("builtins.IndexError", "list index out of range")
    database, uid, api_key, model, method, positional, *rest = args
    if database != ODOO_DATABASE:
        text = f'FATAL:  database "{database}" does not exist\n'
        raise _OdooError("psycopg2.OperationalError", text)
    if uid != ODOO_UID or not hmac.compare_digest(str(api_key).encode(), ODOO_API_KEY.encode()):
        raise _access_denied()
    if model != _MODEL:
        raise _OdooError("odoo.exceptions.UserError", f"Object {model} doesn't exist")
    return _call(str(method), positional, rest[0] if rest else {}, partners)


def _call(method: str, positional: Any, keywords: Any, partners: list[dict[str, Any]]) -> Any:
    if method not in ("search_read", "search_count"):
        text = f"The method '{_MODEL}.{method}' does not exist"
        raise _OdooError("builtins.AttributeError", text)
    if not isinstance(positional, list) or not isinstance(keywords, dict):
        raise _OdooError("builtins.TypeError", f"{method}() argument after ** must be a mapping")
    if unexpected := set(keywords) - _KEYWORDS:
        text = f"{method}() got an unexpected keyword argument '{min(unexpected)}'"
        raise _OdooError("builtins.TypeError", text)
    domain = positional[0] if positional else keywords.get("domain") or []
    condition = parse_domain(domain, frozenset(partners[0]), _MODEL)
    found = _ordered([partner for partner in partners if condition(partner)], keywords)
    if method == "search_count":
        return len(found)
    offset, limit = keywords.get("offset") or 0, keywords.get("limit") or None
    names = keywords.get("fields") or list(partners[0])
    return [_read(partner, names) for partner in found[offset:][:limit]]


def _ordered(found: list[dict[str, Any]], keywords: dict[str, Any]) -> list[dict[str, Any]]:
    order = str(keywords.get("order") or "display_name").lower()
    name, _, direction = order.strip().partition(" ")
    if found and name not in found[0]:
        raise ValueError(f"Invalid field {name!r} on model {_MODEL!r}")
    return sorted(found, key=lambda partner: str(partner[name]), reverse=direction == "desc")


def _read(partner: Record, names: list[str]) -> dict[str, Any]:
    for name in names:
        if name not in partner:
            raise ValueError(f"Invalid field {name!r} on model {_MODEL!r}")
    return {"id": partner["id"], **{name: partner[name] for name in names}}


def _items(document: Any) -> Iterator[Item]:
    yield from document.get("result", ())


def _access_denied() -> _OdooError:
    return _OdooError("odoo.exceptions.AccessDenied", "Access Denied")


def _fault(error: _OdooError, call_id: Any) -> Response:
    trace = f"Traceback (most recent call last):\n  ...\n{error.name}: {error}\n"
    data = {
        "name": error.name,
        "debug": trace,
        "message": str(error),
        "arguments": [str(error)],
        "context": {},
    }
    body = {"code": 200, "message": "Odoo Server Error", "data": data}
    return JSONResponse({"jsonrpc": "2.0", "id": call_id, "error": body})


def _bad_request(text: str) -> Response:
    return _page(400, "Bad Request", text)


def _page(status: int, title: str, text: str) -> Response:
    page = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n"
    return HTMLResponse(f"{page}<p>{text}</p>\n", status)
