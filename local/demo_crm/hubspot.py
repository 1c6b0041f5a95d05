"""HubSpot with a private app's token: contacts searched, read and changed, deals searched, tickets
made, under `/crm/v3/objects`.

Limits and error categories as documented under "Search the CRM", "Contacts" and "Usage guidelines".
Texts of refused bodies are those seen in HubSpot's public issue threads.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.bucket import Bucket
from local.demo_crm.credentials import HUBSPOT_TOKEN
from local.demo_crm.hubspot_search import InvalidSearch, Search, property_order
from local.demo_crm.people import (
    BEYOND_DOUBLE,
    BIG_ID_NUMBER,
    Person,
    major_text,
    people,
    purchases,
)
from local.demo_crm.system import Item, System

_OBJECTS: Final = "/hubspot/crm/v3/objects"
# Not in HubSpot by itself: a merchant's custom properties, all of them texts as everything there.
CUSTOM_PROPERTIES = (
    "loyalty_tier",
    "loyalty_points",
    "account_balance_dkk",
    "account_balance_eur",
    "account_balance_sek",
    "shoe_size",
)
# Which contact a deal is with is no property, but is searched for like one.
_CONTACT: Final = "associations.contact"
_CONTACT_OF_TICKET: Final = 16

Properties = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class ObjectType:
    """What HubSpot gives of an object of this type, and under which name it knows its last
    change."""

    default: tuple[str, ...]
    modified: str

    def result(self, known: Properties, wanted: Iterable[str] = ()) -> dict[str, Any]:
        always = ("createdate", "hs_object_id", self.modified)
        names = dict.fromkeys((*always, *(tuple(wanted) or self.default)))
        return {
            "id": known["hs_object_id"],
            "properties": {name: known[name] for name in sorted(names) if name in known},
            "createdAt": known["createdate"],
            "updatedAt": known[self.modified],
            "archived": False,
        }


CONTACT: Final = ObjectType(("email", "firstname", "lastname"), "lastmodifieddate")
DEAL: Final = ObjectType(
    ("amount", "closedate", "dealname", "dealstage", "pipeline"), "hs_lastmodifieddate"
)
TICKET: Final = ObjectType(
    ("content", "hs_pipeline", "hs_pipeline_stage", "subject"), "hs_lastmodifieddate"
)


def systems(searches_per_second: int | None, clock: Callable[[], float]) -> tuple[System, ...]:
    """Its endpoints: what one of them changes, the others show."""
    everybody = people("hubspot")
    contacts = {str(known["hs_object_id"]): known for known in map(properties, everybody)}
    rate = searches_per_second
    bucket = Bucket(rate, rate, clock) if rate else None
    deals = [deal for person in everybody for deal in _deals(person)]
    tickets: list[Properties] = []

    async def search_contacts(request: Request) -> Response:
        return await _searched(request, bucket, CONTACT, list(contacts.values()))

    async def search_deals(request: Request) -> Response:
        return await _searched(request, bucket, DEAL, deals)

    async def one_contact(request: Request) -> Response:
        if not _is_authorized(request):
            return _unauthorized()
        known = contacts.get(str(request.path_params["contact_id"]))
        if known is None:
            return _error(404, "resource not found", category="OBJECT_NOT_FOUND")
        if request.method == "GET":
            wanted = [n for n in request.query_params.get("properties", "").split(",") if n]
            return JSONResponse(CONTACT.result(known, wanted))
        return await _changed(request, known)

    async def new_ticket(request: Request) -> Response:
        return await _ticket_made(request, tickets, contacts)

    shared: dict[str, Any] = {
        "unauthorized": _unauthorized,
        "throttled": _throttled,
        "failed": lambda: _error(500, "internal error"),
        "items": _items,
        "strip_id": _strip_id,
    }
    endpoints = (
        ("hubspot", "POST", "/contacts/search", search_contacts),
        ("hubspot_contact", "GET, PATCH", "/contacts/{contact_id:path}", one_contact),
        ("hubspot_deals", "POST", "/deals/search", search_deals),
        ("hubspot_tickets", "POST", "/tickets", new_ticket),
    )
    return tuple(
        System(name=name, method=method, path=f"{_OBJECTS}{path}", answer=answer, **shared)
        for name, method, path, answer in endpoints
    )


async def _searched(
    request: Request, bucket: Bucket | None, kind: ObjectType, objects: list[Properties]
) -> Response:
    if not _is_authorized(request):
        return _unauthorized()
    if bucket and not bucket.take(1):
        return _throttled()
    try:
        search = Search.parse(json.loads(await request.body()), frozenset(objects[0]))
    except ValueError as invalid:
        return _refused(invalid)
    return JSONResponse(_page(search, kind, objects))


async def _changed(request: Request, known: Properties) -> Response:
    """As documented, the answer holds what was changed, and no more."""
    try:
        given = _properties_in(json.loads(await request.body()))
    except ValueError as invalid:
        return _refused(invalid)
    if unknown := given.keys() - known.keys():
        return _no_property(min(unknown))
    known |= given
    known["lastmodifieddate"] = _now()
    return JSONResponse(CONTACT.result(known, given))


async def _ticket_made(
    request: Request, tickets: list[Properties], contacts: Mapping[str, Properties]
) -> Response:
    if not _is_authorized(request):
        return _unauthorized()
    try:
        document = json.loads(await request.body())
        given = _properties_in(document)
    except ValueError as invalid:
        return _refused(invalid)
    if unknown := given.keys() - {*TICKET.default, "hs_ticket_priority"}:
        return _no_property(min(unknown))
    for association in document.get("associations", ()):
        kinds = [kind["associationTypeId"] for kind in association["types"]]
        if kinds != [_CONTACT_OF_TICKET] or association["to"]["id"] not in contacts:
            return _error(400, "Some associations are invalid", category="VALIDATION_ERROR")
    number = 60_000_000 + len(tickets)
    made = {"hs_object_id": str(number), "createdate": _now(), "hs_lastmodifieddate": _now()}
    tickets.append({**given, **made})
    return JSONResponse(TICKET.result(tickets[-1]), 201)


def _properties_in(document: Any) -> Properties:
    given = document.get("properties") if isinstance(document, dict) else None
    if not isinstance(given, dict):
        raise InvalidSearch("Some required fields were not set: [properties]")
    return {name: None if value is None else str(value) for name, value in given.items()}


def _no_property(name: str) -> Response:
    text = f'Property values were not valid: Property "{name}" does not exist'
    return _error(400, text, category="VALIDATION_ERROR")


def _deals(person: Person) -> list[Properties]:
    """A person's purchases, as a web shop's connector keeps them."""
    return [
        {
            "hs_object_id": str(70_000_000 + purchase.number),
            "createdate": _instant(purchase.at.isoformat(timespec="milliseconds")),
            "hs_lastmodifieddate": _instant(purchase.at.isoformat(timespec="milliseconds")),
            "dealname": f"Order {purchase.number}",
            "amount": major_text(purchase.amount_minor, person.currency),
            "deal_currency_code": person.currency,
            "closedate": _instant(purchase.at.isoformat(timespec="milliseconds")),
            "dealstage": "closedwon",
            "pipeline": "default",
            "category": ";".join(purchase.categories),
            "item_count": str(purchase.item_count),
            _CONTACT: _id_of(person),
        }
        for purchase in purchases(person)
    ]


def _id_of(person: Person) -> str:
    big = person.number == BIG_ID_NUMBER
    return str(BEYOND_DOUBLE if big else 51_200_000 + 50 * person.number)


def properties(person: Person) -> Properties:
    """All of a contact's properties; what is not known is null."""
    address = person.address
    balances = {
        f"account_balance_{currency.lower()}": major_text(amount, currency)
        for currency, amount in person.balances_minor.items()
    }
    known: Properties = {
        "hs_object_id": _id_of(person),
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
        "hs_language": None,
        "hs_email_optout": None,
        **dict.fromkeys(CUSTOM_PROPERTIES),
        "loyalty_tier": person.tier,
        "loyalty_points": None if person.points is None else str(person.points),
    }
    return known | {name: text for name, text in balances.items() if name in known}


def _instant(iso: str) -> str:
    return iso.replace("+00:00", "Z")


def _now() -> str:
    return _instant(datetime.now(UTC).isoformat(timespec="milliseconds"))


def _page(search: Search, kind: ObjectType, objects: list[Properties]) -> dict[str, Any]:
    found = [known for known in objects if search.matches(known)]
    if search.sort:
        name, descending = search.sort
        found.sort(key=lambda known: property_order(known[name]), reverse=descending)
    end = search.after + search.limit
    page: dict[str, Any] = {
        "total": len(found),
        "results": [kind.result(known, search.properties) for known in found[search.after : end]],
    }
    if end < len(found):
        page["paging"] = {"next": {"after": str(end)}}
    return page


def _items(document: Any) -> Iterator[Item]:
    yield from document.get("results", [document])


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
