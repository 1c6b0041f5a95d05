"""No URL, name server, redirect, certificate or environment leads a call to anybody else."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
import trustme

from tests.corpora.ssrf_urls import url_cases
from tests.support.outbound import client, get, loopback, soon
from tests.support.upstreams import Upstream, answers, http_response, serving
from tillbridge.adapters import outbound_http
from tillbridge.adapters.outbound_http import OutboundHttp
from tillbridge.domain.exchange import OutboundRequest
from tillbridge.errors import (
    AddressRefused,
    CallLoop,
    UpstreamError,
    UpstreamRedirected,
    UpstreamTlsFailed,
    UpstreamUnreachable,
)

OK = http_response(b"[]")
CRM = "crm.example.com"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def lead_every_connection_to(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever address is connected to, it is the upstream that answers; the list tells which."""
    connect = socket.create_connection
    addresses: list[str] = []

    def connected(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        addresses.append(address[0])
        return connect(("127.0.0.1", upstream.port), timeout=5)

    monkeypatch.setattr("urllib3.util.connection.create_connection", connected)
    return addresses


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


def test_an_answer_that_turns_inward_ends_the_use_of_a_kept_connection(
    authority: trustme.CA, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_http, "RESOLVED_FOR_S", -1.0)
    answers_in_turn = iter([["93.184.215.14"], ["93.184.215.14"], ["127.0.0.1"]])
    tls = server_tls(authority.issue_cert(CRM))

    with (
        serving(answers(OK), tls_context=tls) as upstream,
        client(resolve=lambda *_: next(answers_in_turn), tls_context=trust) as http,
    ):
        addresses = lead_every_connection_to(upstream, monkeypatch)
        for _ in range(2):
            assert http.send(get(f"https://{CRM}/"), soon()).status == 200
        with pytest.raises(AddressRefused):
            http.send(get(f"https://{CRM}/"), soon())

    assert addresses == ["93.184.215.14"]
    assert len(upstream.requests) == 2


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


def test_a_call_to_ourselves_is_a_loop_even_where_the_operator_lists_it() -> None:
    with serving(answers(OK)) as upstream:
        http = OutboundHttp(
            frozenset({upstream.origin}), own_hosts=frozenset({"127.0.0.1"}), resolve=loopback
        )
        with pytest.raises(CallLoop):
            http.send(get(upstream.origin), soon())

    assert upstream.connections == 0


def test_host_sni_and_certificate_are_the_names(
    authority: trustme.CA, trust: ssl.SSLContext
) -> None:
    asked_for: list[str | None] = []
    tls = server_tls(authority.issue_cert(CRM))
    tls.sni_callback = lambda _, name, __: asked_for.append(name)

    with serving(answers(OK), tls_context=tls) as upstream:
        origin = f"https://{CRM}:{upstream.port}"
        with client(origin, tls_context=trust) as http:
            for _ in range(3):
                assert http.send(get(f"{origin}/v2"), soon()).body == b"[]"

    assert asked_for == [CRM]
    assert f"Host: {CRM}:{upstream.port}".encode() in upstream.requests[0].split(b"\r\n")
    assert upstream.connections == 1


def failed_handshake(
    certificate: trustme.LeafCert, trust: ssl.SSLContext | None, name: str = CRM
) -> UpstreamError:
    """How a call fails of an upstream with the certificate; that it was not asked is asserted."""
    with serving(answers(OK), tls_context=server_tls(certificate)) as upstream:
        origin = f"https://{name}:{upstream.port}"
        with client(origin, tls_context=trust) as http, pytest.raises(UpstreamTlsFailed) as failure:
            http.send(get(origin), soon())
    assert upstream.requests == []
    return failure.value


def test_a_certificate_for_another_name_is_refused(
    authority: trustme.CA, trust: ssl.SSLContext
) -> None:
    for identity in ("other.example.com", "*.crm.example.com", "127.0.0.1"):
        failure = failed_handshake(authority.issue_cert(identity), trust)
        assert "is for another host name" in failure.detail
        assert trust.check_hostname


def test_an_expired_certificate_is_refused(authority: trustme.CA, trust: ssl.SSLContext) -> None:
    expired = authority.issue_cert(
        CRM, not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    )

    assert "has expired" in failed_handshake(expired, trust).detail


def test_no_environment_makes_an_unknown_authority_trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(bundle))

    failure = failed_handshake(authority.issue_cert(CRM), trust=None)

    assert "authority" in failure.detail


def test_a_system_without_tls_is_refused_on_https() -> None:
    def greets(connection: socket.socket, upstream: Upstream) -> None:
        connection.sendall(b"220 mail.example.com ESMTP\r\n")
        upstream.stopped.wait()

    with serving(greets) as upstream:
        origin = f"https://127.0.0.1:{upstream.port}"
        with client(origin) as http, pytest.raises(UpstreamTlsFailed):
            http.send(get(origin), soon())


def test_proxies_netrc_and_cookies_are_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login jane password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    cookie = http_response(b"[]", headers=("Set-Cookie: session=1; Path=/",))

    with (
        serving(answers(OK)) as proxy,
        serving(answers(cookie)) as upstream,
        client(upstream.origin) as http,
    ):
        for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.origin)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        for _ in range(2):
            http.send(get(upstream.origin), soon())

    assert proxy.connections == 0
    assert len(upstream.requests) == 2
    assert not any(b"uthorization" in sent or b"ookie" in sent for sent in upstream.requests)
