"""A client for upstreams on the loopback, as production has it but for names and trust."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.upstreams import HOST, Upstream
from tillbridge.adapters.outbound_http import OutboundHttp
from tillbridge.adapters.pinned_transport import Resolver
from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.limits import Deadline

BUDGET_S = 0.4
# What the promise allows beyond the budget, and what a busy machine may add.
LATEST_S = BUDGET_S + 0.1 + 0.4
PATIENCE_S = 10.0


def loopback(_host: str, _port: int) -> list[str]:
    """A resolver that answers every name with the loopback address."""
    return [HOST]


@contextmanager
def client(
    *origins: str, resolve: Resolver = loopback, tls_context: ssl.SSLContext | None = None
) -> Iterator[OutboundHttp]:
    """An `OutboundHttp` whose operator has listed the origins."""
    http = OutboundHttp(frozenset(origins), resolve=resolve, tls_context=tls_context)
    try:
        yield http
    finally:
        http.close()


def get(url: str, **headers: str) -> OutboundRequest:
    return OutboundRequest("GET", url, headers)


def soon() -> Deadline:
    """Enough time for anything that is not meant to run out of it."""
    return Deadline.after(PATIENCE_S)


def failure_within_budget(http: OutboundHttp, url: str) -> Exception:
    """How the call fails when its time is short; that it fails in time is asserted."""
    began_s = time.monotonic()
    with pytest.raises(Exception) as failure:  # noqa: PT011 - the caller judges which
        http.send(get(url), Deadline.after(BUDGET_S))
    assert time.monotonic() - began_s < LATEST_S
    return failure.value


def lead_every_connection_to(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever address is connected to, it is the upstream that answers; the list tells which."""
    connect = socket.create_connection
    addresses: list[str] = []

    def connected(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        addresses.append(address[0])
        return connect((HOST, upstream.port), timeout=5)

    monkeypatch.setattr("urllib3.util.connection.create_connection", connected)
    return addresses
