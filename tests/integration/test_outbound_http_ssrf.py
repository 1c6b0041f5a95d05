"""No URL, name server, redirect or environment leads a call to anybody else."""

import socket
from collections.abc import Iterator
from itertools import cycle

import pytest

from tests.corpora.ssrf_urls import url_cases
from tests.support.outbound import client, get, lead_every_connection_to, soon
from tests.support.upstreams import Upstream, answers, http_response, serving
from tillbridge.domain.exchange import OutboundRequest
from tillbridge.errors import (
    AddressRefused,
    UpstreamRedirected,
    UpstreamUnreachable,
)

OK = http_response(b"[]")
CRM = "crm.example.com"


@pytest.fixture
def inner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    """A listener on the loopback that poses as Lambda's runtime API and sees every connection that
    is tried, whatever its address."""
    with serving(answers(OK)) as listener:
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{listener.port}")
        lead_every_connection_to(listener, monkeypatch)
        yield listener


def test_the_trap_sees_a_connection_that_is_allowed(inner: Upstream) -> None:
    with client("http://crm.internal") as http:
        http.send(get("http://crm.internal/"), soon())

    assert inner.connections == 1


@pytest.mark.requirement("X2")
def test_no_hostile_url_makes_a_connection(inner: Upstream) -> None:
    cases = url_cases(inner.port)
    with client(f"http://127.0.0.1:{inner.port + 1}") as http:
        for case in cases:
            with pytest.raises(AddressRefused):
                http.send(get(case.url), soon())

    assert len(cases) >= 1_500
    assert inner.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "127.0.0.1"],
        ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:127.0.0.1"],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "169.254.169.254"],
        ["fd00:ec2::254"],
        ["fe80::1%lo"],
    ],
)
def test_one_inner_address_among_the_answers_refuses_them_all(
    inner: Upstream, addresses: list[str]
) -> None:
    with client(resolve=lambda *_: addresses) as http, pytest.raises(AddressRefused) as refusal:
        http.send(get(f"https://{CRM}/?q=jane"), soon())

    assert CRM in refusal.value.detail
    assert not any(text in refusal.value.detail for text in [*addresses, "jane"])
    assert inner.connections == 0


class Connections:
    """In place of the network: refuses every connection, remembering its address."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def __call__(self, address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        self.addresses.append(address[0])
        raise ConnectionRefusedError


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Connections:
    connections = Connections()
    monkeypatch.setattr("urllib3.util.connection.create_connection", connections)
    return connections


def test_a_name_server_that_changes_its_answers_bends_no_connection(
    attempts: Connections,
) -> None:
    answers_in_turn = cycle([["93.184.215.14"], ["127.0.0.1"], ["10.0.0.1"]])
    refused = 0

    with client(resolve=lambda *_: next(answers_in_turn)) as http:
        for _ in range(30):
            try:
                http.send(get(f"https://{CRM}/"), soon())
            except AddressRefused:
                refused += 1
            except UpstreamUnreachable:
                pass

    assert set(attempts.addresses) == {"93.184.215.14"}
    assert (len(attempts.addresses), refused) == (10, 20)


def test_ipv4_is_preferred(attempts: Connections) -> None:
    def resolve(*_: object) -> list[str]:
        return ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "93.184.215.14"]

    with client(resolve=resolve) as http, pytest.raises(UpstreamUnreachable):
        http.send(get(f"https://{CRM}/"), soon())

    assert attempts.addresses == ["93.184.215.14"]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
def test_a_redirect_is_an_error_and_goes_nowhere(status: int) -> None:
    with serving(answers(OK)) as inner:
        response = http_response(
            status=f"{status} Elsewhere", headers=(f"Location: {inner.origin}/latest",)
        )
        with (
            serving(answers(response)) as upstream,
            client(upstream.origin, inner.origin) as http,
            pytest.raises(UpstreamRedirected) as failure,
        ):
            http.send(OutboundRequest("POST", upstream.origin, {"X-Api-Key": "k"}, b"{}"), soon())

    assert failure.value.facts == {"upstream_status": status}
    assert (len(upstream.requests), inner.connections) == (1, 0)
