import json
import logging
from typing import Any

import pytest

from tests.support.builders import (
    ORIGIN,
    TENANT,
    a_customer,
    a_deadline,
    a_request,
    a_secret,
    an_answer,
    an_integration,
)
from tests.support.fakes import FakeExchange, FakeSecrets
from tillbridge.errors import (
    AddressRefused,
    InvalidRequest,
    SecretNotBound,
    SecretUnavailable,
    TillbridgeError,
    UpstreamError,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamTruncated,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from tillbridge.services.credentials import Credentials
from tillbridge.services.tenant_system import TenantSystem

BEARER = {"kind": "bearer", "secret": "crm-token"}
OAUTH = {
    "kind": "oauth2_client_credentials",
    "secret": "crm-client",
    "token_url": f"{ORIGIN}/token",
    "client_id": "tillbridge",
}
AT_MOST = 50
JANE = {"identifier": "c-1", "name": "Jane Doe"}


def a_system(exchange: FakeExchange, secrets: FakeSecrets | None = None) -> TenantSystem:
    return TenantSystem(exchange, Credentials(secrets or FakeSecrets(), exchange))


def ask(exchange: FakeExchange, *, secrets: FakeSecrets | None = None, **changes: Any) -> list[Any]:
    inputs = {"search_term": "jane"}
    system = a_system(exchange, secrets)
    return system.ask(TENANT, an_integration(**changes), inputs, a_deadline(), AT_MOST).first


def test_an_answer_that_drifted_is_logged_and_counted_by_its_names_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counted: list[tuple[str, str]] = []
    whole = [{"id": 1, "name": "Jane Doe"}] * 10
    exchange = FakeExchange(an_answer(body=whole), an_answer(body=[{"id": "jane-2"}]))
    system = TenantSystem(
        exchange,
        Credentials(FakeSecrets(), exchange),
        count_drift=lambda *of_record: counted.append(of_record),
    )
    integration = an_integration(response={"fields": {"identifier": "id", "name": "name"}})

    for _ in range(2):
        system.ask(TENANT, integration, {"search_term": "jane"}, a_deadline(), AT_MOST)

    (line,) = (one for one in caplog.records if "drifted" in one.message)
    logged = vars(line)
    assert logged["lost"] == ("name",)
    assert logged["changed"] == {"identifier": "number, now string"}
    assert (logged["operation"], logged["skipped"], logged["items"]) == ("customer_lookup", 0, 1)
    assert "jane" not in json.dumps(logged, default=str).lower()
    assert counted == [(TENANT, "customer_lookup")]


def test_a_record_is_asked_and_its_answer_mapped() -> None:
    exchange = FakeExchange(an_answer(body={"hits": [{"id": 1, "name": "Jane Doe"}]}))
    response = {"items": "hits", "fields": {"identifier": "id", "name": "name"}}

    found = ask(exchange, response=response)

    assert found == [a_customer(identifier="1")]
    (request,) = exchange.requests
    assert (request.method, request.url) == ("GET", f"{ORIGIN}/contacts?q=jane")


def test_no_more_items_are_judged_than_are_wanted() -> None:
    exchange = FakeExchange(an_answer(body=[JANE, {"name": "no identifier"}]))
    system = a_system(exchange)

    found = system.ask(TENANT, an_integration(), {"search_term": "jane"}, a_deadline(), 1)

    assert (found.first, found.total) == ([JANE], 2)


def test_the_tenants_own_secret_goes_with_the_request() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))
    secrets = FakeSecrets(
        {(TENANT, "crm-token"): a_secret("ours"), ("other", "crm-token"): a_secret("theirs")}
    )

    ask(exchange, secrets=secrets, auth=BEARER)

    assert exchange.requests[0].headers["Authorization"] == "Bearer ours"


def test_without_auth_no_secret_is_read() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    ask(exchange, auth={"kind": "none"})

    assert "Authorization" not in exchange.requests[0].headers


@pytest.mark.requirement("X2")
@pytest.mark.parametrize(
    ("secret", "error"),
    [
        ({}, SecretUnavailable),
        ({(TENANT, "crm-token"): a_secret("s", "https://x")}, SecretNotBound),
    ],
)
def test_without_a_secret_that_may_be_sent_nothing_is_sent(
    secret: Any, error: type[TillbridgeError]
) -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))

    with pytest.raises(error):
        ask(exchange, secrets=FakeSecrets(secret), auth=BEARER)

    assert exchange.requests == []


def test_an_input_that_the_record_cannot_send_is_not_sent() -> None:
    exchange = FakeExchange(an_answer(body=[JANE]))
    request = a_request(query={"q": "{phone}"})

    with pytest.raises(InvalidRequest):
        ask(exchange, request=request)

    assert exchange.requests == []


PASSING = [
    an_answer(502),
    an_answer(503),
    an_answer(504),
    UpstreamUnreachable(),
    UpstreamTruncated(),
]


@pytest.mark.parametrize("failure", PASSING)
def test_a_passing_failure_of_a_read_is_retried_once(failure: Any) -> None:
    exchange = FakeExchange(failure, an_answer(body=[JANE]))

    assert ask(exchange) == [JANE]
    assert len(exchange.requests) == 2
    assert exchange.requests[0] == exchange.requests[1]


def test_a_second_failure_is_told() -> None:
    exchange = FakeExchange(UpstreamUnreachable(), an_answer(503), an_answer(body=[JANE]))

    with pytest.raises(UpstreamFailed):
        ask(exchange)

    assert len(exchange.requests) == 2


