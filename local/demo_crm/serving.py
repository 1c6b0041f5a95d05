"""A quiet server on 127.0.0.1, for the process and for tests."""

import socket

import uvicorn
from starlette.applications import Starlette


def listen(port: int) -> socket.socket:
    # The protocol is named because asyncio sets TCP_NODELAY only where it is: without it, an answer
    # in two packets waits 40 ms for the first one's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def server(app: Starlette) -> uvicorn.Server:
    """A request that is being held up by a fault is not waited for when it stops."""
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, timeout_graceful_shutdown=0
    )
    return uvicorn.Server(config)
