from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.builders import (
    TENANT,
    a_caller,
    a_deadline,
    a_profile,
    a_request,
    an_answer,
    an_integration,
)
from tests.support.fakes import (
    FakeClock,
    FakeExchange,
    FakeIntegrations,
    FakeProfiles,
    FakeSecrets,
)
from tillbridge.domain.integration import Integration
from tillbridge.errors import (
    AnswerUnmappable,
    CustomerAmbiguous,
    CustomerNotFound,
    TenantSuspended,
    UpstreamFailed,
)
from tillbridge.services.credentials import Credentials
from tillbridge.services.shopify_customers import OPERATION, ShopifyCustomers
from tillbridge.services.tenant_system import TenantSystem

POS = a_caller(channel="shopify")
GID = "gid://shopify/Customer/7"
RECORD = an_integration(
    operation=OPERATION,
    request=a_request(query={"shopify": "gid://shopify/Customer/{customer_id}"}),
)
JANE, ROE = {"identifier": "C-1"}, {"identifier": "C-2"}


def customers(
    exchange: FakeExchange,
    integrations: Mapping[tuple[str, str], Integration] | None = None,
    clock: FakeClock | None = None,
    **profile: Any,
) -> ShopifyCustomers:
    return ShopifyCustomers(
        FakeProfiles({TENANT: a_profile(**profile)}),
        FakeIntegrations({(TENANT, OPERATION): RECORD} if integrations is None else integrations),
        TenantSystem(exchange, Credentials(FakeSecrets(), exchange)),
        clock or FakeClock(),
    )


@pytest.mark.requirement("S8")
def test_a_shopify_pos_names_a_customer_by_shopifys_number() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    assert customers(exchange).own_id(POS, GID, a_deadline()) == "C-1"
    assert "gid%3A%2F%2Fshopify%2FCustomer%2F7" in exchange.requests[0].url


def test_an_order_of_shopifys_names_a_customer_by_the_number_alone() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    assert customers(exchange).of_shopify(TENANT, "7", a_deadline()) == "C-1"


@pytest.mark.requirement("S8")
@pytest.mark.parametrize(
    "customer_id", ["C-1", "", "7", "7123456789012", "7a", "gid://shopify/Order/7", f"{GID}a"]
)
def test_what_is_no_id_of_shopifys_is_the_merchants_own(customer_id: str) -> None:
    exchange = FakeExchange(an_answer(500))

    assert customers(exchange).own_id(POS, customer_id, a_deadline()) == customer_id
    assert exchange.requests == []


def test_another_pos_names_the_merchants_own_identifier() -> None:
    exchange = FakeExchange(an_answer(500))

    assert customers(exchange).own_id(a_caller(channel="pos"), GID, a_deadline()) == GID
    assert exchange.requests == []


def test_a_merchant_without_a_record_knows_customers_as_shopify_does() -> None:
    exchange = FakeExchange(an_answer(500))

    assert customers(exchange, {}).of_shopify(TENANT, "7", a_deadline()) == "7"


def test_shopifys_whole_id_is_no_number_of_a_merchants_without_a_record() -> None:
    """The number could be another person's there."""
    exchange = FakeExchange(an_answer(500))

    assert customers(exchange, {}).own_id(POS, GID, a_deadline()) == GID


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (an_answer(body=[]), CustomerNotFound),
        (an_answer(body=[JANE, ROE]), CustomerAmbiguous),
        (an_answer(body=[JANE, JANE, ROE]), CustomerAmbiguous),
        (an_answer(body=[{"name": "Jane"}]), AnswerUnmappable),
        (an_answer(body=[JANE, {"name": "Jane"}]), AnswerUnmappable),
        (an_answer(500), UpstreamFailed),
    ],
)
def test_a_number_that_is_not_one_customers_is_told(answer: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        customers(FakeExchange(answer)).own_id(POS, GID, a_deadline())


def test_one_customer_told_twice_is_one() -> None:
    assert customers(FakeExchange(an_answer(body=[JANE, JANE]))).own_id(POS, GID, a_deadline()) == (
        "C-1"
    )


def test_an_answer_is_remembered_for_five_minutes() -> None:
    exchange, clock = FakeExchange(an_answer(body=[JANE]), an_answer(body=[ROE])), FakeClock()
    known = customers(exchange, clock=clock)
    for later_s, own_id in ((0, "C-1"), (299, "C-1"), (1, "C-2")):
        clock.now_s += later_s
        assert known.own_id(POS, GID, a_deadline()) == own_id


def test_two_tenants_customers_of_one_number_are_two() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]), an_answer(body=[ROE]))
    both = ShopifyCustomers(
        FakeProfiles({TENANT: a_profile(), "rival": a_profile()}),
        FakeIntegrations({(TENANT, OPERATION): RECORD, ("rival", OPERATION): RECORD}),
        TenantSystem(exchange, Credentials(FakeSecrets(), exchange)),
        FakeClock(),
    )

    assert both.own_id(POS, GID, a_deadline()) == "C-1"
    rival = a_caller(tenant_id="rival", channel="shopify")
    assert both.own_id(rival, GID, a_deadline()) == "C-2"


def test_a_suspended_tenants_system_is_not_asked() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    with pytest.raises(TenantSuspended):
        customers(exchange, status="suspended").own_id(POS, GID, a_deadline())

    assert exchange.requests == []
