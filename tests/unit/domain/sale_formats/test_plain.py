"""Sales as a POS without a format of its own reports them."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from tillbridge.domain.faults import faults_in
from tillbridge.domain.sale import LineKind, Return, Sale, SaleLine
from tillbridge.domain.sale_formats.plain import ReportedSale

RECEIVED_MS = 1_795_608_000_123
LINE = {"line_id": "1", "amount_minor": 19_900}
# 2026-11-25, 10:00 UTC.
SALE = {
    "store_id": "aarhus",
    "sale_ref": "sale-1",
    "customer_id": "C-1",
    "currency": "DKK",
    "at": "2026-11-25T11:00:00+01:00",
    "lines": [LINE],
}
AT_S = 1_795_600_800


def faults(**changes: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        ReportedSale.model_validate({**SALE, **changes})
    return [str(fault) for fault in faults_in(refused.value)]


def test_a_sale_is_what_it_says() -> None:
    line = {
        **LINE,
        "quantity": "0.350",
        "tax_minor": 3_980,
        "product_id": "sock",
        "variant_id": "sock-red",
        "category": "socks",
        "tags": ["wool"],
        "kind": "shipping",
    }
    report = ReportedSale.model_validate(
        {**SALE, "lines": [line], "gift_card_paid_minor": 500, "revision": 7}
    ).report(RECEIVED_MS)

    sold = SaleLine(
        "1",
        Decimal("0.350"),
        19_900,
        3_980,
        "sock",
        "sock-red",
        "socks",
        frozenset({"wool"}),
        LineKind.SHIPPING,
    )
    assert report.what == Sale("sale-1", "aarhus", "C-1", "DKK", AT_S, (sold,), 500)
    assert (report.scope, report.ref, report.revision) == ("store:aarhus", "sale-1", 7)


def test_without_a_revision_what_came_last_counts() -> None:
    assert ReportedSale.model_validate(SALE).report(RECEIVED_MS).revision == RECEIVED_MS


def test_a_voided_sale_needs_no_lines() -> None:
    voided = ReportedSale.model_validate({**SALE, "status": "voided", "lines": []})
    what = voided.report(RECEIVED_MS).what
    assert isinstance(what, Sale)
    assert what.is_voided


@pytest.mark.parametrize(("status", "quantity"), [("returned", 1), ("refunded", 0)])
def test_goods_come_back_by_their_quantity_and_money_by_its_amount(
    status: str, quantity: int
) -> None:
    back = ReportedSale.model_validate({**SALE, "status": status, "return_ref": "r-1"})
    what = back.report(RECEIVED_MS).what
    assert what == Return(
        "aarhus",
        "sale-1",
        "r-1",
        "C-1",
        "DKK",
        AT_S,
        (SaleLine("1", Decimal(quantity), 19_900),),
    )


def test_a_weight_may_be_a_json_number() -> None:
    line = {**LINE, "quantity": 0.35}
    what = ReportedSale.model_validate({**SALE, "lines": [line]}).report(RECEIVED_MS).what
    assert what.lines[0].quantity == Decimal("0.35")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"status": "returned"}, "return_ref: `returned` and `refunded` have one"),
        ({"return_ref": "r-1"}, "return_ref: `returned` and `refunded` have one"),
        ({"lines": []}, "lines: give at least one"),
        ({"lines": [LINE, LINE]}, "lines: each has a line_id of its own"),
        ({"lines": [{**LINE, "tax_minor": 20_000}]}, "lines.0.tax_minor: more than"),
        ({"lines": [{**LINE, "amount_minor": "199.00"}]}, "lines.0.amount_minor"),
        ({"lines": [{**LINE, "amount_minor": 199.5}]}, "lines.0.amount_minor"),
        ({"lines": [{**LINE, "amount_minor": -1}]}, "lines.0.amount_minor"),
        ({"lines": [{**LINE, "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{**LINE, "colour": "red"}]}, "lines.0.colour: There is no such member"),
        ({"at": "2026-11-25T11:00:00"}, "at:"),
        ({"at": "0001-01-01T00:00:00+12:00"}, "at:"),
        ({"at": "1999-12-31T23:59:59Z"}, "at:"),
        ({"at": "2100-01-01T00:00:00Z"}, "at:"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "at:"),
        ({"currency": "kr"}, "currency:"),
        ({"sale_ref": ""}, "sale_ref:"),
        ({"lines": [{**LINE, "line_id": str(n)} for n in range(501)]}, "lines:"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changes: dict[str, Any], fault: str) -> None:
    assert any(fault in one for one in faults(**changes)), faults(**changes)
