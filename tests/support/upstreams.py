"""Merchants' systems, well and sick, as raw servers on the loopback.

`serving` runs a behaviour, a function from an accepted connection to what is done on it, for each
connection in a thread of its own::

    with serving(answers(http_response(b"[]"))) as upstream:
        http.send(OutboundRequest("GET", f"{upstream.origin}/customers", {}), deadline)
    assert upstream.connections == 1
"""

import gzip
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

HOST = "127.0.0.1"


@dataclass
class Upstream:
    """A running server: where it is and what it has seen; `hung_up` once a connection has ended."""

    port: int
    scheme: str = "http"
    connections: int = 0
    hung_up: Event = field(default_factory=Event)
    requests: list[bytes] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{HOST}:{self.port}"


Behaviour = Callable[[socket.socket, Upstream], None]


@contextmanager
def serving(
    behaviour: Behaviour,
    *,
    tls_context: ssl.SSLContext | None = None,
    host: str = HOST,
    port: int = 0,
) -> Iterator[Upstream]:
    """A server that treats every connection so, until the block ends."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        upstream = Upstream(listener.getsockname()[1], "https" if tls_context else "http")
        threads: list[Thread] = []

        def treat(connection: socket.socket) -> None:
            # A client that has given up is the point of many a behaviour.
            with suppress(OSError), connection:
                connection.settimeout(5)
                if tls_context is None:
                    behaviour(connection, upstream)
                else:
                    with tls_context.wrap_socket(connection, server_side=True) as encrypted:
                        behaviour(encrypted, upstream)
            upstream.hung_up.set()

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                upstream.connections += 1
                threads.append(Thread(target=treat, args=(connection,), daemon=True))
                threads[-1].start()

        acceptor = Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield upstream
        finally:
            upstream.stopped.set()
            # Closing alone does not wake a thread that waits in accept().
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for thread in threads:
                thread.join()


@contextmanager
def refusing() -> Iterator[str]:
    """The origin of a port that nobody listens on, held so that nobody else gets it."""
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        yield f"http://{HOST}:{bound.getsockname()[1]}"


def http_response(
    body: bytes = b"",
    *,
    status: str = "200 OK",
    headers: tuple[str, ...] = ("Content-Type: application/json",),
    length: int | None = None,
) -> bytes:
    """A whole response, or one whose announced `length` is a lie."""
    announced = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {announced}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def answers(response: bytes) -> Behaviour:
    """Gives the same response to every request, on connections that stay open."""

    def behave(connection: socket.socket, upstream: Upstream) -> None:
        while received(connection, upstream):
            connection.sendall(response)

    return behave


def answers_once(response: bytes) -> Behaviour:
    """Gives one response and closes the connection, whatever the response says."""

    def behave(connection: socket.socket, upstream: Upstream) -> None:
        received(connection, upstream)
        connection.sendall(response)

    return behave


def slow(response: bytes, seconds: float) -> Behaviour:
    """Answers, but only after a while."""

    def behave(connection: socket.socket, upstream: Upstream) -> None:
        while received(connection, upstream) and not upstream.stopped.wait(seconds):
            connection.sendall(response)

    return behave


def drips(beginning: bytes, drop: bytes, every_s: float = 0.02) -> Behaviour:
    """Begins an answer at once and goes on with it drop by drop, for ever."""

    def behave(connection: socket.socket, upstream: Upstream) -> None:
        received(connection, upstream)
        connection.sendall(beginning)
        while not upstream.stopped.wait(every_s):
            connection.sendall(drop)

    return behave


def drips_body() -> Behaviour:
    return drips(http_response(length=1_000_000), b"x")


def drips_headers() -> Behaviour:
    return drips(b"HTTP/1.1 200 OK\r\nX-Endless: ", b"x")


def silent(connection: socket.socket, upstream: Upstream) -> None:
    """Takes the request and never says a word."""
    received(connection, upstream)
    upstream.stopped.wait()


def deaf(_: socket.socket, upstream: Upstream) -> None:
    """Accepts the connection and does not even read, so that TLS is never begun."""
    upstream.stopped.wait()


def hangs_up(connection: socket.socket, upstream: Upstream) -> None:
    """Takes the request and closes the connection."""
    received(connection, upstream)


def html_page() -> Behaviour:
    """A proxy's or a framework's error page where JSON was due."""
    page = b"<!doctype html><title>Bad gateway</title>"
    return answers(http_response(page, headers=("Content-Type: text/html; charset=utf-8",)))


def truncated() -> Behaviour:
    return answers_once(http_response(b'[{"id": 1', length=200))


def oversized(size_bytes: int) -> Behaviour:
    return answers(http_response(b" " * size_bytes))


def gzip_bomb(size_bytes: int) -> Behaviour:
    """A body that is small on the wire and `size_bytes` decoded."""
    packed = gzip.compress(bytes(size_bytes))
    return answers(http_response(packed, headers=("Content-Encoding: gzip",)))


def received(connection: socket.socket, upstream: Upstream) -> bytes:
    """The next request on the connection, noted; empty when the client has closed it."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (part := _part(connection, upstream)):
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    missing = _content_length(head) - len(body)
    while missing > 0 and (part := _part(connection, upstream)):
        data += part
        missing -= len(part)
    upstream.requests.append(data)
    return data


def _part(connection: socket.socket, upstream: Upstream) -> bytes:
    """What has arrived. Wakes often enough to see that the server is to stop."""
    connection.settimeout(0.05)
    try:
        while not upstream.stopped.is_set():
            with suppress(TimeoutError):
                return connection.recv(65_536)
        return b""
    finally:
        connection.settimeout(5)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
