"""What is in the queue once a POS is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.builders import a_deadline
from tests.support.sales import a_sale
from tests.support.selling import a_report
from tillbridge.domain.limits import Deadline
from tillbridge.domain.sale_formats.formats import FORMATS
from tillbridge.domain.sale_formats.plain import ReportedSale
from tillbridge.domain.sale_formats.reading import Format, Part, Ref, ReportUnreadable, read_as
from tillbridge.domain.sale_report import SaleMessage, SaleReport, UnreadReport
from tillbridge.errors import RequestTooLarge
from tillbridge.services.take_sales import Sender, Taken, TakeSales

SENDER = Sender("acme", "till", "acme.myshopify.com", "delivery-1")
NOW_S = 1_795_608_000.123
DEADLINE = a_deadline()


class Document(Part):
    name: Ref
    pieces: int = 1


def _reports(source: str, content: Any, received_ms: int) -> tuple[SaleReport, ...]:
    document = read_as(Document, content)
    whole = a_sale(100, store_id=source, sale_ref=document.name, at_s=received_ms // 1_000)
    return (a_report(whole, received_ms),) * document.pieces


FORMAT = Format("test", Document, _reports)


@dataclass
class Queue:
    bodies: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str], deadline: Deadline) -> None:
        assert deadline is DEADLINE
        self.bodies += bodies

    @property
    def messages(self) -> list[SaleMessage]:
        return [SaleMessage.load(body) for body in self.bodies]


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def take(queue: Queue) -> TakeSales:
    return TakeSales(queue.send, lambda: NOW_S)


def test_a_report_is_queued_as_who_sent_it(take: TakeSales, queue: Queue) -> None:
    assert take.documents(SENDER, FORMAT, [{"name": "sale-1"}], DEADLINE) == Taken(1)
    (message,) = queue.messages
    assert (message.tenant_id, message.principal) == ("acme", "till")
    assert message.delivery_id == "delivery-1"
    assert isinstance(message.report, SaleReport)
    assert message.report.what.store_id == "acme.myshopify.com"
    assert message.report.revision == int(NOW_S * 1_000)


def test_what_says_nothing_is_nothing(take: TakeSales, queue: Queue) -> None:
    assert take.documents(SENDER, FORMAT, [{"name": "sale-1", "pieces": 0}], DEADLINE) == Taken(0)
    assert queue.messages == []


def test_one_that_cannot_be_read_is_queued_with_the_others_less_what_is_not_needed(
    take: TakeSales, queue: Queue
) -> None:
    documents = [{"name": "a"}, {"pieces": "two", "customer_name": "Jane"}, {"name": "b"}]
    assert take.documents(SENDER, FORMAT, documents, DEADLINE) == Taken(3, unread=1)
    _, unread, _ = (message.report for message in queue.messages)
    assert unread == UnreadReport("test", SENDER.source, {"pieces": "two"}, int(NOW_S * 1_000))


def test_what_no_message_can_hold_is_refused_whole(take: TakeSales, queue: Queue) -> None:
    large = {"pieces": "x" * 300_000}
    with pytest.raises(RequestTooLarge):
        take.documents(SENDER, FORMAT, [{"name": "a"}, large], DEADLINE)
    assert queue.bodies == []


@pytest.mark.parametrize("text", ["half an emoji: \ud83d", "\uffff", "smørrebrød", "\0"])
def test_any_text_of_a_sales_gets_to_where_it_is_counted(
    take: TakeSales, queue: Queue, text: str
) -> None:
    kaching = FORMATS["kaching"]
    line = {"total": 80, "tags": [text]}
    entry = {
        "identifier": "sale-7",
        "base_currency_code": "DKK",
        "source": {"shop_id": "aarhus"},
        "timing": {"timestamp_string": "2026-11-25T11:00:00Z"},
        "summary": {"line_items": [line]},
    }
    unreadable = {"identifier": "sale-8", "voided": text}
    assert take.documents(SENDER, kaching, [entry, unreadable], DEADLINE) == Taken(2, unread=1)
    sale, unread = (message.report for message in queue.messages)
    assert (sale,) == kaching.reports("", entry, int(NOW_S * 1_000))
    assert isinstance(unread, UnreadReport)
    assert unread.content == unreadable
    assert all(body.isascii() for body in queue.bodies)


def test_a_reported_sale_is_queued(take: TakeSales, queue: Queue) -> None:
    sale = ReportedSale.model_validate(
        {
            "store_id": "shop",
            "sale_ref": "sale-1",
            "currency": "DKK",
            "at": "2026-11-25T11:00:00Z",
            "lines": [{"line_id": "1", "amount_minor": 1}],
        }
    )
    assert take.reported(SENDER, sale, DEADLINE) == Taken(1)
    (message,) = queue.messages
    assert message.report == sale.report(int(NOW_S * 1_000))


def test_the_largest_sale_that_can_be_reported_fits_a_message(take: TakeSales) -> None:
    line = {
        "amount_minor": 10**12,
        "tax_minor": 10**12,
        "quantity": "999999.999999",
        "product_id": "p" * 64,
        "variant_id": "v" * 64,
        "category": "c" * 64,
    }
    sale = ReportedSale.model_validate(
        {
            "store_id": "shop",
            "sale_ref": "sale-1",
            "currency": "DKK",
            "at": "2026-11-25T11:00:00Z",
            "lines": [{**line, "line_id": f"{number:064}"} for number in range(500)],
        }
    )
    assert take.reported(SENDER, sale, DEADLINE) == Taken(1)


def test_a_reader_says_where_it_failed() -> None:
    with pytest.raises(ReportUnreadable, match=r"^name: "):
        FORMAT.reports("", {}, 0)
