"""A shop whose sales are counted as soon as they are reported."""

from dataclasses import replace
from typing import Any

from tests.support.builders import TENANT
from tests.support.fakes import FakeOwnIds
from tests.support.loyalty import NOON_S, LoyaltyShop
from tests.support.sales import a_line
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.keys import account_id, account_key
from tillbridge.domain.sale import Return, Sale, SaleLine
from tillbridge.domain.sale_report import SaleMessage, SaleReport, UnreadReport
from tillbridge.services.count_sales import CountSales, Processed
from tillbridge.services.ledger import Ledger

# A point for each whole 1.00.
A_POINT_EACH = {"rates": {"DKK": {"points": 1, "per_minor": 100}}}


def a_return(*lines: SaleLine | int, **changes: Any) -> Return:
    """These lines of `a_sale` came back."""
    parts: dict[str, Any] = {
        "store_id": "shop",
        "sale_ref": "sale-1",
        "return_ref": "return-1",
        "customer_id": None,
        "currency": "DKK",
        "at_s": int(NOON_S),
        "lines": tuple(a_line(line) if isinstance(line, int) else line for line in lines),
    }
    return Return(**{**parts, **changes})


def a_report(what: Sale | Return, revision: int = 1) -> SaleReport:
    return SaleReport("store:shop", what.sale_ref, revision, what)


def by_shopify_id(what: Sale, revision: int = 1) -> SaleReport:
    """A report whose customer is named by Shopify's number."""
    return replace(a_report(what, revision), customer_by_shopify_id=True)


def a_message(report: SaleReport | UnreadReport) -> SaleMessage:
    return SaleMessage(TENANT, "pos", report)


class SellingShop(LoyaltyShop):
    """A merchant whose sales are counted."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.run_programme(earn=A_POINT_EACH)
        ledger = Ledger(self.store, pause=lambda _failures: None)
        self.own_ids = FakeOwnIds()
        self.count_sales = CountSales(
            ledger, self.programmes, self.own_ids, self.store.sort_keys, self.clock
        )

    def hear_of(self, what: Sale | Return, revision: int = 1) -> Processed:
        return self.take(a_report(what, revision))

    def take(self, report: SaleReport) -> Processed:
        (processed,) = self.count_sales(a_message(report))
        return processed

    def account_of(self, customer_id: str) -> Account | None:
        programme = self.programmes.programmes[TENANT]
        account = account_id(programme.pseudonym_key, customer_id)
        item = self.store.get(account_key(TENANT, account))
        return None if item is None else replace(Account.of(item), version=0)
