"""A sale as a till reports it once it is over, and what comes back of it: what points are earned by
and taken back for, whatever the POS that it comes from."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class LineKind(StrEnum):
    """What a line sells. A gift card is money for later, a deposit comes back with the bottle, and
    `other` is what a till books as lines without selling anything: expenses, payments into an
    account."""

    GOODS = "goods"
    GIFT_CARD = "gift_card"
    SHIPPING = "shipping"
    DEPOSIT = "deposit"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SaleLine:
    """`amount_minor` is what is paid for the whole line, after all discounts and with tax, of which
    `tax_minor` is the tax. Both are the currency's minor units, and neither is negative, on a
    return's line as little as on a sale's."""

    line_id: str
    quantity: Decimal
    amount_minor: int
    tax_minor: int = 0
    product_id: str | None = None
    variant_id: str | None = None
    category: str | None = None
    tags: frozenset[str] = frozenset()
    kind: LineKind = LineKind.GOODS


@dataclass(frozen=True, slots=True)
class Sale:
    """`store_id` and `sale_ref` are what the till calls it: points are held for it under these.
    `at_s` is when it was paid, in Unix seconds. `gift_card_paid_minor` is what of it was paid with
    money that had been paid before. Of a voided sale nothing is left."""

    sale_ref: str
    store_id: str
    customer_id: str | None
    currency: str
    at_s: int
    lines: tuple[SaleLine, ...]
    gift_card_paid_minor: int = 0
    is_voided: bool = False


@dataclass(frozen=True, slots=True)
class Return:
    """Lines of a sale that came back. `return_ref` names it among the sale's returns. A line with
    the `line_id` of one that was sold is that one's; `quantity` and `amount_minor` are what came
    back and what was paid out for it. Where only money came back, the quantity is 0."""

    store_id: str
    sale_ref: str
    return_ref: str
    customer_id: str | None
    currency: str
    at_s: int
    lines: tuple[SaleLine, ...]
