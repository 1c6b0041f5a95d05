import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.builders import (
    ORIGIN,
    TENANT,
    a_caller,
    a_deadline,
    a_profile,
    a_programme,
    an_answer,
    an_integration,
)
from tests.support.fakes import FakeDiscounts, FakeIntegrations, FakeProfiles, FakeSecrets
from tillbridge.domain.customer_requests import ScreenQuery
from tillbridge.domain.customer_screen import CustomerScreen
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.limits import Deadline
from tillbridge.domain.programme import Standing
from tillbridge.services.credentials import Credentials
from tillbridge.services.show_customer import ShowCustomer
from tillbridge.services.tenant_system import TenantSystem

JANE = {"id": "c-1", "first": "Jane", "last": "Doe"}
STANDING = Standing(a_programme(), Account(available=70))
RECORDS = {
    (TENANT, operation): an_integration(
        operation=operation,
        request={"url": f"{ORIGIN}/{operation}/{{customer_id}}"},
        # What only the engine can do, which is bound by an alarm: the main thread's alone.
        response={"fields": fields},
    )
    for operation, fields in {
        "customer_details": {"identifier": "id", "name": "$join([first, last], ' ')"},
        "purchase_history": {
            "date": "$substring(at, 0, 10)",
            "total": {"amount": "$number(paid)", "currency_code": "'DKK'"},
        },
    }.items()
}
ANSWERS = {
    "customer_details": an_answer(body=JANE),
    "purchase_history": an_answer(body=[{"at": "2026-09-28T10:00", "paid": "5"}]),
}

Wait = Callable[[], object]


def at_once() -> None:
    """Nobody is waited for."""


def show(
    systems: Wait = at_once, ledger: Wait = at_once, deadline: Deadline | None = None
) -> CustomerScreen:
    """The screen, where each of the four parts waits so before it answers."""

    def exchange(request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        assert deadline.remaining_s() > 0
        systems()
        return next(answer for name, answer in ANSWERS.items() if name in request.url)

    def standing(*_asked: object) -> Standing:
        ledger()
        return STANDING

    def interactions(*_asked: object) -> list[Any]:
        ledger()
        return []

    screen = ShowCustomer(
        FakeProfiles({TENANT: a_profile()}),
        FakeIntegrations(RECORDS),
        TenantSystem(exchange, Credentials(FakeSecrets(), exchange)),
        lambda _tenant_id: STANDING.programme,
        standing,
        lambda _tenant_id: (),
        interactions,
        FakeDiscounts(),
    )
    return screen(a_caller(), "c-1", ScreenQuery(), deadline or a_deadline())


def test_its_four_parts_are_fetched_at_the_same_time() -> None:
    everybody = threading.Barrier(4)

    screen = show(lambda: everybody.wait(5), lambda: everybody.wait(5))

    assert screen.customer["name"] == "Jane Doe"
    assert screen.recent_purchases is not None
    assert screen.recent_purchases[0].total.amount == "5.00"
    assert screen.status.points is not None
    assert screen.limitations == []


@pytest.mark.requirement("S13", "S15")
@pytest.mark.parametrize(
    ("slow", "codes"),
    [
        ("systems", ["customer_details_unavailable", "purchase_history_unavailable"]),
        ("ledger", ["loyalty_unavailable", "interactions_unavailable"]),
    ],
)
def test_parts_that_outlast_the_deadline_are_missing_and_the_rest_is_there(
    slow: str, codes: list[str]
) -> None:
    over = threading.Event()

    screen = show(**{slow: lambda: over.wait(30)}, deadline=a_deadline(0.5))
    over.set()

    assert [missing.code for missing in screen.limitations] == codes
    assert {missing.cause for missing in screen.limitations} == {"service_timeout"}
    assert all(missing.retryable for missing in screen.limitations)
    assert all("did not answer in time" in missing.message for missing in screen.limitations)
    assert (screen.status.points is None) == (slow == "ledger")
    assert ("name" in screen.customer) == (slow == "ledger")
