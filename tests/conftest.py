"""What every test may use. The local stack is started once, by the first test that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import LocalStack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The real template, deployed on a stack of the tests' own, with the demo tenants."""
    with running_stack(0, "", tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parent.parent
