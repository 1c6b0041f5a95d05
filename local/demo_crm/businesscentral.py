"""Business Central: the customers of API v2.0, OData v4, with a token from Entra ID.

Missing texts are empty, an unknown company is a 404, and numbers are numbers. A customer has one
currency. Error codes are those of "Error Codes" in Microsoft's API reference.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import BUSINESSCENTRAL_COMPANY, BUSINESSCENTRAL_ENVIRONMENT
from local.demo_crm.entra import Tokens
from local.demo_crm.odata import InvalidFilter, Row, parse_filter
from local.demo_crm.people import Person, major, people
from local.demo_crm.system import Item, System

_OPTIONS = frozenset({"$filter", "$top", "$skip", "$select", "$orderby", "$expand", "$count"})
_FINANCIAL = "customerFinancialDetail"
_MAX_PAGE = 20_000
_Pair = tuple[dict[str, Any], dict[str, Any]]


def system(tokens: Tokens) -> System:
    pairs = [(_customer(person), _financial_detail(person)) for person in people("businesscentral")]

    async def answer(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not tokens.is_valid(token.strip()):
            return _unauthorized()
        if request.path_params["environment"] != BUSINESSCENTRAL_ENVIRONMENT:
            return _error(404, "NoEnvironment", "Environment does not exist.")
        if request.path_params["company"].lower() != BUSINESSCENTRAL_COMPANY:
            return _error(404, "Internal_CompanyNotFound", "Cannot find the company.")
        try:
            return _page(request, _found(request.query_params, pairs))
        except InvalidFilter as invalid:
            return _error(400, "BadRequest", str(invalid))

    return System(
        name="businesscentral",
        method="GET",
        path="/businesscentral/v2.0/{environment}/api/v2.0/companies({company})/customers",
        answer=answer,
        unauthorized=_unauthorized,
        throttled=_throttled,
        failed=lambda: _error(500, "Internal_ServerError", "An internal error has occurred."),
        items=_items,
        strip_id=_strip_id,
    )


def customer_id(person: Person) -> str:
    return str(uuid5(UUID(BUSINESSCENTRAL_COMPANY), str(person.number)))


def _customer(person: Person) -> dict[str, Any]:
    address = person.address
    nothing = str(UUID(int=0))
    return {
        "id": customer_id(person),
        "number": f"C{person.number:05d}",
        "displayName": person.name,
        "type": "Person" if person.first_name else "Company",
        "addressLine1": address.street or "",
        "addressLine2": address.street2 or "",
        "city": address.city or "",
        "state": "",
        "country": address.country_code or "",
        "postalCode": address.postal_code or "",
        "phoneNumber": person.phone or "",
        "email": person.email or "",
        "website": "",
        "salespersonCode": "",
        "balanceDue": 0,
        "creditLimit": 0,
        "taxLiable": False,
        "taxAreaId": nothing,
        "taxAreaDisplayName": "",
        "taxRegistrationNumber": "",
        "currencyId": nothing,
        "currencyCode": person.currency,
        "paymentTermsId": nothing,
        "shipmentMethodId": nothing,
        "paymentMethodId": nothing,
        "blocked": "_x0020_",
        "lastModifiedDateTime": person.updated_at.isoformat().replace("+00:00", "Z"),
    }


def _financial_detail(person: Person) -> dict[str, Any]:
    """A balance here is what the customer owes: what they have to spend is below zero."""
    minor = person.balances_minor.get(person.currency, 0)
    return {
        "id": customer_id(person),
        "number": f"C{person.number:05d}",
        "balance": major(-minor, person.currency),
        "totalSalesExcludingTax": major(person.spent_minor, person.currency),
        "overdueAmount": 0,
    }


def _found(options: Mapping[str, str], pairs: list[_Pair]) -> list[_Pair]:
    if unknown := {name for name in options if name.startswith("$")} - _OPTIONS:
        raise InvalidFilter(f"The query parameter '{min(unknown)}' is not supported.")
    sample = pairs[0][0]
    found = pairs
    if text := options.get("$filter"):
        condition = parse_filter(text, sample)
        found = [pair for pair in found if condition.holds(pair[0])]
    if order := options.get("$orderby"):
        name, _, direction = order.strip().partition(" ")
        _check_names([name], sample)
        found = sorted(found, key=lambda pair: pair[0][name], reverse=direction == "desc")
    return found


def _entity(customer: Row, detail: Row, options: Mapping[str, str]) -> Item:
    names = _names(options.get("$select")) or list(customer)
    expanded = _names(options.get("$expand"))
    _check_names(names, customer)
    _check_names(expanded, {_FINANCIAL: None})
    entity: Item = {"@odata.etag": f'W/"{customer["id"]}"'}
    entity.update((name, customer[name]) for name in names)
    return {**entity, **({_FINANCIAL: dict(detail)} if expanded else {})}


def _names(option: str | None) -> list[str]:
    return [name.strip() for name in option.split(",")] if option else []


def _check_names(names: list[str], known: Row) -> None:
    for name in names:
        if name not in known:
            raise InvalidFilter(
                f"Could not find a property named '{name}' on type 'Microsoft.NAV.customer'."
            )


def _count(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise InvalidFilter(
            f"Invalid value '{text}' for {name} query option found. "
            f"The {name} query option requires a non-negative integer value."
        )
    return int(text)


def _page(request: Request, found: list[_Pair]) -> Response:
    options = request.query_params
    root = str(request.base_url).rstrip("/") + request.url.path.rpartition("/companies(")[0]
    context = f"{root}/$metadata#companies({BUSINESSCENTRAL_COMPANY})/customers"
    body: dict[str, Any] = {"@odata.context": context}
    if options.get("$count") == "true":
        body["@odata.count"] = len(found)
    first = _count(options, "$skip", 0)
    rows = found[first : first + _count(options, "$top", _MAX_PAGE)]
    return _odata({**body, "value": [_entity(*row, options) for row in rows]})


def _items(document: Any) -> Iterator[Item]:
    yield from document["value"]


def _strip_id(item: Item) -> None:
    for name in ("id", "number"):
        item.pop(name, None)


def _odata(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    media_type = "application/json; odata.metadata=minimal; odata.streaming=true"
    return JSONResponse(body, status, {"OData-Version": "4.0", **(headers or {})}, media_type)


def _error(status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    message = f"{text}  CorrelationId:  {uuid4()}."
    return _odata({"error": {"code": code, "message": message}}, status, headers)


def _unauthorized() -> Response:
    login = "https://login.microsoftonline.com/common/oauth2/authorize"
    headers = {"WWW-Authenticate": f'Bearer authorization_uri="{login}"'}
    text = "The server has rejected the client credentials."
    return _error(401, "Authentication_InvalidCredentials", text, headers)


def _throttled() -> Response:
    """Microsoft documents the status only: neither a body's code nor `Retry-After`."""
    return _error(429, "Unknown", "Too many requests.")
