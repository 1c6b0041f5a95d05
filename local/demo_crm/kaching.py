"""An endpoint that already answers in Ka-ching's Customer shape, as Ka-ching's own plug-in does.

GET with `q` and `currency`, `Authorization: KachingKey <key>`, a bare JSON array. A refusal is an
empty 401, as ASP.NET sends it.
"""

import hmac
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.demo_crm.credentials import KACHING_KEY
from local.demo_crm.people import Person, major, people
from local.demo_crm.system import Item, System
from local.demo_crm.text import contains, same_digits

# An id that cannot stand in a URL path as it is.
AWKWARD_IDENTIFIER = "B2B/2024 Å#9"


def system() -> System:
    customers = people("kaching")

    async def answer(request: Request) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() != "kachingkey" or not _is_key(key.strip()):
            return _unauthorized()
        term = request.query_params.get("q", "").strip()
        currency = request.query_params.get("currency", "").upper()
        found = [p for p in customers if term and _matches(p, term)]
        return JSONResponse([_customer(p, currency) for p in found])

    return System(
        name="kaching",
        method="GET",
        path="/kaching/api/customerlookup",
        answer=answer,
        unauthorized=_unauthorized,
        throttled=lambda: PlainTextResponse("Too Many Requests", 429, {"Retry-After": "1"}),
        failed=_failed,
        items=_items,
        strip_id=lambda item: item.pop("identifier"),
    )


def identifier(person: Person) -> str:
    return AWKWARD_IDENTIFIER if person.number == 9 else f"C-{10_000 + person.number}"


def _is_key(key: str) -> bool:
    return hmac.compare_digest(key.encode(), KACHING_KEY.encode())


def _matches(person: Person, term: str) -> bool:
    address = person.address
    place = (address.street, address.postal_code, address.city)
    texts = (identifier(person), person.name, person.email, *place)
    return any(contains(text, term) for text in texts) or same_digits(person.phone, term)


def _customer(person: Person, currency: str) -> dict[str, Any]:
    """What is not known is left out."""
    address = person.address
    known = {
        "identifier": identifier(person),
        "name": person.name,
        "street": " ".join(filter(None, (address.street, address.street2))),
        "city": address.city,
        "postal_code": address.postal_code,
        "country": address.country,
        "country_code": address.country_code,
        "phone": person.phone,
        "email": person.email,
        "additional_info": person.tier and f"{person.tier.title()}, {person.points or 0} points",
    }
    customer: dict[str, Any] = {name: value for name, value in known.items() if value}
    currency = currency or person.currency
    if currency in person.balances_minor:
        amount = major(person.balances_minor[currency], currency)
        customer["balance"] = {"identifier": f"{identifier(person)}-{currency}", "balance": amount}
    return customer


def _items(document: Any) -> Iterator[Item]:
    yield from document


def _unauthorized() -> Response:
    return Response(status_code=401)


def _failed() -> Response:
    problem = {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.6.1",
        "title": "An error occurred while processing your request.",
        "status": 500,
    }
    return JSONResponse(problem, 500, media_type="application/problem+json")
