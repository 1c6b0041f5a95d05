"""This machine's loopback for containers: what listens on a port of 127.0.0.1, on the same port of
the engine's bridge too. So the local stack itself never listens on more than the loopback."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


class _Relay(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Both directions until both ends are done."""
        front: socket.socket = self.request
        with suppress(OSError), socket.create_connection(("127.0.0.1", _port_of(front))) as behind:
            back = Thread(target=_pump, args=(behind, front), daemon=True)
            back.start()
            _pump(front, behind)
            back.join()


def _port_of(connection: socket.socket) -> int:
    return int(connection.getsockname()[1])


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def relayed(address: str, port: int) -> Iterator[None]:
    """127.0.0.1:`port` at `address`:`port` as well, until the block ends."""
    with _Relay((address, port), _Connection) as relay:
        Thread(target=relay.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            relay.shutdown()
