"""docs/onboarding-a-tenant.md as its reader meets it: every command, in order, with its output."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from local.processes import die_with_parent, stop
from local.stack import LocalStack, write_description
from local.template import ROOT
from tests.support.pages import Command, File, shows, steps_of

PAGE = ROOT / "docs" / "onboarding-a-tenant.md"
# What of the page is the reader's own, and has to be typed as it was shown to them.
_OWN = {
    r"tb_harbour-books_[0-9a-f]{8}_[0-9a-f]{64}": r"tb_harbour-books_\w+_…",
    r"http://127\.0\.0\.1:\d+/restapis/\w+/": r"http://127\.0\.0\.1:4566/restapis/\w+/",
}
# What is different each time, shown as it was once.
_EACH_TIME = {
    r"tb_harbour-books_[0-9a-f]{8}_(?:[0-9a-f]{64}|…)": "TOKEN",
    r"127\.0\.0\.1:\d+/restapis/\w+": "127.0.0.1:PORT/restapis/API",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d": "TIME",
    r"\b[0-9a-f]{12}\b": "HASH",
    r"Key [0-9a-f]{8}": "Key ID",
    r"\d+ ms": "MS",
}
# The gateway's functions remember records for 30 s.
_FOLLOWS_WITHIN_S = 45


@dataclass
class Reader:
    """Somebody at a terminal in `folder`, who copies what is shown to them."""

    folder: Path
    port: int
    seen: dict[str, str] = field(default_factory=dict)

    def run(self, command: Command) -> str:
        """What the command prints; of one that asks the gateway, as soon as it is what is shown."""
        give_up_s = time.monotonic() + _FOLLOWS_WITHIN_S
        while True:
            output = self._output(command.line)
            follows = command.line.startswith("curl") and time.monotonic() < give_up_s
            if self.is_shown(command, output) or not follows:
                break
        for pattern, shown in _OWN.items():
            if found := re.search(pattern, output):
                self.seen[shown] = found[0]
        return output

    def is_shown(self, command: Command, output: str) -> bool:
        shown = self.with_port(command.output)
        for pattern, name in _EACH_TIME.items():
            shown, output = re.sub(pattern, name, shown), re.sub(pattern, name, output)
        return shows(shown, output)

    def with_port(self, text: str) -> str:
        return text.replace("127.0.0.1:9000", f"127.0.0.1:{self.port}").replace(
            '"127.0.0.1", 9000', f'"127.0.0.1", {self.port}'
        )

    def _output(self, line: str) -> str:
        for shown, own in self.seen.items():
            line = re.sub(shown, own, line)
        exported = self.folder / ".exported"
        script = f"set -a; . {exported}; set +a\n{self.with_port(line)}\nexport -p > {exported}"
        exported.touch()
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
        )
        return done.stdout

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "HOME") if name in os.environ}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "LOGNAME": "you", "PYTHONUTF8": "1"}


@contextmanager
def running(reader: Reader, command: Command) -> Iterator[None]:
    """A program in a terminal of its own, until the page is read."""
    process = subprocess.Popen(
        shlex.split(command.line),
        cwd=reader.folder,
        env=reader.environment(),
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    try:
        wait_for(f"http://127.0.0.1:{reader.port}/")
        yield
    finally:
        stop(process)


def wait_for(url: str) -> None:
    give_up_s = time.monotonic() + 20
    while time.monotonic() < give_up_s:
        try:
            requests.get(url, timeout=1)
        except requests.RequestException:
            continue
        return
    raise AssertionError(f"nobody answers at {url}")


@pytest.mark.stack
@pytest.mark.timeout(400)
def test_every_command_does_what_the_page_shows(
    stack: LocalStack, own_port: int, tmp_path: Path
) -> None:
    (tmp_path / ".local").mkdir()
    write_description(stack, tmp_path / ".local" / "stack.json")
    reader = Reader(tmp_path, own_port)
    steps = list(steps_of(PAGE.read_text()))
    for step in steps:
        if isinstance(step, File) and step.path == "crm.py":
            File(step.path, reader.with_port(step.text)).write(tmp_path)
    (crm,) = (s for s in steps if isinstance(s, Command) and s.line == "python3 crm.py")

    with running(reader, crm):
        for step in steps:
            if isinstance(step, File):
                File(step.path, reader.with_port(step.text), step.line).write(tmp_path)
            elif not step.terminal:
                output = reader.run(step)
                assert reader.is_shown(step, output), f"{step.line}\n{output}"


def test_the_stack_is_started_as_the_fixture_starts_it() -> None:
    """`make run` itself is met in test_make_run.py."""
    terminals = [s for s in steps_of(PAGE.read_text()) if isinstance(s, Command) and s.terminal]

    assert [command.line for command in terminals] == [
        "python3 crm.py",
        "make run ALLOW_ORIGINS=http://127.0.0.1:9000",
    ]


def test_a_reader_who_has_the_environment_has_tillctl() -> None:
    assert os.access(ROOT / ".venv" / "bin" / "tillctl", os.X_OK)