@pytest.mark.parametrize("failure", PASSING)
@pytest.mark.parametrize(
    "changes",
    [
        {"operation": "loyalty_redeem"},
        {"operation": "profile_update"},
        {"operation": "warranty_status"},
        {"request": a_request(retries=0)},
    ],
)
def test_what_may_not_be_repeated_is_sent_once(failure: Any, changes: dict[str, Any]) -> None:
    exchange = FakeExchange(failure, an_answer(body=[JANE]))

    with pytest.raises(UpstreamError):
        ask(exchange, **changes)

    assert len(exchange.requests) == 1


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (UpstreamTimeout(), UpstreamTimeout),
        (AddressRefused(), AddressRefused),
        (an_answer(500), UpstreamFailed),
        (an_answer(429), UpstreamThrottled),
        (an_answer(401), UpstreamUnauthorized),
        (an_answer(404), UpstreamRejected),
    ],
)
def test_a_failure_that_would_come_again_is_not_retried(
    outcome: Any, error: type[TillbridgeError]
) -> None:
    exchange = FakeExchange(outcome, an_answer(body=[JANE]))

    with pytest.raises(error):
        ask(exchange)

    assert len(exchange.requests) == 1


@pytest.mark.parametrize("failure", PASSING)
def test_a_sick_system_is_sent_a_tenth_more_than_it_was_asked(failure: Any) -> None:
    exchange = FakeExchange(failure)
    system, integration = a_system(exchange), an_integration()

    for _ in range(100):
        with pytest.raises(UpstreamError):
            system.ask(TENANT, integration, {"search_term": "jane"}, a_deadline(), AT_MOST)

    assert 100 < len(exchange.requests) <= 110


def test_one_tenants_sick_system_takes_nothing_from_anothers() -> None:
    exchange = FakeExchange(*[an_answer(503)] * 3, an_answer(body=[JANE]))
    system, integration = a_system(exchange), an_integration()
    with pytest.raises(UpstreamFailed):
        system.ask(TENANT, integration, {"search_term": "jane"}, a_deadline(), AT_MOST)

    assert system.ask("other", integration, {"search_term": "jane"}, a_deadline(), AT_MOST).first


def test_an_attempt_has_the_records_time_within_the_whole() -> None:
    exchange = FakeExchange(UpstreamUnreachable(), an_answer(body=[JANE]))

    ask(exchange, request=a_request(timeout_ms=500))

    assert all(deadline.remaining_s() <= 0.5 for deadline in exchange.deadlines)
    assert exchange.deadlines[0].at_s <= exchange.deadlines[1].at_s


def test_no_attempt_goes_beyond_the_whole_deadline_less_the_time_for_mapping() -> None:
    exchange = FakeExchange(UpstreamUnreachable(), an_answer(body=[JANE]))
    deadline = a_deadline(2)

    a_system(exchange).ask(TENANT, an_integration(), {"search_term": "jane"}, deadline, AT_MOST)

    assert exchange.deadlines == [deadline.earlier_by(0.3)] * 2


@pytest.mark.parametrize(("left_s", "attempts"), [(0.3 + 0.3 - 0.01, 1), (0.3 + 0.3 + 10, 2)])
def test_no_retry_is_begun_with_too_little_time_to_answer(left_s: float, attempts: int) -> None:
    exchange = FakeExchange(UpstreamUnreachable())

    with pytest.raises(UpstreamUnreachable):
        a_system(exchange).ask(
            TENANT, an_integration(), {"search_term": "jane"}, a_deadline(left_s), AT_MOST
        )

    assert len(exchange.requests) == attempts


def test_a_stale_access_token_is_fetched_anew_once() -> None:
    exchange = FakeExchange(
        an_answer(body={"access_token": "stale", "expires_in": 3600}),
        an_answer(401),
        an_answer(body={"access_token": "fresh", "expires_in": 3600}),
        an_answer(body=[JANE]),
    )
    secrets = FakeSecrets({(TENANT, "crm-client"): a_secret()})

    assert ask(exchange, secrets=secrets, auth=OAUTH) == [JANE]

    sent = [request.headers.get("Authorization") for request in exchange.requests]
    assert sent == [None, "Bearer stale", None, "Bearer fresh"]


def test_a_token_that_is_refused_twice_is_not_fetched_a_third_time() -> None:
    exchange = FakeExchange(
        an_answer(body={"access_token": "stale"}),
        an_answer(401),
        an_answer(body={"access_token": "fresh"}),
        an_answer(401),
    )
    secrets = FakeSecrets({(TENANT, "crm-client"): a_secret()})

    with pytest.raises(UpstreamUnauthorized):
        ask(exchange, secrets=secrets, auth=OAUTH)

    assert len(exchange.requests) == 4


def test_each_attempt_is_logged_without_what_was_asked_or_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    exchange = FakeExchange(UpstreamUnreachable(), an_answer(body=[JANE]))
    secrets = FakeSecrets({(TENANT, "crm-token"): a_secret("s3cret")})

    ask(exchange, secrets=secrets, auth=BEARER)

    lines = [vars(record) for record in caplog.records]
    assert [line["attempt"] for line in lines] == [1, 2]
    assert [line["upstream_outcome"] for line in lines] == ["upstream_unreachable", 200]
    assert {line["upstream_host"] for line in lines} == {"crm.example.com"}
    assert {line["operation"] for line in lines} == {"customer_lookup"}
    told = json.dumps(lines, default=str).lower()
    assert "jane" not in told
    assert "s3cret" not in told
