"""Whom a call trusts: the certificate of the name it asked for, whatever the environment says."""

import datetime
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from tests.support.outbound import client, get, lead_every_connection_to, soon
from tests.support.upstreams import Upstream, answers, http_response, serving
from tillbridge.adapters import outbound_http
from tillbridge.errors import AddressRefused, UpstreamError, UpstreamTlsFailed

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
