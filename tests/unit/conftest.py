from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No network. By marker: pytest-socket lifts after each test what a fixture of a wider scope
    has forbidden."""
    for item in items:
        if _HERE in item.path.parents and not item.get_closest_marker("enable_socket"):
            item.add_marker(pytest.mark.disable_socket)
