"""The only way to a tenant's system: one request to one checked address, within one deadline.

The host is resolved once and the connection is made to the address that was checked, so no later
answer of a name server can bend it. Nothing of the environment (proxies, netrc, CA bundles) is
looked at, no redirect is followed, no cookie is kept.
"""

import logging
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing
from functools import cached_property
from http.client import BadStatusLine
from threading import Lock, current_thread, main_thread

import certifi
import urllib3.exceptions

from tillbridge.adapters.address_policy import is_public
from tillbridge.adapters.pinned_transport import (
    Address,
    PinnedTransport,
    Resolver,
    addresses_of,
    system_resolver,
)
from tillbridge.adapters.upstream_answer import read_answer
from tillbridge.domain.exchange import HOP_HEADER, OutboundRequest, UpstreamAnswer
from tillbridge.domain.headers import may_be_set
from tillbridge.domain.limits import Deadline, TimeLimitReached, time_limit
from tillbridge.domain.target import Origin, Target, check_url
from tillbridge.errors import (
    AddressRefused,
    InvalidRequest,
    RecordUnusable,
    UpstreamError,
    UpstreamTimeout,
    UpstreamTlsFailed,
    UpstreamUnreachable,
    UpstreamUnreadable,
)

MAX_IDLE_CONNECTIONS = 32
# How long a checked address is used without asking again, and an idle connection without a new one:
# Lambda freezes between calls, and a connection that slept longer is likely dead at its other end.
RESOLVED_FOR_S = 30.0
MAX_IDLE_S = 30.0
# A single silent wait is ended by the socket's own timeout, in good order, this much before the
# alarm; the alarm is for what keeps dripping, where each wait is short.
TIMEOUT_LEAD_S = 0.01

OWN_HEADERS = {
    "User-Agent": "tillbridge/1",
    "Accept-Encoding": "gzip, identity",
    HOP_HEADER: "1",
}
_METHOD = re.compile(r"[A-Z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

# OpenSSL's verification codes, in words that say what to mend.
_CERTIFICATE_FAULTS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by an authority that is not public",
    20: "is signed by an unknown authority, or comes without its intermediate certificates",
    62: "is for another host name",
}

