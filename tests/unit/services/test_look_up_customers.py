import json
import logging
from threading import Event
from typing import Any

import pytest

from tests.support.builders import (
    TENANT,
    a_caller,
    a_customer,
    a_deadline,
    a_profile,
    a_query,
    a_request,
    an_answer,
    an_integration,
)
from tests.support.fakes import FakeExchange, FakeIntegrations, FakeProfiles, FakeSecrets
from tillbridge.domain.caller import Caller
from tillbridge.domain.customer import Customer, as_customer
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import (
    AnswerUnmappable,
    InvalidRequest,
    NotConfigured,
    RecordsUnavailable,
    TenantSuspended,
    UpstreamFailed,
)
from tillbridge.services.credentials import Credentials
from tillbridge.services.look_up_customers import (
    OPERATION,
    STATUS_OF_AT_MOST,
    FoundCustomers,
    LookUpCustomers,
    TellStatus,
)
from tillbridge.services.tenant_system import TenantSystem

JANE = {"identifier": "c-1", "name": "Jane Doe"}
BAD = {"name": "Jane Roe"}


def nothing_to_tell(_caller: Caller, _customer_id: str) -> str | None:
    return "a standing that nobody asked for"


def look_up(
    exchange: FakeExchange,
    *,
    query: Any = None,
    profile: TenantProfile | None = None,
    tenant_id: str = TENANT,
    tell_status: TellStatus = nothing_to_tell,
    **changes: Any,
) -> FoundCustomers:
    use_case = LookUpCustomers(
        FakeProfiles({TENANT: profile or a_profile(), "new": a_profile()}),
        FakeIntegrations({(TENANT, OPERATION): an_integration(**changes)}),
        TenantSystem(exchange, Credentials(FakeSecrets(), exchange)),
        lambda: tell_status,
    )
    found = use_case(a_caller(tenant_id=tenant_id), query or a_query(), a_deadline())
    # Whether one is plain or not makes no difference to whom it is sent.
    return found._replace(customers=tuple(customers_in(found)))


def customers_in(found: FoundCustomers) -> list[Customer]:
    return [as_customer(one) for one in found.customers]


def test_customers_are_found_in_the_systems_order() -> None:
    exchange = FakeExchange(an_answer(body=[JANE, {"identifier": "a-0"}]))

    assert look_up(exchange) == FoundCustomers(
        (a_customer(), a_customer(identifier="a-0", name=None))
    )


@pytest.mark.parametrize("answer", [an_answer(body=[]), an_answer(204, b"")])
def test_nobody_found_is_an_empty_list(answer: Any) -> None:
    assert look_up(FakeExchange(answer)) == FoundCustomers(())


def test_a_failure_is_never_an_empty_list() -> None:
    with pytest.raises(UpstreamFailed):
        look_up(FakeExchange(an_answer(500)))


@pytest.mark.parametrize("term", ["", " ", "\t\n", "\u00a0"])
def test_a_blank_term_finds_nothing_and_asks_nobody(term: str) -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    assert look_up(exchange, query=a_query(term)) == FoundCustomers(())
    assert exchange.requests == []


@pytest.mark.parametrize("term", ["jane", ""])
def test_a_suspended_tenant_is_told_and_asks_nobody(term: str) -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    with pytest.raises(TenantSuspended):
        look_up(exchange, query=a_query(term), profile=a_profile(status="suspended"))

    assert exchange.requests == []


@pytest.mark.parametrize("tenant_id", ["new", "unknown"])
@pytest.mark.parametrize("term", ["jane", ""])
def test_a_tenant_without_a_record_is_told(tenant_id: str, term: str) -> None:
    with pytest.raises(NotConfigured):
        look_up(FakeExchange(an_answer(body=[JANE])), tenant_id=tenant_id, query=a_query(term))


def test_the_term_and_the_currency_reach_the_system_as_they_were_sent() -> None:
    exchange = FakeExchange(an_answer(body=[]))
    request = a_request(query={"q": "{search_term}", "currency": "{currency_code?}"})

    look_up(exchange, query=a_query(" jane & joe "), request=request)
    look_up(exchange, query=a_query("jane", currency_code="DKK"), request=request)

    assert [request.url.partition("?")[2] for request in exchange.requests] == [
        "q=%20jane%20%26%20joe%20",
        "q=jane&currency=DKK",
    ]


@pytest.mark.parametrize(("asked", "sent"), [(None, "DKK"), ("JPY", "JPY")])
def test_a_till_that_names_no_currency_asks_in_the_tenants(asked: str | None, sent: str) -> None:
    exchange = FakeExchange(an_answer(body=[{"identifier": "c-1"}]))

    found = look_up(
        exchange,
        query=a_query(currency_code=asked),
        profile=a_profile(currency="DKK"),
        request=a_request(query={"currency": "{currency_code}"}),
        response={"items": "$", "fields": {"identifier": "$request.currency_code"}},
    )

    assert exchange.requests[0].url.partition("?")[2] == f"currency={sent}"
    assert [customer.identifier for customer in customers_in(found)] == [sent]


