"""A sale or a return as a POS sends it that has no format of its own: strict, so that a misspelt
member is no wish that nobody heard."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from tillbridge.domain.customer import Identifier, as_decimal
from tillbridge.domain.discounts.fields import (
    AmountMinor,
    CurrencyCode,
    Identifiers,
    Part,
    Quantity,
    Whole,
)
from tillbridge.domain.loyalty_requests import ON_A_CLOCK, Reference
from tillbridge.domain.sale import LineKind, Return, Sale, SaleLine
from tillbridge.domain.sale_report import MAX_LINES, SaleReport

MAX_REVISION = 10**15


class SaleStatus(StrEnum):
    """What has become of it. `returned`: goods came back; `refunded`: only money did."""

    FINISHED = "finished"
    VOIDED = "voided"
    RETURNED = "returned"
    REFUNDED = "refunded"

    @property
    def comes_back(self) -> bool:
        return self in (SaleStatus.RETURNED, SaleStatus.REFUNDED)


class ReportedLine(Part):
    """One line of a sale, or what came back of one."""

    line_id: Reference = Field(
        description="Once per sale; a return names the line that was sold by it."
    )
    quantity: Annotated[Quantity, BeforeValidator(as_decimal)] = Field(
        default=Decimal(1),
        description="Whole units, or a weight with up to 6 decimals; on a return, what came back.",
    )
    amount_minor: AmountMinor = Field(
        description="Paid for the whole line, after all discounts and with tax; on a return, paid "
        "out for it. Never negative."
    )
    tax_minor: AmountMinor = Field(default=0, description="The tax in it.")
    product_id: Reference | None = None
    variant_id: Reference | None = None
    category: Reference | None = None
    tags: Identifiers = ()
    kind: LineKind = LineKind.GOODS

    def line(self, *, only_money: bool) -> SaleLine:
        return SaleLine(
            self.line_id,
            Decimal(0) if only_money else self.quantity,
            self.amount_minor,
            self.tax_minor,
            self.product_id,
            self.variant_id,
            self.category,
            frozenset(self.tags),
            self.kind,
        )


class ReportedSale(Part):
    """A sale that is over, or something of one that came back."""

    status: SaleStatus = SaleStatus.FINISHED
    store_id: Reference = Field(description="The shop of the sale; its reference is its own.")
    sale_ref: Reference = Field(
        description="The till's name for the sale: the one under which points were held for it."
    )
    return_ref: Reference | None = Field(
        default=None,
        description="The till's name for the return: the same one takes back once. Only with, and "
        "needed for, `returned` and `refunded`.",
    )
    customer_id: Identifier | None = Field(
        default=None, description="A sale without a customer earns nothing. A return needs none."
    )
    currency: CurrencyCode
    at: Annotated[AwareDatetime, ON_A_CLOCK] = Field(
        description="When it was paid or came back: RFC 3339, with a zone."
    )
    lines: Annotated[tuple[ReportedLine, ...], Field(max_length=MAX_LINES)] = ()
    gift_card_paid_minor: AmountMinor = Field(
        default=0, description="What of the sale was paid with gift cards."
    )
    revision: Annotated[Whole, Field(ge=1, le=MAX_REVISION)] | None = Field(
        default=None,
        description="Counts up when the same sale or return is sent with other content: the "
        "highest counts. When left out, what came last does.",
    )

    @model_validator(mode="after")
    def _whole(self) -> "ReportedSale":
        if self.status.comes_back != (self.return_ref is not None):
            raise ValueError("return_ref: `returned` and `refunded` have one, others none")
        if self.status is not SaleStatus.VOIDED and not self.lines:
            raise ValueError("lines: give at least one")
        if len({line.line_id for line in self.lines}) < len(self.lines):
            raise ValueError("lines: each has a line_id of its own")
        for number, line in enumerate(self.lines):
            if line.tax_minor > line.amount_minor:
                raise ValueError(f"lines.{number}.tax_minor: more than the line's amount")
        return self

    def report(self, received_ms: int) -> SaleReport:
        only_money = self.status is SaleStatus.REFUNDED
        lines = tuple(line.line(only_money=only_money) for line in self.lines)
        at_s = int(self.at.timestamp())
        what: Sale | Return
        if self.return_ref is not None:
            what = Return(
                self.store_id,
                self.sale_ref,
                self.return_ref,
                self.customer_id,
                self.currency,
                at_s,
                lines,
            )
        else:
            what = Sale(
                self.sale_ref,
                self.store_id,
                self.customer_id,
                self.currency,
                at_s,
                lines,
                self.gift_card_paid_minor,
                is_voided=self.status is SaleStatus.VOIDED,
            )
        revision = received_ms if self.revision is None else self.revision
        return SaleReport(f"store:{self.store_id}", self.sale_ref, revision, what)
