"""What a queued message says of a sale, to the ledger: whatever comes late, twice or before what it
is about, the customer's account ends the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.count import Count, Counted
from tillbridge.domain.ledger.keys import account_id, discounts_sale_key
from tillbridge.domain.limits import Deadline
from tillbridge.domain.programmes import AnyProgramme, built_in
from tillbridge.domain.sale import Sale
from tillbridge.domain.sale_formats.formats import FORMATS
from tillbridge.domain.sale_report import SaleMessage, SaleReport, UnreadReport
from tillbridge.errors import CustomerNotFound, NotConfigured
from tillbridge.services.finish_discounts import FinishDiscounts
from tillbridge.services.finish_points import FinishPoints
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import FindOwnId, ListSortKeys, ReadAnyProgramme

# What a merchant's system has to say who a customer is: as long as for the customer's screen.
ASKED_WITHIN_S = 4.0
# How long after the sale somebody whom the merchant's system does not know may still be on the way
# there from Shopify.
_NEW_FOR_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Processed:
    """What a report came to. `note` says why it moved nothing, as a code."""

    delta: int = 0
    replayed: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CountSales:
    ledger: Ledger
    read_programme: ReadAnyProgramme
    find_own_id: FindOwnId
    list_sort_keys: ListSortKeys
    now_s: Callable[[], float] = time.time

    def __call__(self, message: SaleMessage) -> list[Processed]:
        """What each of its reports came to. Raises what must be tried again, or seen by a person:
        `ServiceError`s, `LoyaltyError`s of a sale that is changing, `RecordUnusable`,
        `TenantSuspended`, `ReportUnreadable`, and what keeps a merchant's system from saying who
        the customer is. Nothing is counted then."""
        try:
            programme = self.read_programme(message.tenant_id)
        except NotConfigured as without:
            return self._without_points(message, without.code)
        actor = Actor(message.tenant_id, message.principal, self.now_s(), programme.time_zone)
        return [self._processed(actor, programme, report) for report in _reports(message.report)]

    def _without_points(self, message: SaleMessage, note: str) -> list[Processed]:
        """A merchant without a programme may have campaigns all the same."""
        actor = Actor(message.tenant_id, message.principal, self.now_s())
        for report in _reports(message.report):
            if isinstance(report.what, Sale):
                self._finish_discounts(actor, report.what, is_voided=report.what.is_voided)
        return [Processed(note=note)]

    def _processed(self, actor: Actor, programme: AnyProgramme, report: SaleReport) -> Processed:
        """First whose sale it is, which may not be known yet; then what is known of the sale, since
        that decides what becomes of what it holds. Each step finds what it has done when the
        message comes again."""
        customer_id = self._own_id(actor, report)
        account = "" if customer_id is None else account_id(programme.pseudonym_key, customer_id)
        counted = self.ledger.settle(Count(actor, account, report, built_in(programme)))
        if isinstance(report.what, Sale):
            self._finish_discounts(actor, report.what, is_voided=counted.tally.is_voided)
            for holder in self._holders(actor, report.what, counted):
                self._finish_points(
                    actor, programme, holder, report.what, is_voided=counted.tally.is_voided
                )
            if not counted.tally.named:
                is_unknown = report.what.customer_id is not None
                return Processed(note=CustomerNotFound.code if is_unknown else "no_customer")
        return Processed(counted.delta, counted.replayed)

    def _own_id(self, actor: Actor, report: SaleReport) -> str | None:
        """The merchant's own identifier of the customer; None when the report names nobody, or
        somebody whom the merchant's system does not know, and has had time to hear of."""
        customer_id = report.what.customer_id
        if customer_id is None or not report.customer_by_shopify_id:
            return customer_id
        try:
            return self.find_own_id(actor.tenant_id, customer_id, Deadline.after(ASKED_WITHIN_S))
        except CustomerNotFound:
            if 0 <= actor.now_s - report.what.at_s < _NEW_FOR_S:
                raise
            return None

    def _holders(self, actor: Actor, sale: Sale, counted: Counted) -> list[str]:
        """The accounts that the sale's register knows, whomever the reports name. A void one is
        closed also to those that are named: their till's request may be on its way."""
        discounts = discounts_sale_key(actor.tenant_id, sale.store_id, sale.sale_ref)
        registered = {*self.list_sort_keys(discounts.pk)} - {discounts.sk}
        return sorted(registered.union(counted.tally.named if counted.tally.is_voided else ()))

    def _finish_discounts(self, actor: Actor, sale: Sale, *, is_voided: bool) -> None:
        """Before points are: those that came with discounts go with them."""
        discounts = FinishDiscounts(self.ledger)
        if is_voided:
            discounts.give_back(actor, sale)
        else:
            discounts.capture(actor, sale)

    def _finish_points(
        self, actor: Actor, programme: AnyProgramme, account: str, sale: Sale, *, is_voided: bool
    ) -> None:
        points = FinishPoints.of(self.ledger, programme)
        if is_voided:
            points.give_back(actor, account, sale)
        else:
            points.capture(actor, account, sale)


def _reports(report: SaleReport | UnreadReport) -> tuple[SaleReport, ...]:
    """What could not be read may be readable now: by a later version of this program."""
    if isinstance(report, SaleReport):
        return (report,)
    return FORMATS[report.format].reports(report.source, report.content, report.received_ms)
