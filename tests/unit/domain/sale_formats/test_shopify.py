"""Shopify's order and refund webhooks, in the shape of its documentation's examples."""

from decimal import Decimal
from typing import Any

import pytest

from tillbridge.domain.sale import LineKind, Return, Sale, SaleLine
from tillbridge.domain.sale_formats.reading import ReportUnreadable, only_what_is_read
from tillbridge.domain.sale_formats.shopify import TOPICS
from tillbridge.domain.sale_report import SaleReport

SHOP = "acme.myshopify.com"
# 2026-11-25, 10:00 UTC.
AT_S = 1_795_600_800
LINE = {
    "id": 866550311766439020,
    "product_id": 632910392,
    "variant_id": 808950810,
    "title": "IPod Nano",
    "quantity": 2,
    "price": "100.00",
    "gift_card": False,
    "discount_allocations": [{"amount": "20.00"}, {"amount": "5.50"}],
    "tax_lines": [{"price": "34.90", "rate": 0.25}],
}
SHIPPING = {"id": 271878346596884015, "price": "10.00", "tax_lines": [{"price": "2.00"}]}
GOODS = SaleLine("866550311766439020", Decimal(2), 17_450, 3_490, "632910392", "808950810")
CARRIED = SaleLine("271878346596884015", Decimal(1), 1_000, 200, kind=LineKind.SHIPPING)


def an_order(**changes: Any) -> dict[str, Any]:
    order = {
        "id": 820982911946154508,
        "email": "jane@example.com",
        "currency": "DKK",
        "created_at": "2026-11-25T04:59:00-05:00",
        "processed_at": "2026-11-25T05:00:00-05:00",
        "updated_at": "2026-11-25T05:00:10-05:00",
        "taxes_included": True,
        "test": False,
        "customer": {"id": 115310627314723954, "first_name": "Jane"},
        "line_items": [LINE],
        "shipping_lines": [SHIPPING],
        "note_attributes": [],
        "payment_gateway_names": ["visa"],
    }
    return {**order, **changes}


def a_refund(**changes: Any) -> dict[str, Any]:
    refund = {
        "id": 890088186047892319,
        "order_id": 820982911946154508,
        "created_at": "2026-11-25T05:00:00-05:00",
        "refund_line_items": [
            {
                "line_item_id": 866550311766439020,
                "quantity": 1,
                "subtotal": "87.25",
                "subtotal_set": {"shop_money": {"amount": "87.25", "currency_code": "DKK"}},
            }
        ],
        "order_adjustments": [],
    }
    return {**refund, **changes}


def adjusted(kind: str, amount: str) -> dict[str, Any]:
    money = {"shop_money": {"amount": amount, "currency_code": "DKK"}}
    return {"id": 1, "kind": kind, "amount": amount, "amount_set": money}


def reports(topic: str, document: Any) -> tuple[SaleReport, ...]:
    return TOPICS[topic].reports(SHOP, document, 0)


def sale_of(document: Any, topic: str = "orders-paid") -> Sale:
    (report,) = reports(topic, document)
    assert isinstance(report.what, Sale)
    return report.what


def test_a_paid_order_is_a_sale_at_what_was_paid() -> None:
    (report,) = reports("orders-paid", an_order())
    assert report == SaleReport(
        f"shopify:{SHOP}",
        "820982911946154508",
        AT_S + 10,
        Sale(
            "820982911946154508",
            SHOP,
            "115310627314723954",
            "DKK",
            AT_S,
            (GOODS, CARRIED),
        ),
        customer_by_shopify_id=True,
    )


def test_tax_that_is_not_in_the_price_is_added() -> None:
    line, shipping = sale_of(an_order(taxes_included=False)).lines
    assert (line.amount_minor, line.tax_minor) == (20_940, 3_490)
    assert shipping.amount_minor == 1_200


def test_a_gift_card_is_no_goods() -> None:
    line, _ = sale_of(an_order(line_items=[{**LINE, "gift_card": True}])).lines
    assert line.kind is LineKind.GIFT_CARD


