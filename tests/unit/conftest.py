from collections.abc import Iterator

import pytest
import pytest_socket


@pytest.fixture(autouse=True, scope="module")
def _no_network() -> Iterator[None]:
    # Per module: a session's fixture would still hold when the integration tests have their turn.
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()
