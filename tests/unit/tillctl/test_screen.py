"""How it looks where nobody looks, where there is little room and where colours are not wanted; and
how soon it is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.demo_tenants import TENANTS
from local.template import ROOT
from tests.support.tillctl import tillctl
from tools.tillctl.failures import Exit
from tools.tillctl.reference import reference_page

ESCAPE = "\x1b"
RECORD = TENANTS / "kaffe-huset" / "integrations" / "customer_lookup.json"


def printed(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What the program itself prints into a pipe."""
    return subprocess.run(
        [ROOT / "tools" / "tillctl" / "run", *words],
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def bad_record(tmp_path: Path) -> str:
    file = tmp_path / "record.jsonc"
    file.write_text(RECORD.read_text().replace('"identifier": "id"', '"identifier": "(id"'))
    return str(file)


def test_into_a_pipe_go_no_colours(bad_record: str) -> None:
    result = printed("check", bad_record)

    assert result.returncode == 1
    assert "response.fields.identifier" in result.stdout
    assert ESCAPE not in result.stdout


def test_colours_can_be_forced_and_forbidden(bad_record: str) -> None:
    terminal = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}

    assert "\x1b[1;31m" in printed("check", bad_record, **terminal).stdout
    assert "31m" not in printed("check", bad_record, **terminal, NO_COLOR="1").stdout


def test_a_narrow_terminal_loses_nothing_of_a_table(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text('{"result": [{"id": 41, "name": "Jane Doe", "credit": 1}]}')
    words = ("try", str(RECORD), "--search-term", "jane", "--response", str(answer))

    result = printed(*words, COLUMNS="50")

    table = [line for line in result.stdout.splitlines() if line.startswith(("─", "name "))]
    assert max(map(len, table)) <= 50
    assert "Jane Doe" in result.stdout


def test_half_a_character_and_a_plain_terminal_stop_nothing(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text(r'{"result": [{"id": 41, "name": "J\ud800ne", "credit": 1}]}')
    words = ("try", str(RECORD), "--search-term", "jane", "--response", str(answer))

    result = printed(*words, PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert r"J\ud800ne" in result.stdout
    assert "Traceback" not in result.stderr


def test_it_imports_no_aws_and_no_http_before_they_are_needed() -> None:
    code = "import sys, tools.tillctl.app; print(sorted({'boto3', 'requests'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


def test_the_help_says_how_it_ends() -> None:
    shown = tillctl("--help").stdout

    for code in (Exit.OK, Exit.SAYS_NO, Exit.USAGE, Exit.ENVIRONMENT):
        assert f" {code.value} " in shown


def test_a_command_that_is_not_there_is_a_wrong_command_line() -> None:
    assert tillctl("chekc").exit_code == Exit.USAGE
    assert tillctl("try", RECORD).exit_code == Exit.USAGE


def test_ctrl_c_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.tillctl.check.record_files", interrupted)

    result = tillctl("check", "acme")

    assert result.exit_code == Exit.STOPPED
    assert "Traceback" not in result.output


def test_the_reference_is_what_the_commands_say() -> None:
    page = (ROOT / "docs" / "tillctl.md").read_text()

    assert page == reference_page()  # else: make openapi
    for heading in ("## tillctl keys create", "## tillctl rollback", "## tillctl secrets set"):
        assert heading in page