def test_what_was_paid_with_gift_cards_alone_is_said() -> None:
    assert sale_of(an_order(payment_gateway_names=["gift_card"])).gift_card_paid_minor == 18_450
    both = an_order(payment_gateway_names=["gift_card", "visa"])
    assert sale_of(both).gift_card_paid_minor == 0


TILLS_NAMES = [
    {"name": "tillbridge_store_id", "value": "aarhus"},
    {"name": "tillbridge_sale_ref", "value": "cart-7"},
    {"name": "gift", "value": None},
]


def test_a_sale_has_the_names_under_which_the_till_held_points() -> None:
    (report,) = reports("orders-paid", an_order(source_name="pos", note_attributes=TILLS_NAMES))
    assert isinstance(report.what, Sale)
    assert (report.what.store_id, report.what.sale_ref) == ("aarhus", "cart-7")
    assert report.ref == "820982911946154508"


@pytest.mark.parametrize("topic", ["orders-paid", "orders-cancelled"])
@pytest.mark.parametrize("source", [{}, *({"source_name": name} for name in (None, "web", "POS"))])
def test_an_order_that_is_no_tills_names_no_sale_of_a_till(topic: str, source: Any) -> None:
    sale = sale_of(an_order(note_attributes=TILLS_NAMES, **source), topic)
    assert (sale.store_id, sale.sale_ref) == (SHOP, "820982911946154508")


def test_names_under_which_no_points_can_be_held_are_none() -> None:
    attributes = [{"name": "tillbridge_sale_ref", "value": "x" * 500}]
    order = an_order(source_name="pos", note_attributes=attributes)
    assert sale_of(order).sale_ref == "820982911946154508"


def test_a_guest_is_no_customer() -> None:
    assert sale_of(an_order(customer=None)).customer_id is None


def test_a_test_order_says_nothing() -> None:
    assert reports("orders-paid", an_order(test=True)) == ()


def test_a_cancelled_order_is_void() -> None:
    (report,) = reports("orders-cancelled", an_order())
    assert isinstance(report.what, Sale)
    assert (report.what.is_voided, report.customer_by_shopify_id) == (True, True)


def test_a_refund_is_a_return_of_the_order_by_quantity() -> None:
    (report,) = reports("refunds-create", a_refund())
    back = SaleLine("866550311766439020", Decimal(1), 8_725)
    what = Return(SHOP, "820982911946154508", "890088186047892319", None, "DKK", AT_S, (back,))
    assert report == SaleReport(f"shopify:{SHOP}", "820982911946154508", AT_S, what)


def test_money_that_came_back_without_goods_is_a_return_by_amount() -> None:
    document = a_refund(
        refund_line_items=[], order_adjustments=[adjusted("refund_discrepancy", "-25.00")]
    )
    (report,) = reports("refunds-create", document)
    assert report.what.lines == (SaleLine("", Decimal(0), 2_500),)


@pytest.mark.parametrize(
    "adjustment", [adjusted("refund_discrepancy", "25.00"), adjusted("shipping_refund", "-10.00")]
)
def test_money_that_was_kept_and_shipping_take_nothing_back(adjustment: Any) -> None:
    document = a_refund(refund_line_items=[], order_adjustments=[adjustment])
    assert reports("refunds-create", document) == ()


@pytest.mark.parametrize("topic", TOPICS)
def test_what_cannot_be_read_is_said_with_its_place(topic: str) -> None:
    with pytest.raises(ReportUnreadable, match=r"^id: "):
        reports(topic, {})


def test_what_is_kept_of_the_unreadable_holds_nobodys_name() -> None:
    greeting = {"name": "Gift message", "value": "Happy birthday Jane"}
    order = an_order(note_attributes=[greeting, *TILLS_NAMES, "Jane", {"value": "Jane"}])
    kept = only_what_is_read(TOPICS["orders-paid"].model, order)
    assert not {"Jane", "jane@example.com"} & set(str(kept).split("'"))
    assert kept["note_attributes"] == TILLS_NAMES[:2]
    assert kept["customer"] == {"id": 115310627314723954}
