"""What every test may use. The local stack is started once, by the first test that asks for it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import jsonata  # noqa: F401  it raises the recursion limit: once, before Hypothesis looks at that
import pytest

from local.stack import LocalStack, running_stack
from local.template import ROOT


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def own_port() -> int:
    """A port on which a test may run a system of its own that the stack's records may call."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def stack(own_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The real template, deployed on a stack of the tests' own, with the demo tenants."""
    own_origin = f"http://127.0.0.1:{own_port}"
    with running_stack(0, own_origin, tmp_path_factory.mktemp("stack")) as running:
        yield running
