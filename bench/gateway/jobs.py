"""The jobs that every variant does: the same event, to the same answer. Standard library alone,
since peers run in an environment of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
TENANT = "bench-shop"
TENANTS_TABLE = "tenants"
LEDGER_TABLE = "ledger"
SECRETS_PREFIX = "tillbridge/bench"
PSEUDONYM_KEY = "0123456789abcdef" * 4
SECRET = "bench-token"  # noqa: S105  it opens nothing
CUSTOMER = "C-10001"
POINTS = 100


def other_tenant(number: int) -> str:
    return f"other-shop-{number}"


@dataclass(frozen=True, slots=True)
class Job:
    """`calls` are counted under callgrind, after as many warm-ups as it takes to be warm. `masked`
    are members of the answer that differ from call to call, or are the app's alone
    (`floors/evaluation.py`). `is_numbered`: each call is of a sale
    of its own."""

    name: str
    event: Event
    calls: int = 40
    masked: tuple[str, ...] = ()
    is_numbered: bool = False

    def event_of(self, number: int) -> Event:
        """The event of one call."""
        event = dict(self.event)
        if self.is_numbered:
            key = f"bench-key-{number:016}"
            event["headers"] = {**event["headers"], "Idempotency-Key": key}
            event["multiValueHeaders"] = {n: [v] for n, v in event["headers"].items()}
            event["body"] = json.dumps({**json.loads(event["body"]), "sale_ref": f"sale-{number}"})
        return event

    def of_another(self, number: int) -> Event:
        """The same of another tenant's."""
        event = self.event_of(number)
        caller = event["requestContext"]["authorizer"] | {"tenant_id": other_tenant(number)}
        return event | {"requestContext": event["requestContext"] | {"authorizer": caller}}

    def outcome(self, response: Mapping[str, Any]) -> Any:
        """What must be the same of every variant's answer: status and JSON."""
        body = json.loads(response["body"])
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in self.masked}
        return {"status": response["statusCode"], "body": body}


def _event(method: str, path: str, query: dict[str, str] | None, body: Any) -> Event:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Authorization": f"Bearer tb_{TENANT}_5ca1ab1e_{'0123456789abcdef' * 4}",
        "Content-Type": "application/json",
        "Host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
        "User-Agent": "KachingPOS/5.2 (iPad; iPadOS 18.1)",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {n: [v] for n, v in query.items()},
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": f"/dev{path}",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "dev",
            "requestId": "7f3c5a1e-4b7d-4c7e-9a55-000000000026",
            "requestTimeEpoch": 1_795_251_600_000,
            "identity": {"sourceIp": "203.0.113.7", "userAgent": headers["User-Agent"]},
            "apiId": "a1b2c3d4e5",
            "authorizer": {
                "principalId": f"{TENANT}/pos",
                "tenant_id": TENANT,
                "principal": "pos",
                "scopes": "discount lookup redeem",
                "channel": "pos",
            },
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def _lookup(term: str) -> Event:
    return _event("GET", "/v1/customers", {"search_term": term, "currency_code": "DKK"}, None)


def _screen() -> Event:
    event = _event("GET", f"/v1/customers/{CUSTOMER}", {"currency_code": "DKK"}, None)
    resource = "/v1/customers/{customer_id}"
    event["requestContext"] |= {"resourcePath": resource}
    return event | {"resource": resource, "pathParameters": {"customer_id": CUSTOMER}}


# A basket of ten lines; the campaigns are those of the demo tenant.
_SALE = {
    "basket": {
        "currency": "DKK",
        "lines": [
            {
                "id": str(number),
                "product_id": f"product-{number}",
                "tags": ["socks"] if number % 2 else ["tents"],
                "unit_price_minor": 8_900 + number,
                "quantity": 3,
            }
            for number in range(10)
        ],
    },
    "customer": {"id": CUSTOMER, "tier": "gold"},
}
_REDEMPTION = {
    "customer_id": CUSTOMER,
    "points": POINTS,
    "store_id": "shop-1",
    "sale_ref": "",
}

JOBS = {
    job.name: job
    for job in (
        Job("lookup", _lookup("jane")),
        Job("lookup 50", _lookup("everybody"), calls=8),
        Job(
            "redemption",
            _event("POST", "/v1/redemptions", None, _REDEMPTION),
            masked=("created_at", "held_until"),
            is_numbered=True,
        ),
        Job(
            "evaluation",
            _event("POST", "/v1/discounts/evaluations", None, _SALE),
            calls=8,
            masked=("receipt", "campaigns", "optimal", "consumes", "limitations"),
        ),
        Job("panel", _screen(), calls=8),
    )
}

# The demo's own names, so that the mapping is one of plain paths and no identity.
FIELDS = {
    "identifier": "id",
    "name": "full_name",
    "street": "address.street",
    "city": "address.city",
    "postal_code": "address.zip",
    "country_code": "address.country",
    "phone": "phone",
    "email": "email",
    "balance": {"identifier": "account.no", "balance": "account.amount"},
}


_PURCHASE = {
    "date": "created",
    "total": {"amount": "amount", "currency_code": "currency"},
    "reference": "no",
    "item_count": "items",
}


def records(crm: str) -> dict[str, dict[str, Any]]:
    """The tenant's records for its CRM at that origin, by operation."""
    question = {"q": "{search_term}", "currency": "{currency_code?}"}
    one = {"q": "jane", "id": "{customer_id}"}
    return {
        "customer_lookup": _record(crm, question, FIELDS),
        "customer_details": _record(crm, one, FIELDS),
        "purchase_history": _record(crm, one | {"q": "orders"}, _PURCHASE),
    }


def _record(crm: str, query: dict[str, str], fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "request": {
            "method": "GET",
            "url": f"{crm}/contacts",
            "query": query,
            "headers": {"Accept": "application/json"},
        },
        "auth": {"kind": "bearer", "secret": "crm-token"},
        "response": {"items": "data.results", "fields": fields},
    }


def journal_entry(number: int, order: str) -> dict[str, Any]:
    """What the ledger keeps of points that were earned."""
    return {
        "kind": "earn",
        "delta": 10,
        "at": f"2026-01-01T00:00:00.{number:06}Z",
        "actor": "pos",
        "store_id": "shop-1",
        "order_ref": order,
    }


def orders(count: int) -> dict[str, Any]:
    """What the CRM answers of a customer's purchases, the oldest first."""
    results = [
        {
            "no": f"O-{n}",
            "created": f"2026-0{1 + n % 9}-15T12:00:00Z",
            "amount": 200.25 + n,
            "currency": "DKK",
            "items": 1 + n,
        }
        for n in range(count)
    ]
    return {"data": {"results": results, "paging": {"next": None}}}


def contacts(count: int) -> dict[str, Any]:
    """What the CRM answers to a search."""
    results = [
        {
            "id": f"C-{10_001 + n}",
            "full_name": "Jane Doe",
            "address": {
                "street": f"Strandvejen {n}",
                "city": "Aarhus",
                "zip": "8000",
                "country": "DK",
            },
            "phone": f"+45 20 12 34 {n:02}",
            "email": f"jane.{n}@example.com",
            "account": {"no": f"A-{n}", "amount": 12.5 + n},
            "segments": ["vip", "newsletter"],
            "created": "2019-04-01T12:00:00Z",
        }
        for n in range(count)
    ]
    return {"data": {"results": results, "paging": {"next": None}}}
