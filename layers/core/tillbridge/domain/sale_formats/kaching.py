"""Ka-ching's sale export: an object with a member for each sale, named by its id.

What is public of it is the model that Ka-ching's own plug-in reads; where that says nothing, this
reads what it finds in the way that costs the customer nothing, and docs/sale-intake.md says how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tillbridge.domain.customer import Identifier
from tillbridge.domain.discounts.allocation import allocate, part_of
from tillbridge.domain.sale import LineKind, Return, Sale, SaleLine
from tillbridge.domain.sale_formats.reading import (
    Amount,
    CurrencyCode,
    Format,
    Instant,
    Part,
    Ref,
    added_up,
    minor,
    read_as,
)
from tillbridge.domain.sale_report import MAX_LINES, SaleReport

# A return is made in whatever shop and names the sale alone: its ids are the merchant's.
_SCOPE = "kaching"
# What is paid with was paid for before: a gift card, a voucher, a balance that points may make up.
_PREPAID = ("gift", "voucher", "customer_account")
_KINDS = {
    "shipping": LineKind.SHIPPING,
    "gift": LineKind.GIFT_CARD,
    "voucher": LineKind.GIFT_CARD,
    "container": LineKind.DEPOSIT,
}


def _names(tags: Any) -> Any:
    """Tags are a list, or an object whose members are true."""
    return [name for name, is_on in tags.items() if is_on] if isinstance(tags, Mapping) else tags


class _Line(Part):
    line_item_id: Ref | None = None
    id: Ref | None = None
    variant_id: Ref | None = None
    product_group: Ref | None = None
    tags: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    quantity: Amount = Decimal(1)
    total: Amount
    total_tax_amount: Amount = Decimal(0)
    behavior: dict[str, Any] | None = None

    @property
    def comes_back(self) -> bool:
        return self.total < 0 or self.quantity < 0

    @property
    def kind(self) -> LineKind:
        """What its behaviour says, by the name that stands there; goods have none."""
        if not self.behavior:
            return LineKind.GOODS
        names = " ".join(self.behavior).lower()
        return next((kind for part, kind in _KINDS.items() if part in names), LineKind.OTHER)


class _Customer(Part):
    identifier: Identifier | None = None


class _Summary(Part):
    customer: _Customer | None = None
    is_return: bool = False
    return_reference: Ref | None = None
    line_items: Annotated[tuple[_Line, ...], Field(max_length=MAX_LINES)] = ()


class _Source(Part):
    shop_id: Ref


class _Payment(Part):
    amount: Amount
    payment_type: str = ""
    success: bool = True


class _Timing(Part):
    timestamp_string: Instant


class Entry(Part):
    """One sale of the export."""

    identifier: Ref
    base_currency_code: CurrencyCode
    voided: bool = False
    summary: _Summary
    source: _Source
    payments: tuple[_Payment, ...] = ()
    timing: _Timing

    @property
    def at_s(self) -> int:
        return int(self.timing.timestamp_string.timestamp())

    @property
    def customer_id(self) -> str | None:
        customer = self.summary.customer
        return None if customer is None else customer.identifier


def reports(_source: str, content: Any, received_ms: int) -> tuple[SaleReport, ...]:
    """What an entry of the export says: a sale, a return, or, where goods were exchanged, both.
    None for a return that does not say of which sale."""
    entry = read_as(Entry, content)
    lines, summary = entry.summary.line_items, entry.summary
    all_back = summary.is_return and not any(line.comes_back for line in lines)
    back = [line for line in lines if all_back or line.comes_back]
    sold = [line for line in lines if not all_back and not line.comes_back]
    found: list[SaleReport] = []
    if summary.return_reference is not None:
        ref = summary.return_reference
        found.append(SaleReport(_SCOPE, ref, received_ms, _return(entry, ref, back)))
        back = []
    if not summary.is_return or sold:
        sale = _sale(entry, sold, back)
        found.append(SaleReport(_SCOPE, entry.identifier, received_ms, sale))
    return tuple(found)


FORMAT = Format("kaching", Entry, reports)


def _return(entry: Entry, sale_ref: str, back: Sequence[_Line]) -> Return:
    """A return that was voided brings nothing back."""
    return Return(
        entry.source.shop_id,
        sale_ref,
        entry.identifier,
        entry.customer_id,
        entry.base_currency_code,
        entry.at_s,
        () if entry.voided else _lines(back, entry.base_currency_code),
    )


def _sale(entry: Entry, sold: Sequence[_Line], back: Sequence[_Line]) -> Sale:
    """What a line takes off that is no return's was paid with, where it is a gift card; and is
    worth so much less spending, where it is goods."""
    currency = entry.base_currency_code
    prepaid = [
        abs(payment.amount)
        for payment in entry.payments
        if payment.success and any(name in payment.payment_type for name in _PREPAID)
    ]
    prepaid += [abs(line.total) for line in back if line.kind is LineKind.GIFT_CARD]
    exchanged = added_up(abs(line.total) for line in back if line.kind is LineKind.GOODS)
    return Sale(
        entry.identifier,
        entry.source.shop_id,
        entry.customer_id,
        currency,
        entry.at_s,
        _less(_lines(sold, currency), minor(exchanged, currency)),
        minor(added_up(prepaid), currency),
        is_voided=entry.voided,
    )


def _lines(lines: Sequence[_Line], currency: str) -> tuple[SaleLine, ...]:
    return tuple(
        SaleLine(
            line.line_item_id or "",
            abs(line.quantity),
            minor(abs(line.total), currency),
            minor(abs(line.total_tax_amount), currency),
            line.id,
            line.variant_id,
            line.product_group,
            frozenset(line.tags),
            line.kind,
        )
        for line in lines
    )


def _less(lines: tuple[SaleLine, ...], exchanged_minor: int) -> tuple[SaleLine, ...]:
    """The lines, when so much of what their goods cost was paid with goods that came back."""
    goods = [line.amount_minor if line.kind is LineKind.GOODS else 0 for line in lines]
    shares = allocate(min(exchanged_minor, sum(goods)), goods)
    return tuple(
        replace(
            line,
            amount_minor=line.amount_minor - share,
            tax_minor=line.tax_minor - part_of(line.tax_minor, share, line.amount_minor),
        )
        if share
        else line
        for line, share in zip(lines, shares, strict=True)
    )
