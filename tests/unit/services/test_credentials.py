import base64
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import TypeAdapter

from tests.support.builders import ORIGIN, TENANT, a_deadline, a_draft, a_secret, an_answer
from tests.support.fakes import FakeClock, FakeExchange, FakeSecrets
from tillbridge.domain.credential import Secret
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration_record import Auth
from tillbridge.domain.limits import Deadline
from tillbridge.errors import (
    AddressRefused,
    CallLoop,
    SecretNotBound,
    SecretUnavailable,
    TillbridgeError,
    UpstreamFailed,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from tillbridge.services.credentials import Credentials
from tillbridge.services.together import together

AUTH: TypeAdapter[Any] = TypeAdapter(Auth)
TOKEN_ORIGIN = "https://login.example.com"
LIFETIME_S = 3_600
MARGIN_S = 60
DEFAULT_LIFETIME_S = 300
LONGEST_LIFETIME_S = 24 * 60 * 60
MAX_TOKENS = 1_000
NO_TOKEN_IN: list[Any] = [b"", b"<html>hunter2", b"\xff", [], "hunter2", 5, {}]
NO_TOKENS: list[Any] = [None, 5, True, {}, ["hunter2"]]
NO_LIFETIMES: list[Any] = ["hunter2", "", [], {"s": 5}]


def an_auth(**changes: Any) -> Any:
    return AUTH.validate_python(
        {
            "kind": "oauth2_client_credentials",
            "secret": "crm-client",
            "token_url": f"{TOKEN_ORIGIN}/oauth/token",
            "client_id": "tillbridge",
            **changes,
        }
    )


def a_token(value: str = "t0ken", **changes: Any) -> Any:
    return an_answer(body={"access_token": value, "expires_in": LIFETIME_S, **changes})


def credentials(exchange: FakeExchange, clock: FakeClock | None = None) -> Credentials:
    secret = a_secret("s3cret&é", ORIGIN, TOKEN_ORIGIN)
    secrets = {(tenant, "crm-client"): secret for tenant in (TENANT, "other")}
    return Credentials(FakeSecrets(secrets), exchange, clock or FakeClock())


def sealed(known: Credentials, auth: Any = None, tenant_id: str = TENANT) -> OutboundRequest:
    return known.seal(tenant_id, auth or an_auth(), a_draft(), a_deadline())


def test_a_token_is_bought_with_the_secret_and_sent_in_its_place() -> None:
    exchange = FakeExchange(a_token())
    deadline = a_deadline()

    request = credentials(exchange).seal(TENANT, an_auth(), a_draft(), deadline)

    assert request == a_draft(headers={"Authorization": "Bearer t0ken"}).seal()
    (asked,) = exchange.requests
    assert (asked.method, asked.url) == ("POST", f"{TOKEN_ORIGIN}/oauth/token")
    assert asked.headers == {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert parse_qs((asked.body or b"").decode(), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": ["tillbridge"],
        "client_secret": ["s3cret&é"],
    }
    assert exchange.deadlines == [deadline]


def test_a_client_may_say_who_it_is_in_a_header() -> None:
    exchange = FakeExchange(a_token())

    sealed(credentials(exchange), an_auth(client_in="header", client_id="till:bridge"))

    (asked,) = exchange.requests
    pair = base64.b64encode(b"till%3Abridge:s3cret%26%C3%A9").decode()
    assert asked.headers["Authorization"] == f"Basic {pair}"
    assert asked.body == b"grant_type=client_credentials"


@pytest.mark.parametrize("client_in", ["body", "header"])
def test_a_scope_is_asked_for_where_the_record_names_one(client_in: str) -> None:
    exchange = FakeExchange(a_token())

    sealed(credentials(exchange), an_auth(scope="https://crm/.default read", client_in=client_in))

    sent = parse_qs((exchange.requests[0].body or b"").decode())
    assert sent["scope"] == ["https://crm/.default read"]


@pytest.mark.parametrize(
    ("expires_in", "lifetime_s"),
    [
        (LIFETIME_S, LIFETIME_S),
        ("3600", 3_600),
        (None, DEFAULT_LIFETIME_S),
        (61, 61),
        *((value, LONGEST_LIFETIME_S) for value in (10**12, "1" * 400, "inf", "nan")),
    ],
)
def test_a_token_is_used_until_a_minute_before_it_expires(
    expires_in: Any, lifetime_s: float
) -> None:
    clock = FakeClock()
    exchange = FakeExchange(a_token("first", expires_in=expires_in), a_token("second"))
    known = credentials(exchange, clock)

    sealed(known)
    clock.now_s += lifetime_s - MARGIN_S - 1
    assert sealed(known).headers["Authorization"] == "Bearer first"
    clock.now_s += 1
    assert sealed(known).headers["Authorization"] == "Bearer second"
    assert len(exchange.requests) == 2


@pytest.mark.parametrize("expires_in", [0, 60, -5, "-inf"])
def test_a_token_that_expires_at_once_is_good_for_one_request(expires_in: Any) -> None:
    exchange = FakeExchange(a_token(expires_in=expires_in))
    known = credentials(exchange)

    sealed(known)
    sealed(known)

    assert len(exchange.requests) == 2


def test_parts_that_ask_at_the_same_time_buy_one_token() -> None:
    bought = FakeExchange(a_token("one"), a_token("another"))
    everybody, two_buyers = Barrier(3), Barrier(2)
    secrets = FakeSecrets({(TENANT, "crm-client"): a_secret("s3cret", ORIGIN, TOKEN_ORIGIN)})

    def read_secret(tenant_id: str, name: str) -> Secret:
        everybody.wait(5)
        return secrets(tenant_id, name)

    def buy(request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        with suppress(BrokenBarrierError):
            two_buyers.wait(0.1)
        return bought(request, deadline)

    known = Credentials(read_secret, buy, FakeClock())
    sent = together({name: lambda: sealed(known) for name in "abc"}, a_deadline())

    assert len(bought.requests) == 1
    assert {str(one.headers) for one in sent.values()} == {"{'Authorization': 'Bearer one'}"}  # type: ignore[union-attr]


def test_a_part_does_not_wait_for_anothers_token_beyond_its_deadline() -> None:
    known = credentials(FakeExchange(a_token()))
    known._fetching.acquire()

    with pytest.raises(UpstreamTimeout):
        known.seal(TENANT, an_auth(), a_draft(), a_deadline(0))


def test_tokens_of_two_tenants_never_mix() -> None:
    exchange = FakeExchange(a_token("ours"), a_token("theirs"))
    known = credentials(exchange)

    for _ in range(2):
        assert sealed(known).headers["Authorization"] == "Bearer ours"
        assert sealed(known, tenant_id="other").headers["Authorization"] == "Bearer theirs"

    known.forget_token("other", an_auth())
    assert sealed(known).headers["Authorization"] == "Bearer ours"
    assert len(exchange.requests) == 2


@pytest.mark.parametrize(
    "changes", [{"scope": "write"}, {"client_id": "another"}, {"token_url": f"{TOKEN_ORIGIN}/v2"}]
)
def test_another_token_request_has_a_token_of_its_own(changes: dict[str, Any]) -> None:
    exchange = FakeExchange(a_token("first"), a_token("second"))
    known = credentials(exchange)

    sealed(known)

    assert sealed(known, an_auth(**changes)).headers["Authorization"] == "Bearer second"


def test_the_token_that_was_longest_unused_is_forgotten_first() -> None:
    exchange = FakeExchange(a_token())
    known = credentials(exchange)
    for number in range(MAX_TOKENS):
        sealed(known, an_auth(client_id=f"client-{number}"))
    sealed(known, an_auth(client_id="client-0"))
    sealed(known, an_auth(client_id="newcomer"))
    assert len(exchange.requests) == MAX_TOKENS + 1

    sealed(known, an_auth(client_id="client-0"))
    assert len(exchange.requests) == MAX_TOKENS + 1
    sealed(known, an_auth(client_id="client-1"))
    assert len(exchange.requests) == MAX_TOKENS + 2


def test_a_refused_token_is_forgotten_once() -> None:
    exchange = FakeExchange(a_token("stale"), a_token("fresh"))
    known = credentials(exchange)
    assert not known.forget_token(TENANT, an_auth())
    sealed(known)

    assert known.forget_token(TENANT, an_auth())
    assert not known.forget_token(TENANT, an_auth())
    assert sealed(known).headers["Authorization"] == "Bearer fresh"


@pytest.mark.parametrize("auth", [{"kind": "none"}, {"kind": "bearer", "secret": "crm-client"}])
def test_a_secret_that_is_no_token_is_not_forgotten(auth: dict[str, str]) -> None:
    assert not credentials(FakeExchange()).forget_token(TENANT, AUTH.validate_python(auth))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (an_answer(400, {"error": "invalid_client"}), UpstreamUnauthorized),
        (an_answer(401, {"error": "invalid_client"}), UpstreamUnauthorized),
        (an_answer(403), UpstreamUnauthorized),
        (an_answer(404, b"<html>"), UpstreamUnauthorized),
        (an_answer(302, b""), UpstreamUnauthorized),
        (an_answer(429, retry_after="7"), UpstreamThrottled),
        (an_answer(500), UpstreamFailed),
        (an_answer(503), UpstreamFailed),
        (an_answer(508), CallLoop),
        (UpstreamTimeout(), UpstreamTimeout),
        (UpstreamUnreachable(), UpstreamUnreachable),
        (AddressRefused(), AddressRefused),
    ],
)
def test_a_token_endpoint_that_gives_no_token_is_told_and_asked_again(
    answer: Any, error: type[TillbridgeError]
) -> None:
    exchange = FakeExchange(answer, a_token())
    known = credentials(exchange)

    with pytest.raises(error) as failure:
        sealed(known)

    assert type(failure.value) is error
    assert "s3cret" not in failure.value.detail
    assert sealed(known).headers["Authorization"] == "Bearer t0ken"


def test_a_refused_client_is_told_with_the_endpoints_status() -> None:
    with pytest.raises(UpstreamUnauthorized, match="refused the client") as refused:
        sealed(credentials(FakeExchange(an_answer(400, {"error": "hunter2"}))))

    assert refused.value.facts == {"upstream_status": 400}


@pytest.mark.parametrize(
    "answer",
    [
        an_answer(204, b""),
        *(an_answer(body=body) for body in NO_TOKEN_IN),
        an_answer(body=b'{"access_token": "hunter2", "access_token": "hunter3"}'),
        an_answer(body={"token": "hunter2"}),
        an_answer(body=["access_token"]),
        *(a_token(value) for value in ("", " ", "hun ter2", "hunter2\r\nX-Next: 1", "hunter€")),
        *(an_answer(body={"access_token": value}) for value in NO_TOKENS),
        *(a_token(expires_in=value) for value in NO_LIFETIMES),
    ],
)
def test_nonsense_is_no_token(answer: Any) -> None:
    known = credentials(FakeExchange(answer))

    with pytest.raises(UpstreamUnauthorized, match="gave no access token") as failure:
        sealed(known)

    assert "hunter" not in failure.value.detail
    assert not known.forget_token(TENANT, an_auth())


@pytest.mark.parametrize("origins", [(ORIGIN,), (TOKEN_ORIGIN,)])
@pytest.mark.parametrize("client_in", ["body", "header"])
def test_a_client_secret_is_bound_to_both_origins(origins: tuple[str], client_in: str) -> None:
    exchange = FakeExchange(a_token())
    secrets = FakeSecrets({(TENANT, "crm-client"): a_secret("s3cret", *origins)})

    with pytest.raises(SecretNotBound):
        sealed(Credentials(secrets, exchange), an_auth(client_in=client_in))

    assert exchange.requests == []


def test_a_token_is_not_sent_where_its_secret_may_not_go() -> None:
    known = credentials(FakeExchange(a_token()))
    sealed(known)

    with pytest.raises(SecretNotBound):
        known.seal(TENANT, an_auth(), a_draft(url="https://evil.example.net/"), a_deadline())


def test_a_tenant_without_the_secret_gets_no_token_of_anothers() -> None:
    known = credentials(FakeExchange(a_token()))
    sealed(known)

    with pytest.raises(SecretUnavailable):
        sealed(known, tenant_id="stranger")


def test_neither_secret_nor_token_is_in_a_text_form() -> None:
    known = credentials(FakeExchange(a_token()))
    sealed(known)

    assert "s3cret" not in repr(known)
    assert "t0ken" not in repr(known)


def test_a_signature_has_the_time_at_which_it_is_made() -> None:
    clock = FakeClock()
    auth = {"kind": "hmac", "secret": "crm-client", "header": "X-S", "timestamp_header": "X-T"}

    request = sealed(credentials(FakeExchange(), clock), AUTH.validate_python(auth))

    assert request.headers["X-T"] == str(int(clock.now_s))
