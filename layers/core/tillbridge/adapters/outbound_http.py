"""The only way to a tenant's system: one request to one checked address, within one deadline.

The host is resolved once and the connection is made to the address that was checked, so no later
answer of a name server can bend it. Nothing of the environment (proxies, netrc, CA bundles) is
looked at, no redirect is followed, no cookie is kept.
"""

import logging
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from functools import cached_property
from http.client import BadStatusLine
from threading import Lock, current_thread, main_thread

import certifi
import requests
import urllib3.exceptions

from tillbridge.adapters.address_policy import is_public
from tillbridge.adapters.pinned_transport import (
    Address,
    PinnedAdapter,
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
        self._idle: list[PinnedAdapter] = []

    def send(self, request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        """One attempt, whatever the status of the answer, unless it is a redirect."""
        target = check_url(request.url, self._allowed_private_origins)
        prepared = _prepared(request, target)
        adapter = self._adapter(target.origin, deadline)
        failure: UpstreamError
        try:
            with _bounded(adapter, deadline):
                answer = _exchange(adapter, prepared, deadline)
        except TimeLimitReached:
            failure = UpstreamTimeout()
        except UpstreamError as error:
            failure = error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            failure = _in_our_words(error)
        else:
            self._keep(adapter)
            return answer
        adapter.close()
        self._forget(target.origin)
        # Out here it has neither cause nor context: the libraries' texts hold the path and query,
        # and a log of the traceback would print them.
        raise failure

    def close(self) -> None:
        """Close every connection that is not in use."""
        for adapter in list(self._idle):
            self._forget(adapter.origin)

    def _adapter(self, origin: Origin, deadline: Deadline) -> PinnedAdapter:
        """A connection of the caller's own, to an address that was checked at most `RESOLVED_FOR_S`
        ago."""
        now_s = time.monotonic()
        adapter = self._taken(origin)
        if adapter and now_s - adapter.used_at_s > MAX_IDLE_S:
            adapter.close()
            self._forget(origin)
            adapter = None
        if adapter is None or now_s - adapter.resolved_at_s > RESOLVED_FOR_S:
            addresses = self._checked_addresses(origin, deadline)
            if adapter is None or adapter.address not in addresses:
                if adapter:
                    adapter.close()
                ipv4_first = min(addresses, key=lambda address: address.version)
                adapter = PinnedAdapter(origin, ipv4_first, self._shared_tls_context)
            adapter.resolved_at_s = now_s
        return adapter

    def _taken(self, origin: Origin) -> PinnedAdapter | None:
        """The origin's connection that was used last, which is nobody else's now."""
        with self._lock:
            kept = [adapter for adapter in self._idle if adapter.origin == origin]
            if not kept:
                return None
            self._idle.remove(kept[-1])
            return kept[-1]

    def _keep(self, adapter: PinnedAdapter) -> None:
        adapter.used_at_s = time.monotonic()
        with self._lock:
            self._idle.append(adapter)
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
            forgotten = [adapter for adapter in self._idle if adapter.origin == origin]
            self._idle = [adapter for adapter in self._idle if adapter.origin != origin]
        for adapter in forgotten:
            adapter.close()

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


def _bounded(adapter: PinnedAdapter, deadline: Deadline) -> AbstractContextManager[None]:
    """The deadline around an exchange: an interval timer's in the main thread, where it ends
    whatever Python does; the end of the connection in the others."""
    seconds = deadline.remaining_s()
    if current_thread() is main_thread():
        return time_limit(seconds)
    return adapter.cut_off(seconds)


def _exchange(
    adapter: PinnedAdapter, prepared: requests.PreparedRequest, deadline: Deadline
) -> UpstreamAnswer:
    timeout_s = max(deadline.remaining_s() - TIMEOUT_LEAD_S, TIMEOUT_LEAD_S)
    response = adapter.send(prepared, stream=True, timeout=timeout_s)
    # A body that was read to its end has given its connection back; any other is closed here.
    with closing(response.raw) as raw:
        return read_answer(raw)


def _prepared(request: OutboundRequest, target: Target) -> requests.PreparedRequest:
    """By hand: `prepare()` would parse and rewrite the URL that was checked."""
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
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = target.path_and_query
    headers = {"Host": target.origin.authority, **OWN_HEADERS, **request.headers}
    if request.body is not None:
        headers["Content-Length"] = str(len(request.body))
    prepared.headers = headers  # type: ignore[assignment]  # a plain dict is all that is read
    prepared.body = request.body
    return prepared


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
