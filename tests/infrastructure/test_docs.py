"""The pages name what exists: files, folders and targets."""

import re
from pathlib import Path

import pytest

from local.template import ROOT
from tools.openapi import openapi

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ROOMS = {"functions", "layers", "events", "tests", "local", "tools", "docs"}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([\w./*-]+/[\w./*-]*)`")
TARGET = re.compile(r"(?:`|\$ )make ([a-z-]+)\b")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def named_paths(page: Path) -> list[str]:
    """Paths in backticks that begin in a room of ours and hold no placeholder."""
    paths = CODE.findall(page.read_text())
    return [path for path in paths if path.split("/")[0] in ROOMS]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_files_exist(page: Path) -> None:
    missing = [path for path in named_paths(page) if not list(ROOT.glob(path.rstrip("/")))]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(TARGET.findall(page.read_text())) <= targets


def test_the_pages_name_files_at_all() -> None:
    assert sum(len(named_paths(page)) for page in PAGES) > 10


def test_the_api_document_says_what_each_part_of_a_path_is_and_what_a_key_is_for() -> None:
    for path, methods in openapi()["paths"].items():
        for method, described in methods.items():
            parameters = {(one["in"], one["name"]) for one in described.get("parameters", [])}
            in_path = {("path", name) for name in re.findall(r"{(\w+)}", path)}
            assert in_path == {one for one in parameters if one[0] == "path"}, f"{method} {path}"
    keyed = openapi()["paths"]["/v1/redemptions"]["post"]
    assert "Idempotency-Key" in [one["name"] for one in keyed["parameters"]]
    assert {"201", "409", "422", "503"} <= keyed["responses"].keys()
