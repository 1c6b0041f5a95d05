"""HubSpot: `POST /crm/v3/objects/contacts/search`, with a private app's token.

Limits and error categories as documented under "Search the CRM" and "Usage guidelines". Texts of
refused bodies are those seen in HubSpot's public issue threads.
"""

import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.bucket import Bucket
from local.demo_crm.credentials import HUBSPOT_TOKEN
from local.demo_crm.hubspot_search import InvalidSearch, Search, property_order
from local.demo_crm.people import BEYOND_DOUBLE, BIG_ID_NUMBER, Person, major_text, people
from local.demo_crm.system import Item, System

# Not in HubSpot by itself: a merchant's custom properties, all of them texts as everything there.
CUSTOM_PROPERTIES = (
    "loyalty_tier",
    "loyalty_points",
    "account_balance_dkk",
    "account_balance_eur",
    "account_balance_sek",
)
_ALWAYS = ("createdate", "hs_object_id", "lastmodifieddate")
_DEFAULT = ("email", "firstname", "lastname")


def system(searches_per_second: int | None, clock: Callable[[], float]) -> System:
    contacts = [properties(person) for person in people("hubspot")]
    rate = searches_per_second
    bucket = Bucket(rate, rate, clock) if rate else None

    async def answer(request: Request) -> Response:
        if not _is_authorized(request):
            return _unauthorized()
        if bucket and not bucket.take(1):
            return _throttled()
        try:
            search = Search.parse(json.loads(await request.body()), frozenset(contacts[0]))
        except ValueError as invalid:
            return _refused(invalid)
        return JSONResponse(_page(search, contacts))

    return System(
        name="hubspot",
        method="POST",
        path="/hubspot/crm/v3/objects/contacts/search",
        answer=answer,
        unauthorized=_unauthorized,
        throttled=_throttled,
        failed=lambda: _error(500, "internal error"),
        items=_items,
        strip_id=_strip_id,
    )


def properties(person: Person) -> dict[str, str | None]:
    """All of a contact's properties; what is not known is null."""
    address = person.address
    balances = {
        f"account_balance_{currency.lower()}": major_text(amount, currency)
        for currency, amount in person.balances_minor.items()
    }
    big = person.number == BIG_ID_NUMBER
    known: dict[str, str | None] = {
        "hs_object_id": str(BEYOND_DOUBLE if big else 51_200_000 + 50 * person.number),
        "createdate": _instant(person.created_at.isoformat(timespec="milliseconds")),
        "lastmodifieddate": _instant(person.updated_at.isoformat(timespec="milliseconds")),
        "firstname": person.first_name,
        "lastname": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "mobilephone": person.phone,
        "company": person.company,
        "address": address.street,
        "zip": address.postal_code,
        "city": address.city,
        "country": address.country,
        "hs_country_region_code": address.country_code,
        **dict.fromkeys(CUSTOM_PROPERTIES),
        "loyalty_tier": person.tier,
        "loyalty_points": None if person.points is None else str(person.points),
    }
    return known | {name: text for name, text in balances.items() if name in known}


def _instant(iso: str) -> str:
    return iso.replace("+00:00", "Z")


def _page(search: Search, contacts: list[dict[str, str | None]]) -> dict[str, Any]:
    found = [contact for contact in contacts if search.matches(contact)]
    if search.sort:
        name, descending = search.sort
        found.sort(key=lambda contact: property_order(contact[name]), reverse=descending)
    end = search.after + search.limit
    page: dict[str, Any] = {
        "total": len(found),
        "results": [_result(contact, search.properties) for contact in found[search.after : end]],
    }
    if end < len(found):
        page["paging"] = {"next": {"after": str(end)}}
    return page


def _result(contact: dict[str, str | None], wanted: tuple[str, ...]) -> dict[str, Any]:
    names = dict.fromkeys((*_ALWAYS, *(wanted or _DEFAULT)))
    return {
        "id": contact["hs_object_id"],
        "properties": {name: contact[name] for name in sorted(names) if name in contact},
        "createdAt": contact["createdate"],
        "updatedAt": contact["lastmodifieddate"],
        "archived": False,
    }


def _items(document: Any) -> Iterator[Item]:
    yield from document["results"]


def _strip_id(item: Item) -> None:
    del item["id"], item["properties"]["hs_object_id"]


def _is_authorized(request: Request) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(
        token.strip().encode(), HUBSPOT_TOKEN.encode()
    )


def _error(status: int, message: str, **members: Any) -> Response:
    body = {"status": "error", "message": message, "correlationId": str(uuid4()), **members}
    return JSONResponse(body, status)


def _refused(invalid: ValueError) -> Response:
    if isinstance(invalid, json.JSONDecodeError):
        where = f"line {invalid.lineno}, column {invalid.colno}"
        return _error(400, f"Invalid input JSON on {where}: {invalid.msg}")
    if isinstance(invalid, InvalidSearch):
        return _error(400, str(invalid), category="VALIDATION_ERROR")
    return _error(400, "Invalid input JSON on line 1, column 1: Invalid UTF-8")


def _unauthorized() -> Response:
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you "
        "can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return _error(401, message, category="INVALID_AUTHENTICATION")


def _throttled() -> Response:
    message = "You have reached your secondly limit."
    return _error(429, message, errorType="RATE_LIMIT", policyName="SECONDLY")
