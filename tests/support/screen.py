"""A merchant whose customers have a screen: a system with details and purchases, tiers and rewards,
behind the gateway in one process."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.aws import put
from tests.support.gateway import Gateway, GatewayAnswer, a_gateway
from tillbridge.domain.customer_ref import to_segment
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer

ORIGIN = "https://crm.example.com"
CUSTOMER = "crm/8841%1"
JANE = {
    "identifier": CUSTOMER,
    "name": "Jane Doe",
    "email": "jane@example.com",
    "phone": "+45 20 12 34 56",
    "order_count": "17",
    "total_spent": {"amount": 12500.5, "currency_code": "DKK"},
    "balance": {"balance": 25},
    "badges": ["Invoice customer"],
    "preferences": {"language": "da", "size": None},
    "communication": [{"channel": "email", "state": "given", "at": "2026-01-02", "by": "web"}],
    "internal_note": "pays late",
}
PURCHASES = [
    {
        "date": "2026-09-28",
        "total": {"amount": "100.00", "currency_code": "DKK"},
        "categories": ["socks"],
    },
    {
        "date": "2026-09-29T23:30:00Z",
        "total": {"amount": "449.00", "currency_code": "DKK"},
        "item_count": 3,
        "categories": ["boots", "socks"],
        "reference": "#1007",
    },
]
PROGRAMME = {
    "tiers": {
        "window_months": 12,
        "levels": [
            {"code": "silver", "label": "Silver", "points": 0},
            {
                "code": "gold",
                "label": "Gold",
                "points": 1_000,
                "badge": "VIP customer - expedited service",
            },
        ],
    }
}
REWARDS = (
    {"id": "r100", "points": 100, "gain": {"kind": "amount_off", "amount": {"DKK": 500}}},
    {"id": "r5000", "points": 5_000, "gain": {"kind": "percentage", "basis_points": 1_000}},
)
PROFILE = {
    "name": "Acme",
    "currency": "DKK",
    "time_zone": "Europe/Copenhagen",
    "preferences": ["language", "size"],
    "data_notice": "Read from Acme CRM; nothing is stored in the till.",
}
READING: dict[str, dict[str, Any]] = {
    "customer_details": {"url": f"{ORIGIN}/customers/{{customer_id}}"},
    "purchase_history": {"url": f"{ORIGIN}/customers/{{customer_id}}/orders"},
}
CHANGING: dict[str, dict[str, Any]] = {
    "profile_update": {
        "method": "PATCH",
        "url": f"{ORIGIN}/customers/{{customer_id}}/profile",
        "body": {"preferences": "{preferences?}", "communication": "{communication?}"},
    },
    "service_request": {
        "method": "POST",
        "url": f"{ORIGIN}/tickets",
        "body": {"for": "{customer_id}", "subject": "{subject}", "text": "{text}"},
    },
}

Answer = UpstreamAnswer | Exception
_merchants = count(1)


def a_screen_record(operation: str, **changes: Any) -> dict[str, Any]:
    request = {**READING, **CHANGING}[operation]
    return {"operation": operation, "system": "Acme CRM", "request": {**request, **changes}}


def said(body: Any, status: int = 200) -> UpstreamAnswer:
    return UpstreamAnswer(status, {}, b"" if body is None else json.dumps(body).encode())


@dataclass
class ScreenShop:
    """`answers` are the system's by the last word of the path asked; an exception is raised."""

    gateway: Gateway
    tenant_id: str = "acme"
    token: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def respond(self, request: OutboundRequest) -> UpstreamAnswer:
        answer = self.answers[urlsplit(request.url).path.rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def open(
        self,
        *operations: str,
        profile: Mapping[str, Any] | None = None,
        programme: Mapping[str, Any] | None = PROGRAMME,
        **more: Any,
    ) -> str:
        """The merchant live with these operations, and a till's token."""
        records = [a_screen_record(operation) for operation in operations]
        self.token = self.gateway.add_tenant(
            self.tenant_id,
            *records,
            profile={**PROFILE, **(profile or {})},
            programme=programme,
            **more,
        )
        for reward in REWARDS if programme is not None else ():
            self.put(f"REWARD#{reward['id']}", reward)
        return self.token

    def put(self, name: str, content: Mapping[str, Any]) -> None:
        """Another record of the merchant's, live."""
        put(self.gateway.table, f"LIVE#{self.tenant_id}#", name, **content)

    def call(
        self, method: str, rest: str = "", customer_id: str = CUSTOMER, **sent: Any
    ) -> GatewayAnswer:
        path = f"/v1/customers/{to_segment(customer_id)}{rest}"
        if method != "GET" and "headers" not in sent:
            sent["headers"] = {"Idempotency-Key": self.new_key()}
        return self.gateway.call(method, path, self.token, **sent)

    def screen(self, customer_id: str = CUSTOMER, **query: str) -> Any:
        answer = self.call("GET", customer_id=customer_id, query=query)
        assert answer.status == 200, answer.text
        return answer.json()

    def earn(self, points: int, customer_id: str = CUSTOMER) -> None:
        number = next(self._numbers)
        body = {"points": points, "store_id": "shop", "order_ref": f"order-{number}"}
        answer = self.call("POST", "/points/accruals", customer_id, body=body)
        assert answer.status == 201, answer.text

    def new_key(self) -> str:
        return f"key-of-a-tills-{next(self._numbers):04}"


@contextmanager
def a_screen_gateway() -> Iterator[Gateway]:
    """A gateway for shops, one after another: no test begins it for itself alone."""
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        a_gateway(monkeypatch, lambda _request: said(None, 404)) as gateway,
    ):
        yield gateway


def screen_shop_in(gateway: Gateway, tenant_id: str = "") -> ScreenShop:
    """A shop whose system knows Jane and her purchases, and does what it is told; a new merchant's,
    where none is named. What another has left in the gateway is gone."""
    answers: dict[str, Answer] = {
        "crm%2F8841%251": said(JANE),
        "orders": said(PURCHASES),
        "profile": said(None, 204),
        "tickets": said({"reference": "T-1"}, 201),
    }
    shop = ScreenShop(gateway, tenant_id or f"merchant-{next(_merchants)}", answers=answers)
    gateway.systems = shop.respond
    gateway.requests_sent.clear()
    gateway.ledger.items = {}
    gateway.clock.now_s = time.time()
    return shop


@contextmanager
def a_screen_shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScreenShop]:
    """A shop in a gateway of its own."""
    with a_gateway(monkeypatch, lambda _request: said(None, 404)) as gateway:
        yield screen_shop_in(gateway, "acme")