# At WARNING, urllib3 logs the URL of an answer with malformed headers; at DEBUG, of every request.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class OutboundHttp:
    """Sends requests to tenants' systems, from several threads at once; keeps connections alive
    between them."""

    def __init__(
        self,
        allowed_private_origins: frozenset[str] = frozenset(),
        resolve: Resolver = system_resolver,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`allowed_private_origins` is the operator's list (`domain/target.py`), empty in the
        cloud."""
        self._allowed_private_origins = allowed_private_origins
        self._resolve = resolve
        self._given_tls_context = tls_context
        # Never held where an alarm can strike.
        self._lock = Lock()
        # What no exchange is using, the longest unused first.
        self._idle: list[PinnedTransport] = []

    def send(self, request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        """One attempt, whatever the status of the answer, unless it is a redirect."""
        target = check_url(request.url, self._allowed_private_origins)
        headers = _headers(request, target)
        transport = self._transport(target.origin, deadline)
        failure: UpstreamError
        try:
            with _bounded(transport, deadline):
                answer = _exchange(transport, request, target, headers, deadline)
        except TimeLimitReached:
            failure = UpstreamTimeout()
        except UpstreamError as error:
            failure = error
        except urllib3.exceptions.HTTPError as error:
            failure = _in_our_words(error)
        else:
            self._keep(transport)
            return answer
        transport.close()
        self._forget(target.origin)
        try:
            # Out here it has neither cause nor context: the libraries' texts hold the path and
            # query, and a log of the traceback would print them.
            raise failure
        finally:
            # Its traceback holds this frame: together they would keep, until garbage is collected,
            # the megabyte that was read of an answer.
            del failure

    def close(self) -> None:
        """Close every connection that is not in use."""
        for transport in list(self._idle):
            self._forget(transport.origin)

    def _transport(self, origin: Origin, deadline: Deadline) -> PinnedTransport:
        """A connection of the caller's own, to an address that was checked at most `RESOLVED_FOR_S`
        ago."""
        now_s = time.monotonic()
        transport = self._taken(origin)
        if transport and now_s - transport.used_at_s > MAX_IDLE_S:
            transport.close()
            self._forget(origin)
            transport = None
        if transport is None or now_s - transport.resolved_at_s > RESOLVED_FOR_S:
            addresses = self._checked_addresses(origin, deadline)
            if transport is None or transport.address not in addresses:
                if transport:
                    transport.close()
                ipv4_first = min(addresses, key=lambda address: address.version)
                transport = PinnedTransport(origin, ipv4_first, self._shared_tls_context)
            transport.resolved_at_s = now_s
        return transport

    def _taken(self, origin: Origin) -> PinnedTransport | None:
        """The origin's connection that was used last, which is nobody else's now."""
        with self._lock:
            kept = [transport for transport in self._idle if transport.origin == origin]
            if not kept:
                return None
            self._idle.remove(kept[-1])
            return kept[-1]

    def _keep(self, transport: PinnedTransport) -> None:
        transport.used_at_s = time.monotonic()
        with self._lock:
            self._idle.append(transport)
            surplus = self._idle[:-MAX_IDLE_CONNECTIONS]
            del self._idle[:-MAX_IDLE_CONNECTIONS]
        for unused in surplus:
            unused.close()

    def _checked_addresses(self, origin: Origin, deadline: Deadline) -> list[Address]:
        addresses = addresses_of(origin, self._resolve, deadline)
        if not addresses:
            raise UpstreamUnreachable(f"The host name {origin.host} does not resolve.")
        if not origin.is_private and not all(map(is_public, addresses)):
            raise AddressRefused(
                f"The host name {origin.host} resolves to an address that is not public: "
                "name a host that is reached over the internet."
            )
        return addresses

    def _forget(self, origin: Origin) -> None:
        """What is wrong with one connection may be with those that were kept as long."""
        with self._lock:
            forgotten = [transport for transport in self._idle if transport.origin == origin]
            self._idle = [transport for transport in self._idle if transport.origin != origin]
        for transport in forgotten:
            transport.close()

    def _shared_tls_context(self) -> ssl.SSLContext:
        with self._lock:
            return self._tls_context

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        """One for all origins, and only when there is one to call: loading a bundle is dear."""
        if self._given_tls_context:
            return self._given_tls_context
        context = ssl.create_default_context(cafile=certifi.where())
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _bounded(transport: PinnedTransport, deadline: Deadline) -> AbstractContextManager[None]:
    """The deadline around an exchange: an interval timer's in the main thread, where it ends
    whatever Python does; the end of the connection in the others."""
    seconds = deadline.remaining_s()
    if current_thread() is main_thread():
        return time_limit(seconds)
    return transport.cut_off(seconds)


def _exchange(
    transport: PinnedTransport,
    request: OutboundRequest,
    target: Target,
    headers: Mapping[str, str],
    deadline: Deadline,
) -> UpstreamAnswer:
    timeout_s = max(deadline.remaining_s() - TIMEOUT_LEAD_S, TIMEOUT_LEAD_S)
    raw = transport.send(request.method, target.path_and_query, headers, request.body, timeout_s)
    # A body that was read to its end has given its connection back; any other is closed here.
    with closing(raw):
        return read_answer(raw)


def _headers(request: OutboundRequest, target: Target) -> dict[str, str]:
    """All that is sent, once it is known that it can be."""
    if not _METHOD.fullmatch(request.method):
        raise RecordUnusable("The record's method must be a word in capitals, such as GET.")
    for name, value in request.headers.items():
        if not may_be_set(name):
            raise RecordUnusable(f"The record's header {name!r} cannot be set: remove it.")
        if not _HEADER_VALUE.fullmatch(value):
            raise InvalidRequest(
                f"The header {name} cannot carry this value: "
                "it holds a line break or a character outside Latin-1.",
                field=name,
            )
    headers = {"Host": target.origin.authority, **OWN_HEADERS, **request.headers}
    if request.body is not None:
        headers["Content-Length"] = str(len(request.body))
    return headers


def _in_our_words(error: Exception) -> UpstreamError:
    """What a library's error means. Its own text holds the path and the query."""
    for cause in _causes(error):
        match cause:
            case TimeoutError():
                return UpstreamTimeout()
            case ssl.SSLCertVerificationError(verify_code=code):
                fault = _CERTIFICATE_FAULTS.get(code, "is not valid")
                return UpstreamTlsFailed(f"The system's certificate {fault}.")
            case ConnectionError() | ssl.SSLEOFError() | ssl.SSLZeroReturnError():
                break  # how a kept connection ends: no failure of TLS, and no answer to misread
            case ssl.SSLError():
                return UpstreamTlsFailed("No connection by TLS 1.2 or newer could be made.")
            case BadStatusLine():
                return UpstreamUnreadable("The system's answer is not HTTP.")
    return UpstreamUnreachable("The connection was refused, or broke off before an answer.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__
