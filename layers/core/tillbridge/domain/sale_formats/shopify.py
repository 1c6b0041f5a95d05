"""Shopify's webhooks about orders, by topic: `orders/paid`, `orders/cancelled`, `refunds/create`.

An order is named by its id, which is what its refunds say; what the till called the sale, and held
points for, stands in the cart's attributes, when the order is a till's.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from tillbridge.domain.sale import LineKind, Return, Sale, SaleLine
from tillbridge.domain.sale_formats.reading import (
    Amount,
    CurrencyCode,
    Format,
    Instant,
    Part,
    Ref,
    ReportUnreadable,
    added_up,
    minor,
    read_as,
)
from tillbridge.domain.sale_report import MAX_LINES, SaleReport

# What the till writes on the cart before it holds points: the names that it holds them under.
SALE_REF_ATTRIBUTE = "tillbridge_sale_ref"
STORE_ID_ATTRIBUTE = "tillbridge_store_id"
# Of an order that Shopify's own POS has made: an app can say `source_name`, but not this one.
_OF_A_TILL = "pos"


class _Allocation(Part):
    amount: Amount


class _Tax(Part):
    price: Amount


class _Line(Part):
    id: Ref
    product_id: Ref | None = None
    variant_id: Ref | None = None
    quantity: Annotated[int, Field(ge=0)] = 1
    price: Amount
    gift_card: bool = False
    discount_allocations: tuple[_Allocation, ...] = ()
    tax_lines: tuple[_Tax, ...] = ()


class _Shipping(Part):
    id: Ref
    price: Amount
    discount_allocations: tuple[_Allocation, ...] = ()
    tax_lines: tuple[_Tax, ...] = ()


class _Customer(Part):
    id: Ref


class _Attribute(Part):
    """One of ours: others are whatever a buyer has written, such as greetings and addresses."""

    name: str
    value: Any = None

    @classmethod
    def is_read(cls, content: Any) -> bool:
        name = content.get("name") if isinstance(content, Mapping) else None
        return name in (SALE_REF_ATTRIBUTE, STORE_ID_ATTRIBUTE)


class Order(Part):
    id: Ref
    customer: _Customer | None = None
    currency: CurrencyCode
    created_at: Instant
    processed_at: Instant | None = None
    updated_at: Instant
    test: bool = False
    source_name: str | None = None
    taxes_included: bool = False
    line_items: Annotated[tuple[_Line, ...], Field(max_length=MAX_LINES)] = ()
    shipping_lines: Annotated[tuple[_Shipping, ...], Field(max_length=MAX_LINES)] = ()
    note_attributes: tuple[_Attribute, ...] = ()
    payment_gateway_names: tuple[str, ...] = ()


class _Money(Part):
    amount: Amount
    currency_code: CurrencyCode


class _InShop(Part):
    """An amount in the shop's currency, and in the customer's, which is not read."""

    shop_money: _Money


class _RefundedLine(Part):
    line_item_id: Ref
    quantity: Annotated[int, Field(ge=0)]
    subtotal_set: _InShop


class _Adjustment(Part):
    kind: str = ""
    amount_set: _InShop


class Refund(Part):
    id: Ref
    order_id: Ref
    created_at: Instant
    refund_line_items: Annotated[tuple[_RefundedLine, ...], Field(max_length=MAX_LINES)] = ()
    order_adjustments: Annotated[tuple[_Adjustment, ...], Field(max_length=MAX_LINES)] = ()


class _TillsNames(Part):
    """What the till has called the sale."""

    sale_ref: Ref = Field(alias=SALE_REF_ATTRIBUTE)
    store_id: Ref | None = Field(default=None, alias=STORE_ID_ATTRIBUTE)


def paid(shop: str, content: Any, _received_ms: int) -> tuple[SaleReport, ...]:
    return _order_reports(shop, read_as(Order, content), is_voided=False)


def cancelled(shop: str, content: Any, _received_ms: int) -> tuple[SaleReport, ...]:
    return _order_reports(shop, read_as(Order, content), is_voided=True)


def refunded(shop: str, content: Any, _received_ms: int) -> tuple[SaleReport, ...]:
    """Goods by their quantity. Money that came back without goods is a discrepancy below zero."""
    refund = read_as(Refund, content)
    lines = [
        _line_back(line.line_item_id, Decimal(line.quantity), line.subtotal_set.shop_money)
        for line in refund.refund_line_items
    ]
    lines += [
        _line_back("", Decimal(0), adjustment.amount_set.shop_money)
        for adjustment in refund.order_adjustments
        if adjustment.kind == "refund_discrepancy" and adjustment.amount_set.shop_money.amount < 0
    ]
    if not lines:
        return ()
    at_s = int(refund.created_at.timestamp())
    currencies = [
        part.shop_money.currency_code
        for part in (
            *(line.subtotal_set for line in refund.refund_line_items),
            *(adjustment.amount_set for adjustment in refund.order_adjustments),
        )
    ]
    what = Return(shop, refund.order_id, refund.id, None, currencies[0], at_s, tuple(lines))
    return (SaleReport(_scope(shop), refund.order_id, at_s, what),)


# By topic as one segment of a path: API Gateway would take the slash for another one.
TOPICS = {
    "orders-paid": Format("shopify/orders-paid", Order, paid),
    "orders-cancelled": Format("shopify/orders-cancelled", Order, cancelled),
    "refunds-create": Format("shopify/refunds-create", Refund, refunded),
}


def _scope(shop: str) -> str:
    return f"shopify:{shop}"


def _order_reports(shop: str, order: Order, *, is_voided: bool) -> tuple[SaleReport, ...]:
    """Of an order that is a test of the shop's, nothing."""
    if order.test:
        return ()
    lines = _lines(order)
    store_id, sale_ref = _names(shop, order)
    at = order.processed_at or order.created_at
    only_gift_cards = set(order.payment_gateway_names) == {"gift_card"}
    sale = Sale(
        sale_ref,
        store_id,
        None if order.customer is None else order.customer.id,
        order.currency,
        int(at.timestamp()),
        lines,
        sum(line.amount_minor for line in lines) if only_gift_cards else 0,
        is_voided=is_voided,
    )
    revision = int(order.updated_at.timestamp())
    report = SaleReport(_scope(shop), order.id, revision, sale, customer_by_shopify_id=True)
    return (report,)


