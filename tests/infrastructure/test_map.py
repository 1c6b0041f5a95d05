"""The README's map: whoever looks for a room finds it there."""

import pytest

from local.template import ROOT

CORE = "layers/core/tillbridge"
README = (ROOT / "README.md").read_text()
ROOMS = sorted(file.parent.name for file in (ROOT / CORE / "domain").glob("*/__init__.py"))
FUNCTIONS = sorted(file.parent.name for file in (ROOT / "functions").glob("*/handler.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_the_readme_names_every_room_of_the_domain(room: str) -> None:
    assert f"| `{CORE}/domain/{room}/` |" in README


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_readme_shows_on_whose_way_every_function_is(function: str) -> None:
    begin = README.index("## How a request travels")
    assert function in README[begin : README.index("## Where things are")]