def test_a_system_that_needs_a_currency_says_so() -> None:
    request = a_request(query={"currency": "{currency_code}"})

    with pytest.raises(InvalidRequest) as refused:
        look_up(FakeExchange(an_answer(body=[])), request=request)

    assert refused.value.facts == {"field": "currency_code"}


@pytest.mark.parametrize(
    ("asked", "own", "amount"),
    [("JPY", "DKK", "12"), ("JOD", None, "12.346"), (None, "JPY", "12"), (None, None, "12.3456")],
)
def test_a_balance_is_rounded_to_the_tills_currency_or_the_tenants_if_any(
    asked: str | None, own: str | None, amount: str
) -> None:
    body = [{**JANE, "balance": {"identifier": "a-1", "balance": 12.3456}}]

    found = look_up(
        FakeExchange(an_answer(body=body)),
        query=a_query(currency_code=asked),
        profile=a_profile(currency=own),
    )

    (customer,) = customers_in(found)
    assert customer.balance is not None
    assert str(customer.balance.balance) == amount


@pytest.mark.parametrize(("hits", "truncated"), [(1, False), (2, False), (3, True)])
def test_more_than_the_tenants_cap_is_cut_off_and_said_so(hits: int, truncated: bool) -> None:
    body = [{"identifier": f"c-{number}"} for number in range(hits)]

    found = look_up(FakeExchange(an_answer(body=body)), profile=a_profile(result_cap=2))

    assert [customer.identifier for customer in customers_in(found)] == ["c-0", "c-1"][:hits]
    assert found.truncated is truncated


def test_a_bad_item_costs_itself_and_is_counted() -> None:
    found = look_up(FakeExchange(an_answer(body=[BAD, JANE, BAD])))

    assert found == FoundCustomers((a_customer(),), skipped=2)


def test_a_balance_that_is_only_noise_costs_its_customer_alone() -> None:
    noisy = {**JANE, "balance": {"identifier": "a-1", "balance": 0.1 + 0.2 - 0.3}}

    found = look_up(FakeExchange(an_answer(body=[JANE, noisy])))

    assert found == FoundCustomers((a_customer(),), skipped=1)


def test_a_bad_item_is_logged_by_its_place_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    look_up(FakeExchange(an_answer(body=[*[JANE] * 9, BAD])))

    (record,) = caplog.records
    assert (vars(record)["index"], vars(record)["field"]) == (9, "identifier")
    assert "jane" not in json.dumps(vars(record), default=str).lower()


def test_when_every_item_is_bad_the_mapping_is() -> None:
    with pytest.raises(AnswerUnmappable, match="fails at identifier") as failure:
        look_up(FakeExchange(an_answer(body=[BAD, BAD])))

    assert failure.value.facts == {"field": "identifier"}
    assert "Jane" not in failure.value.detail


WITH_STANDING = a_profile(lookup_shows_standing=True)


def test_customers_come_with_their_standing_where_the_merchant_asks_for_it() -> None:
    lines = {"c-1": "Gold · 1,240 points", "c-2": None}
    hers, his = {**JANE, "additional_info": "Prefers e-mail"}, {"identifier": "c-2"}

    found = look_up(
        FakeExchange(an_answer(body=[hers, his])),
        profile=WITH_STANDING,
        tell_status=lambda _caller, customer_id: lines[customer_id],
    )

    assert [one.additional_info for one in customers_in(found)] == [
        "Gold · 1,240 points · Prefers e-mail",
        None,
    ]


def test_of_a_long_list_no_standing_is_read() -> None:
    many = [{"identifier": f"c-{number}"} for number in range(STATUS_OF_AT_MOST + 1)]

    found = look_up(
        FakeExchange(an_answer(body=many)), profile=WITH_STANDING, tell_status=lambda *_: "Gold"
    )

    assert {one.additional_info for one in customers_in(found)} == {None}


@pytest.mark.parametrize(
    "failure", [RecordsUnavailable(), NotConfigured(), ZeroDivisionError("jane")]
)
def test_a_search_never_fails_for_a_standing(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_caller: Caller, _customer_id: str) -> str | None:
        raise failure

    found = look_up(FakeExchange(an_answer(body=[JANE])), profile=WITH_STANDING, tell_status=fail)

    assert found == FoundCustomers((a_customer(),))
    (line,) = (one for one in caplog.records if "standing" in one.message)
    assert vars(line)["code"] in ("records_unavailable", "not_configured", "ZeroDivisionError")


def test_a_search_does_not_wait_for_a_standing_that_takes_long() -> None:
    over = Event()

    found = look_up(
        FakeExchange(an_answer(body=[JANE])),
        profile=WITH_STANDING,
        tell_status=lambda *_: str(over.wait(30)),
    )
    over.set()

    assert found == FoundCustomers((a_customer(),))
