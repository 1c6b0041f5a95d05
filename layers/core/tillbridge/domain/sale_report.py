"""What a POS reports of a sale, and the message as which that waits in the queue."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from tillbridge.domain.sale import Return, Sale

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class SaleReport:
    """A sale, or one of its returns. `ref` names the sale within `scope`: a POS whose returns do
    not say in which shop the sale was has one scope for all of its shops. Of two reports that
    differ the one with the higher `revision` counts, in whatever order they come.
    `customer_by_shopify_id`: its customer is named by Shopify's number, and not by the merchant's
    own identifier."""

    scope: str
    ref: str
    revision: int
    # A return has all that a sale must have, and its own name.
    what: Annotated[Return | Sale, Field(union_mode="left_to_right")]
    customer_by_shopify_id: bool = False


@dataclass(frozen=True, slots=True)
class UnreadReport:
    """What a POS sent and could not be read: kept, since it was acknowledged. `format` says what it
    should have been; `content` holds no more than a reader would look at."""

    format: str
    source: str
    content: Any
    received_ms: int


@dataclass(frozen=True, slots=True)
class SaleMessage:
    """One report, on its way from the tenant's integration `principal`. `delivery_id` names the
    POS's own delivery, for the log."""

    tenant_id: str
    principal: str
    report: SaleReport | UnreadReport
    delivery_id: str = ""

    def dump(self) -> str:
        """As ASCII: a POS may cut a text in the middle of a character, which no UTF-8 can say, and
        a queue takes only what XML could."""
        return json.dumps(_MESSAGE.dump_python(self, mode="json"))

    @classmethod
    def load(cls, text: str) -> "SaleMessage":
        """Raises `ValueError` for what no version of this program has written."""
        return _MESSAGE.validate_python(json.loads(text))


_MESSAGE = TypeAdapter(SaleMessage)
