"""Sales as HTTP: what their operations declare, and how a POS's own requests are read."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.sale_formats.reading import Format
from tillbridge.domain.sale_formats.shopify import TOPICS
from tillbridge.entrypoint.api import Answer
from tillbridge.entrypoint.requests import document_in
from tillbridge.errors import (
    InvalidRequest,
    RecordsUnavailable,
    RecordUnusable,
    RequestTooLarge,
    RouteNotFound,
    SecretUnavailable,
    Unauthorized,
)
from tillbridge.services.take_sales import Sender, Taken

# Sales come with every word and picture that a POS has of them.
_MAX_BODY_BYTES = 1024 * 1024
# A till that was offline for days; more would outlast the request.
MAX_EXPORTED_SALES = 1_000
_TOPIC = "x-shopify-topic"
_DELIVERY = "x-shopify-webhook-id"


class SalesAccepted(BaseModel):
    """The sale is stored and will be counted, once, however often it is sent."""

    accepted: int = Field(description="How many reports were stored: one.")


SALES: dict[str, Any] = {
    "scope": Scope.EARN,
    "status": 202,
    "answer": SalesAccepted,
    "max_body_bytes": _MAX_BODY_BYTES,
}
_DOCUMENTS: dict[str, Any] = {**SALES, "status": 204, "answer": None, "takes_raw": True}
KACHING: dict[str, Any] = {**_DOCUMENTS, "deadline_s": 4.5}
SHOPIFY: dict[str, Any] = {
    **_DOCUMENTS,
    "scope": None,
    "reads_headers": {
        "X-Shopify-Hmac-Sha256": "The signature: base64 of the HMAC-SHA256 of the body's bytes.",
        "X-Shopify-Shop-Domain": "The shop, which is a merchant's.",
        "X-Shopify-Topic": "What it is about, as the path says.",
    },
    "errors": (
        Unauthorized,
        RouteNotFound,
        RecordUnusable,
        SecretUnavailable,
        RecordsUnavailable,
    ),
}


def sender_of(caller: Caller) -> Sender:
    return Sender(caller.tenant_id, caller.principal)


def accepted(taken: Taken) -> Answer:
    return Answer(SalesAccepted(accepted=taken.reports).model_dump())


def exported_sales(body: bytes) -> list[Any]:
    """The sales of Ka-ching's export, each under its id. Raises `InvalidRequest`, and
    `RequestTooLarge` for more than `MAX_EXPORTED_SALES`."""
    document = document_in(body, exact=True)
    if not isinstance(document, dict):
        raise InvalidRequest("the body is not an object with a member per sale", field="body")
    if len(document) > MAX_EXPORTED_SALES:
        raise RequestTooLarge(f"send at most {MAX_EXPORTED_SALES} sales at once")
    return list(document.values())


def shopify_document(topic: str, headers: Mapping[str, str], body: bytes) -> tuple[Format, Any]:
    """A webhook's payload, and what it is. Raises `RouteNotFound` for a topic that is not taken,
    and `InvalidRequest` when the path says another one than Shopify does."""
    if topic not in TOPICS:
        raise RouteNotFound(f"topics are {', '.join(TOPICS)}")
    if headers.get(_TOPIC, "").replace("/", "-") != topic:
        raise InvalidRequest(f"X-Shopify-Topic is not the path's {topic}", field="X-Shopify-Topic")
    return TOPICS[topic], document_in(body, exact=True)


def delivery_id(headers: Mapping[str, str]) -> str:
    return headers.get(_DELIVERY, "")[:128]
