"""What a queued message says of a sale, to the ledger: whatever comes late, twice or before what it
is about, the customer's account ends the same."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.count import Count, Counted
from tillbridge.domain.ledger.find import FindBySale
from tillbridge.domain.ledger.finish import Capture, VoidSale
from tillbridge.domain.ledger.keys import account_id
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.ledger.refund import Refund
from tillbridge.domain.limits import Deadline
from tillbridge.domain.programme import Programme
from tillbridge.domain.sale import Sale
from tillbridge.domain.sale_formats.formats import FORMATS
from tillbridge.domain.sale_report import SaleMessage, SaleReport, UnreadReport
from tillbridge.errors import (
    CustomerNotFound,
    NotConfigured,
    RedemptionCaptured,
    RedemptionNotFound,
)
from tillbridge.services.finish_discounts import FinishDiscounts
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import FindOwnId, ReadProgramme

# The name of what a void gives back of points that were captured already: it comes once.
_VOIDED = "tillbridge/sale-voided"
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
    read_programme: ReadProgramme
    find_own_id: FindOwnId
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
                self._finish_discounts(actor, report.what, (), is_voided=report.what.is_voided)
        return [Processed(note=note)]

    def _processed(self, actor: Actor, programme: Programme, report: SaleReport) -> Processed:
        """First whose sale it is, which may not be known yet; then what is known of the sale, since
        that decides what becomes of what it holds. Each step finds what it has done when the
        message comes again."""
        customer_id = self._own_id(actor, report)
        account = "" if customer_id is None else account_id(programme.pseudonym_key, customer_id)
        counted = self.ledger.settle(Count(actor, account, report, programme))
        if isinstance(report.what, Sale):
            named = counted.tally.named
            self._finish_discounts(actor, report.what, named, is_voided=counted.tally.is_voided)
            if not named:
                is_unknown = report.what.customer_id is not None
                return Processed(note=CustomerNotFound.code if is_unknown else "no_customer")
            for holder in named:
                self._finish(actor, programme, holder, report.what, counted)
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

    def _finish_discounts(
        self, actor: Actor, sale: Sale, named: Collection[str], *, is_voided: bool
    ) -> None:
        """Before points are: those that came with discounts go with them."""
        discounts = FinishDiscounts(self.ledger)
        if is_voided:
            discounts.give_back(actor, sale, named)
        else:
            discounts.capture(actor, sale, named)

    def _finish(
        self, actor: Actor, programme: Programme, account: str, sale: Sale, counted: Counted
    ) -> None:
        """Whatever waits for the sale to be over: points that are held for it are taken, or come
        back when it is void."""
        name = (account, sale.store_id, sale.sale_ref)
        if counted.tally.is_voided:
            self._give_back(actor, VoidSale(actor, *name, programme.rules.refund_grace_days))
        else:
            self._capture(actor, FindBySale(actor.tenant_id, *name))

    def _capture(self, actor: Actor, find: FindBySale) -> None:
        try:
            found = self.ledger.settle(find).redemption
        except RedemptionNotFound:
            return
        if found.state in (State.HELD, State.EXPIRED):
            self.ledger.settle(Capture(actor, found.redemption_id))

    def _give_back(self, actor: Actor, void: VoidSale) -> None:
        """Points that were captured before the sale turned out to be void come back as well."""
        try:
            self.ledger.settle(void)
        except RedemptionCaptured as captured:
            points = int(str(captured.facts["refundable"]))
            if points:
                redemption = str(captured.facts["operation_ref"])
                self.ledger.settle(Refund(actor, redemption, _VOIDED, points, void.grace_days))


def _reports(report: SaleReport | UnreadReport) -> tuple[SaleReport, ...]:
    """What could not be read may be readable now: by a later version of this program."""
    if isinstance(report, SaleReport):
        return (report,)
    return FORMATS[report.format].reports(report.source, report.content, report.received_ms)
