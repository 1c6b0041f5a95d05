"""Ka-ching's sale export, as its own plug-in's model has it."""

from decimal import Decimal
from typing import Any

import pytest

from tillbridge.domain.sale import LineKind, Return, Sale, SaleLine
from tillbridge.domain.sale_formats.kaching import FORMAT
from tillbridge.domain.sale_formats.reading import ReportUnreadable, only_what_is_read

RECEIVED_MS = 1_795_608_000_123
# 2026-11-25, 10:00 UTC.
AT_S = 1_795_600_800
SOCK: dict[str, Any] = {
    "id": "sock",
    "variant_id": "sock-red",
    "line_item_id": "5f0c7f0e-1111-4222-8333-444455556666",
    "name": {"da": "Sok", "en": "Sock"},
    "product_group": "socks",
    "quantity": 2,
    "retail_price": Decimal("250"),
    "sub_total": Decimal("159.2"),
    "total": Decimal("199"),
    "total_tax_amount": Decimal("39.8"),
    "discounts": [{"amount": Decimal("51"), "discount": {"id": "d", "application": {}}}],
    "tags": ["wool"],
}
SOLD = SaleLine(
    SOCK["line_item_id"],
    Decimal(2),
    19_900,
    3_980,
    "sock",
    "sock-red",
    "socks",
    frozenset({"wool"}),
)


def an_entry(*lines: Any, summary: Any = None, **changes: Any) -> dict[str, Any]:
    entry = {
        "identifier": "sale-1",
        "base_currency_code": "DKK",
        "sequence_number": 1042,
        "voided": False,
        "payments": [{"payment_type": "card.integrated", "amount": Decimal(199), "success": True}],
        "source": {"shop_id": "aarhus", "cashier_name": "Bo", "market_id": "dk"},
        "timing": {"timestamp_string": "2026-11-25T10:00:00Z"},
        "summary": {
            "customer": {"identifier": "C-1", "name": "Jane Doe", "email": "jane@example.com"},
            "is_return": False,
            "line_items": list(lines or (SOCK,)),
            **(summary or {}),
        },
    }
    return {**entry, **changes}


def read(entry: Any) -> list[Sale | Return]:
    return [report.what for report in FORMAT.reports("", entry, RECEIVED_MS)]


def sale(*lines: SaleLine, **changes: Any) -> Sale:
    parts: dict[str, Any] = {"sale_ref": "sale-1", "store_id": "aarhus", "customer_id": "C-1"}
    return Sale(**{**parts, "currency": "DKK", "at_s": AT_S, "lines": lines, **changes})


def test_a_sale_is_what_was_paid_for_its_lines() -> None:
    assert read(an_entry()) == [sale(SOLD)]
    (report,) = FORMAT.reports("", an_entry(), RECEIVED_MS)
    assert (report.scope, report.ref, report.revision) == ("kaching", "sale-1", RECEIVED_MS)


def test_a_voided_sale_is_void() -> None:
    assert read(an_entry(voided=True)) == [sale(SOLD, is_voided=True)]


def test_a_sale_without_a_customer_has_none() -> None:
    (what,) = read(an_entry(summary={"customer": None}))
    assert what.customer_id is None


def test_a_return_is_of_the_sale_that_it_refers_to_in_whatever_shop_it_is_made() -> None:
    back = {**SOCK, "quantity": -1, "total": Decimal("-99.5"), "total_tax_amount": Decimal("-19.9")}
    entry = an_entry(
        back,
        identifier="return-9",
        source={"shop_id": "vejle"},
        summary={"is_return": True, "return_reference": "sale-1"},
    )
    (report,) = FORMAT.reports("", entry, RECEIVED_MS)
    assert (report.scope, report.ref) == ("kaching", "sale-1")
    what = report.what
    assert isinstance(what, Return)
    assert (what.return_ref, what.lines[0].quantity) == ("return-9", Decimal(1))
    assert (what.lines[0].amount_minor, what.lines[0].tax_minor) == (9_950, 1_990)


def test_a_return_may_write_its_amounts_without_a_sign() -> None:
    (what,) = read(an_entry(summary={"is_return": True, "return_reference": "sale-0"}))
    assert isinstance(what, Return)
    assert what.lines == (SOLD,)


