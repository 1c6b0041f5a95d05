"""The demo CRM on a free port, served by a thread, and one function to call it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import Any

import pytest
import requests

from local.demo_crm.app import Settings, create_app
from local.demo_crm.serving import listen, server

Call = Callable[..., requests.Response]
Serve = Callable[..., AbstractContextManager[Call]]
TIMEOUT_S = 10


@contextmanager
def _serve(
    settings: Settings | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Call]:
    serving = server(create_app(settings, clock))
    with listen(0) as listener, requests.Session() as session:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = Thread(target=serving.run, kwargs={"sockets": [listener]})
        thread.start()

        def call(method: str, path: str, **keywords: Any) -> requests.Response:
            return session.request(method, url + path, timeout=TIMEOUT_S, **keywords)

        try:
            yield call
        finally:
            serving.should_exit = True
            thread.join(TIMEOUT_S)


@pytest.fixture(scope="session")
def serve() -> Serve:
    """For a test that needs limits or a clock of its own."""
    return _serve


@pytest.fixture(scope="session")
def shared_call() -> Iterator[Call]:
    with _serve() as call:
        yield call


@pytest.fixture
def call(shared_call: Call) -> Iterator[Call]:
    """`call(method, path, **keywords of requests)`; faults do not outlive the test."""
    yield shared_call
    for system in shared_call("GET", "/control/health").json()["systems"]:
        shared_call("DELETE", f"/control/faults/{system}")
