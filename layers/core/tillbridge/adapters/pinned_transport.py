"""What `outbound_http` connects with: names to addresses, and urllib3's pools nailed to one."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from tillbridge.domain.limits import Deadline, cut_off
from tillbridge.domain.target import Origin
from tillbridge.errors import UpstreamTimeout

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Iterable[str]]


def system_resolver(host: str, port: int) -> Iterable[str]:
    """Every address that the system's resolver knows for the host, in its order."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def addresses_of(origin: Origin, resolve: Resolver, deadline: Deadline) -> list[Address]:
    """Every address of the origin's host; none when it does not resolve. Raises `UpstreamTimeout`.

    `getaddrinfo` is one call in C that nothing interrupts, so it runs in a thread of its own, and
    it is the wait for it that the deadline ends.
    """
    answers: SimpleQueue[list[Address]] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put([ip_address(text) for text in resolve(origin.host, origin.port)])
        except (OSError, ValueError):
            answers.put([])

    Thread(target=look_up, name=f"resolve {origin.host}", daemon=True).start()
    try:
        return answers.get(timeout=max(deadline.remaining_s(), 0))
    except Empty:
        raise UpstreamTimeout from None


class Cutter:
    """Ends an exchange from another thread: what its socket waits for fails, or comes to an end, at
    once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._handle: socket.socket | None = None
        self._has_cut = False

    def hold(self, connected: socket.socket) -> None:
        """The socket that the exchange runs over."""
        # A handle of its own: while TLS is being set up, the socket has none for a moment.
        handle = socket.socket(fileno=os.dup(connected.fileno()))
        self.close()
        with self._lock:
            self._handle = handle
        if self._has_cut:
            self.cut()

    def cut(self) -> None:
        with self._lock, suppress(OSError):
            self._has_cut = True
            if self._handle is not None:
                self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The exchange is over. Until then the other end sees no connection closed."""
        with self._lock:
            if self._handle is not None:
                self._handle.close()
            self._handle = None


class _Cuttable:
    """Mixed into a connection: it shows its transport's cutter the socket that it works on."""

    def __init__(self, *args: Any, transport: "PinnedTransport", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._transport = transport

    def _new_conn(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]  # urllib3's
        self._transport.works_on(connected)
        return connected

    def request(self, *args: Any, **kwargs: Any) -> None:
        kept: socket.socket | None = self.sock  # type: ignore[attr-defined]  # urllib3's
        if kept is not None:
            self._transport.works_on(kept)
        super().request(*args, **kwargs)  # type: ignore[misc]  # urllib3's


class _HttpConnection(_Cuttable, HTTPConnection):
    pass


class _HttpsConnection(_Cuttable, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class PinnedTransport:
    """One connection to one checked address, and no way to another: what it sends is given as path
    and query, and Host as a header. One exchange at a time."""

    def __init__(
        self, origin: Origin, address: Address, tls_context: Callable[[], ssl.SSLContext]
    ) -> None:
        self.origin = origin
        self.address = address
        self.resolved_at_s = self.used_at_s = time.monotonic()
        self._cutter: Cutter | None = None
        self._pool = (
            _HttpsPool(
                str(address),
                origin.port,
                ssl_context=tls_context(),
                # SNI and the certificate are the name's. `assert_hostname` would switch OpenSSL's
                # own check off, in the context that all origins share.
                server_hostname=origin.host,
                transport=self,
            )
            if origin.scheme == "https"
            else _HttpPool(str(address), origin.port, transport=self)
        )

    @contextmanager
    def cut_off(self, seconds: float) -> Iterator[None]:
        """Bounds an exchange where no alarm strikes; see `limits.cut_off`."""
        try:
            with closing(Cutter()) as self._cutter, cut_off(seconds, self._cutter.cut):
                yield
        finally:
            # The next exchange may be one that an alarm bounds: nobody would close its handle.
            self._cutter = None

    def works_on(self, connected: socket.socket) -> None:
        """The socket of the exchange that goes on now."""
        if self._cutter is not None:
            self._cutter.hold(connected)

    def send(
        self,
        method: str,
        path_and_query: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
    ) -> BaseHTTPResponse:
        """The answer as far as its headers; each single wait is at most `timeout_s`. Raises
        urllib3's `HTTPError`s."""
        return self._pool.urlopen(
            method,
            path_and_query,
            body,
            headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout_s,
            preload_content=False,
            decode_content=False,
        )

    def close(self) -> None:
        self._pool.close()