def test_a_return_that_was_voided_brings_nothing_back() -> None:
    summary = {"is_return": True, "return_reference": "sale-0"}
    (what,) = read(an_entry(voided=True, summary=summary))
    assert what.lines == ()


def test_a_return_that_refers_to_no_sale_says_nothing() -> None:
    assert read(an_entry(summary={"is_return": True})) == []


def test_an_exchange_that_refers_to_a_sale_is_a_return_and_a_sale() -> None:
    back = {**SOCK, "line_item_id": "b", "quantity": -1, "total": Decimal("-50")}
    entry = an_entry(SOCK, back, summary={"return_reference": "sale-0"})
    returned, sold = read(entry)
    assert isinstance(returned, Return)
    assert [line.amount_minor for line in returned.lines] == [5_000]
    assert sold == sale(SOLD)


def test_goods_that_come_back_in_a_sale_are_worth_so_much_less_spending() -> None:
    back = {**SOCK, "line_item_id": "b", "quantity": -1, "total": Decimal("-99.50")}
    (what,) = read(an_entry(SOCK, back))
    (line,) = what.lines
    assert (line.amount_minor, line.tax_minor) == (9_950, 1_990)


@pytest.mark.parametrize(
    ("behavior", "kind"),
    [
        (None, LineKind.GOODS),
        ({}, LineKind.GOODS),
        ({"shipping": {}}, LineKind.SHIPPING),
        ({"giftcard_purchase": {}}, LineKind.GIFT_CARD),
        ({"voucher_purchase": {}}, LineKind.GIFT_CARD),
        ({"container_deposit": {}}, LineKind.DEPOSIT),
        ({"customer_account_deposit": {}}, LineKind.OTHER),
        ({"expense": {}}, LineKind.OTHER),
        ({"something_new": {}}, LineKind.OTHER),
    ],
)
def test_a_line_is_of_the_kind_that_its_behavior_says(behavior: Any, kind: LineKind) -> None:
    (what,) = read(an_entry({**SOCK, "behavior": behavior}))
    assert what.lines[0].kind is kind


@pytest.mark.parametrize(
    ("payment", "prepaid_minor"),
    [
        ({"payment_type": "giftcard", "amount": Decimal(50), "success": True}, 5_000),
        ({"payment_type": "voucher.paper", "amount": Decimal(50)}, 5_000),
        ({"payment_type": "customer_account", "amount": Decimal(50)}, 5_000),
        ({"payment_type": "giftcard", "amount": Decimal(50), "success": False}, 0),
        ({"payment_type": "card", "amount": Decimal(50), "success": True}, 0),
    ],
)
def test_what_was_paid_with_money_of_before_is_said(payment: Any, prepaid_minor: int) -> None:
    (what,) = read(an_entry(payments=[payment]))
    assert isinstance(what, Sale)
    assert what.gift_card_paid_minor == prepaid_minor


def test_a_gift_card_that_is_used_as_a_line_has_paid() -> None:
    used = {"total": Decimal(-30), "quantity": 1, "behavior": {"gift_card_use": {}}}
    (what,) = read(an_entry(SOCK, used))
    assert what == sale(SOLD, gift_card_paid_minor=3_000)


def test_a_time_without_a_zone_is_utc() -> None:
    (what,) = read(an_entry(timing={"timestamp_string": "2026-11-25T10:00:00"}))
    assert what.at_s == AT_S


def test_tags_may_be_an_object() -> None:
    (what,) = read(an_entry({**SOCK, "tags": {"wool": True, "sale": False}}))
    assert what.lines[0].tags == {"wool"}


