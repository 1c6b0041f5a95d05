"""Taking in what a POS says of its sales: it is answered once all of it is in the queue."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.limits import Deadline
from tillbridge.domain.sale_formats.plain import ReportedSale
from tillbridge.domain.sale_formats.reading import Format, ReportUnreadable, only_what_is_read
from tillbridge.domain.sale_report import SaleMessage, SaleReport, UnreadReport
from tillbridge.errors import RequestTooLarge
from tillbridge.services.ports import SendSales

logger = logging.getLogger(__name__)

# What one message of a queue may hold.
MAX_MESSAGE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a tenant's integration. `source` is the shop that it speaks for, where its format
    needs that, `delivery_id` its own name for this delivery."""

    tenant_id: str
    principal: str
    source: str = ""
    delivery_id: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many reports are in the queue now, and how many of them could not be read: those wait for
    a person."""

    reports: int
    unread: int = 0


@dataclass(frozen=True, slots=True)
class TakeSales:
    """Every method raises `RequestTooLarge` for what no message can hold, and `RecordsUnavailable`
    when the queue does not take it, or not all of it in time: then some of it may be in the queue,
    and sending it again does no harm."""

    send: SendSales
    now_s: Callable[[], float] = time.time

    def reported(self, sender: Sender, sale: ReportedSale, deadline: Deadline) -> Taken:
        return self._queued(sender, [sale.report(self._now_ms())], deadline)

    def documents(
        self, sender: Sender, format_: Format, documents: Sequence[Any], deadline: Deadline
    ) -> Taken:
        """Documents of another system's. One that cannot be read is queued as well, less what is
        not needed of it: the POS would send it for ever, and the others after it never."""
        received_ms = self._now_ms()
        reports: list[SaleReport | UnreadReport] = []
        for document in documents:
            try:
                reports += format_.reports(sender.source, document, received_ms)
            except ReportUnreadable as unreadable:
                facts = {"format": format_.name, "reason": str(unreadable)}
                logger.warning("a sale is not readable", extra=facts)
                kept = only_what_is_read(format_.model, document)
                reports.append(UnreadReport(format_.name, sender.source, kept, received_ms))
        return self._queued(sender, reports, deadline)

    def _queued(
        self, sender: Sender, reports: Sequence[SaleReport | UnreadReport], deadline: Deadline
    ) -> Taken:
        bodies = [
            SaleMessage(sender.tenant_id, sender.principal, report, sender.delivery_id).dump()
            for report in reports
        ]
        if any(len(body.encode()) > MAX_MESSAGE_BYTES for body in bodies):
            raise RequestTooLarge(f"one sale takes more than {MAX_MESSAGE_BYTES} bytes")
        self.send(bodies, deadline)
        return Taken(len(reports), sum(isinstance(report, UnreadReport) for report in reports))

    def _now_ms(self) -> int:
        return int(self.now_s() * 1_000)
