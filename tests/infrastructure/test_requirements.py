"""Each requirement has a test that says so, or says what is open; no test names another."""

from local.template import ROOT
from tools.requirements import REQUIREMENTS, marked_tests, with_tables


def test_tests_name_requirements_that_there_are() -> None:
    assert marked_tests().keys() - REQUIREMENTS.keys() == set()


def test_a_requirement_is_held_by_a_test_or_is_open() -> None:
    held = marked_tests()
    assert [name for name, one in REQUIREMENTS.items() if name not in held and not one.open] == []


def test_the_page_says_what_the_tests_say() -> None:
    page = (ROOT / "docs" / "requirements.md").read_text()

    assert with_tables(page) == page, "run: make openapi"