def test_ids_may_be_numbers() -> None:
    (what,) = read(an_entry({**SOCK, "id": 1042}, summary={"customer": {"identifier": 77}}))
    assert (what.customer_id, what.lines[0].product_id) == ("77", "1042")


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (an_entry(base_currency_code=None), "base_currency_code"),
        (an_entry(timing={}), "timing.timestamp_string"),
        (an_entry(timing={"timestamp_string": "0001-01-01T00:00:00"}), "timing.timestamp_string"),
        (
            an_entry(timing={"timestamp_string": "9999-12-31T23:59:59-12:00"}),
            "timing.timestamp_string",
        ),
        (an_entry({**SOCK, "total": "free"}), "summary.line_items.0.total"),
        (an_entry({**SOCK, "total": Decimal("1E+400000")}), "summary.line_items.0.total"),
        ([], ""),
        ("sale", ""),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(entry: Any, place: str) -> None:
    with pytest.raises(ReportUnreadable, match=f"^{place}"):
        FORMAT.reports("", entry, RECEIVED_MS)


@pytest.mark.parametrize(
    ("total", "amount_minor"),
    [
        ("66.66666666666667", 6_667),
        ("79.80000000000001", 7_980),
        ("119.99999999999999", 12_000),
        ("3.3333333333333335", 333),
        ("0.1234567890123456", 12),
        ("1.7763568394002505E-15", 0),
        ("-3.552713678800501E-15", 0),
        ("199.00000000000000000", 19_900),
    ],
)
def test_an_amount_may_have_the_noise_of_floats(total: str, amount_minor: int) -> None:
    payment = {"payment_type": "giftcard", "amount": Decimal(total)}
    line = {**SOCK, "total": Decimal(total), "total_tax_amount": Decimal(0), "quantity": 1}
    summary = {"is_return": True, "return_reference": "sale-0"}
    (what,) = read(an_entry(line, summary=summary, payments=[payment]))
    assert what.lines[0].amount_minor == amount_minor


def test_an_amount_that_has_waited_in_a_queue_is_read_as_it_was() -> None:
    (what,) = read(an_entry({**SOCK, "total": "66.66666666666667"}))
    assert what.lines[0].amount_minor == 6_667


@pytest.mark.parametrize(
    "total", ["1000000000000000", "1E+400000", "1E+99999999", "NaN", "Infinity", True]
)
def test_an_amount_that_no_sale_has_is_unreadable(total: Any) -> None:
    amount = total if isinstance(total, bool) else Decimal(total)
    with pytest.raises(ReportUnreadable, match=r"line_items\.0\.total"):
        read(an_entry({**SOCK, "total": amount}))


def test_what_is_kept_of_the_unreadable_holds_nobodys_name() -> None:
    kept = only_what_is_read(FORMAT.model, an_entry(base_currency_code="?"))
    assert "Jane" not in str(kept)
    assert "Bo" not in str(kept)
    assert kept["summary"]["customer"] == {"identifier": "C-1"}
    assert kept["summary"]["line_items"][0]["total"] == Decimal(199)


def test_what_is_kept_of_an_unreadable_line_are_the_names_in_its_behavior() -> None:
    sold = {"giftcard_purchase": {"code": "GIFT-1234", "email": "jane@example.com"}}
    entry = an_entry({**SOCK, "total": "free", "behavior": sold, "tags": {"wool": True}})
    kept = only_what_is_read(FORMAT.model, entry)
    (line,) = kept["summary"]["line_items"]
    assert (list(line["behavior"]), line["tags"]) == (["giftcard_purchase"], {"wool": True})
    assert not [text for text in ("GIFT-1234", "jane@example.com") if text in str(kept)]


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(summary={"customer": "Jane Doe"}),
        an_entry(summary={"customer": ["Jane Doe"]}),
        {**an_entry(), "summary": "sold to Jane Doe"},
        an_entry(source=["Jane Doe"]),
        an_entry({**SOCK, "behavior": "gift for Jane Doe"}),
        an_entry({**SOCK, "total": {"seller": "Jane Doe"}}),
        an_entry({**SOCK, "tags": [{"owner": "Jane Doe"}]}),
        an_entry("a sock for Jane Doe"),
        "Jane Doe",
        ["Jane Doe"],
    ],
)
def test_where_something_else_stands_than_is_read_nothing_of_it_is_kept(entry: Any) -> None:
    """And it stays unreadable: a sale without a customer would be counted for nobody."""
    kept = only_what_is_read(FORMAT.model, entry)
    assert "Jane" not in str(kept)
    for content in (entry, kept):
        with pytest.raises(ReportUnreadable):
            read(content)
