"""What `outbound_http` connects with: names to addresses, and requests' transport nailed to one."""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from queue import SimpleQueue
from threading import Thread
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool

from tillbridge.domain.target import Origin

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Iterable[str]]

CONNECTIONS_PER_ORIGIN = 4


def system_resolver(host: str, port: int) -> Iterable[str]:
    """Every address that the system's resolver knows for the host, in its order."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def addresses_of(origin: Origin, resolve: Resolver) -> list[Address]:
    """Every address of the origin's host; none when it does not resolve.

    `getaddrinfo` is one call in C that no signal interrupts, so it runs in a thread of its own,
    and it is the wait for it that the caller's time limit ends.
    """
    answers: SimpleQueue[list[Address]] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put([ip_address(text) for text in resolve(origin.host, origin.port)])
        except (OSError, ValueError):
            answers.put([])

    Thread(target=look_up, name=f"resolve {origin.host}", daemon=True).start()
    return answers.get()


class PinnedAdapter(HTTPAdapter):
    """requests' transport with a pool of connections to one checked address, and no way to another:
    what it sends is given as path and query, and Host as a header."""

    def __init__(
        self, origin: Origin, address: Address, tls_context: Callable[[], ssl.SSLContext]
    ) -> None:
        super().__init__(max_retries=0)
        self.address = address
        self.resolved_at_s = self.used_at_s = time.monotonic()
        self._pool = (
            HTTPSConnectionPool(
                str(address),
                origin.port,
                maxsize=CONNECTIONS_PER_ORIGIN,
                ssl_context=tls_context(),
                # SNI and the certificate are the name's. `assert_hostname` would switch OpenSSL's
                # own check off, in the context that all origins share.
                server_hostname=origin.host,
            )
            if origin.scheme == "https"
            else HTTPConnectionPool(str(address), origin.port, maxsize=CONNECTIONS_PER_ORIGIN)
        )

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        """The one pool, whatever was asked for."""
        return self._pool

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """Nothing: the TLS context verifies. requests' own would load its CA bundle anew for each
        connection, into our context."""

    def request_url(self, request: PreparedRequest, *_: Any, **__: Any) -> str:
        """The request's URL, which is its path and query already."""
        return request.url or "/"

    def build_response(self, _: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """The bare answer: requests' own would read its cookies."""
        response = Response()
        response.raw = resp
        return response

    def close(self) -> None:
        self._pool.close()
        super().close()
