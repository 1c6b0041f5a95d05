"""Pins that are not what pyproject.toml asks for are refused, as far as the files tell it."""

from pathlib import Path

import pytest

from tools import lock_check
from tools.lock_check import GROUPS, LAYER_PINS, RegistryUnreachable, offline_faults, pins

PYPROJECT = """
[project]
dependencies = ["requests>=2.34"]
[dependency-groups]
dev = ["types-boto3[s3]>=1.43"]
emulator = []
sam = []
bench = []
load = []
"""
REQUESTS = (
    "requests==2.34.2 \\\n    --hash=sha256:1f \\\n    --hash=sha256:2a\n    # via tillbridge\n"
)
TYPES = "Types.Boto3==1.43.1 ; python_version < '3.12' \\\n    --hash=sha256:3c\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose pins are right."""
    for name in GROUPS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / LAYER_PINS).write_text(REQUESTS)
    (tmp_path / "requirements" / "dev.txt").write_text(REQUESTS + TYPES)
    return tmp_path


def test_right_pins_have_no_fault(project: Path) -> None:
    assert list(offline_faults(project)) == []


def test_a_pin_is_read_with_its_version_and_whether_it_has_a_hash(project: Path) -> None:
    read = [(pin.name, pin.version, pin.has_hash) for pin in pins(project / "requirements/dev.txt")]
    assert read == [("requests", "2.34.2", True), ("types-boto3", "1.43.1", True)]


def test_a_pin_without_a_hash_is_a_fault(project: Path) -> None:
    (project / LAYER_PINS).write_text(REQUESTS + "idna==3.20\n    # via requests\n")
    assert list(offline_faults(project)) == [f"{LAYER_PINS}: idna has no hash"]


def test_a_requirement_that_was_added_is_a_fault(project: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace("[]", '["boto3"]', 1))
    assert list(offline_faults(project)) == ["requirements/emulator.txt: no pin for boto3"]


def test_a_requirement_that_was_raised_is_a_fault(project: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace("2.34", "2.35"))
    assert list(offline_faults(project)) == [f"{LAYER_PINS}: no pin for requests>=2.35"]


def test_every_pin_of_a_package_must_satisfy(project: Path) -> None:
    """A universal file may pin a package once for each Python."""
    older = REQUESTS.replace("2.34.2", "2.33.0 ; python_version < '3.12'")
    (project / LAYER_PINS).write_text(older + REQUESTS)
    assert list(offline_faults(project)) == [f"{LAYER_PINS}: no pin for requests>=2.34"]


def test_faults_are_printed_and_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace("2.34", "2.35"))
    monkeypatch.setattr(lock_check, "ROOT", project)
    assert lock_check.main() == 1
    assert capsys.readouterr().out == f"{LAYER_PINS}: no pin for requests>=2.35\n"


def test_a_registry_that_is_out_of_reach_is_said_and_not_a_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def out_of_reach(_root: Path) -> list[str]:
        raise RegistryUnreachable("connection refused")

    monkeypatch.setattr(lock_check, "ROOT", project)
    monkeypatch.setattr(lock_check, "compile_faults", out_of_reach)
    assert lock_check.main() == 0
    assert "not compiled: connection refused" in capsys.readouterr().out