def _names(shop: str, order: Order) -> tuple[str, str]:
    """Shop and sale as the till has called them; the domain and the order's id where it has not, or
    not so that points could be held. Anybody can write attributes on a cart of the web shop: they
    would name another's sale."""
    if order.source_name != _OF_A_TILL:
        return shop, order.id
    attributes = {attribute.name: attribute.value for attribute in order.note_attributes}
    try:
        names = read_as(_TillsNames, attributes)
    except ReportUnreadable:
        return shop, order.id
    return names.store_id or shop, names.sale_ref


def _lines(order: Order) -> tuple[SaleLine, ...]:
    goods = (_line(order, line, Decimal(line.quantity), _kind(line)) for line in order.line_items)
    shipping = (_line(order, line, Decimal(1), LineKind.SHIPPING) for line in order.shipping_lines)
    return (*goods, *shipping)


def _kind(line: _Line) -> LineKind:
    return LineKind.GIFT_CARD if line.gift_card else LineKind.GOODS


def _line(order: Order, line: "_Line | _Shipping", quantity: Decimal, kind: LineKind) -> SaleLine:
    off = added_up(allocation.amount for allocation in line.discount_allocations)
    tax = added_up(tax.price for tax in line.tax_lines)
    paid = line.price * quantity - off + (0 if order.taxes_included else tax)
    return SaleLine(
        line.id,
        quantity,
        max(0, minor(paid, order.currency)),
        minor(tax, order.currency),
        line.product_id if isinstance(line, _Line) else None,
        line.variant_id if isinstance(line, _Line) else None,
        kind=kind,
    )


def _line_back(line_id: str, quantity: Decimal, amount: _Money) -> SaleLine:
    return SaleLine(line_id, quantity, minor(abs(amount.amount), amount.currency_code))
