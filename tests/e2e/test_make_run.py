"""`make run` as a person meets it: what it prints, how it ends, and what it leaves."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.demo_tenants import DEMO_TENANTS
from local.template import ROOT

pytestmark = pytest.mark.stack

_PATIENCE_S = 90


@contextmanager
def started(folder: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """What `make run` starts, in a folder of the test's own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def a_taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


def a_free_port() -> int:
    with a_taken_port() as port:
        return port


def printed_until(process: "subprocess.Popen[str]", text: str) -> str:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    assert process.stderr
    raise AssertionError(f"it ended early: {process.stderr.read()}")


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_it_serves_until_interrupted_and_leaves_no_process(tmp_path: Path) -> None:
    port = a_free_port()
    with started(tmp_path, PORT=str(port), ALLOW_ORIGINS="http://127.0.0.1:9000") as process:
        printed = printed_until(process, "Ctrl-C")
        description = json.loads((tmp_path / ".local" / "stack.json").read_text())
        curl = re.search(r"curl .*\\\n.*", printed)
        assert curl
        pasted = subprocess.run(
            [*shlex.split(curl[0].replace("\\\n", " ")), "--silent", "--max-time", "30"],
            capture_output=True,
            check=True,
        )

        as_shopify = re.search(r"curl .*\\\n.*session_token.*", printed)
        assert as_shopify
        by_token = subprocess.run(
            ["bash", "-c", f"{as_shopify[0]} --silent --max-time 30"],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )

        process.send_signal(signal.SIGINT)
        status = process.wait(_PATIENCE_S)

    assert json.loads(by_token.stdout)
    assert f"http://127.0.0.1:{port}/" in description["api"]
    assert description["tenants"].keys() == {tenant.tenant_id for tenant in DEMO_TENANTS}
    assert all(tenant["key"] in printed for tenant in description["tenants"].values())
    assert any("Jane" in customer["name"] for customer in json.loads(pasted.stdout))
    assert status == 0
    assert len(description["pids"]) == 2
    assert not any(is_running(pid) for pid in description["pids"])
    assert not (tmp_path / ".local" / "stack.json").exists()


def test_a_dying_emulator_ends_it_with_one_clear_line(tmp_path: Path) -> None:
    with started(tmp_path, PORT=str(a_free_port())) as process:
        printed_until(process, "Ctrl-C")
        description = json.loads((tmp_path / ".local" / "stack.json").read_text())
        os.kill(description["pids"][0], signal.SIGKILL)

        status = process.wait(_PATIENCE_S)
        assert process.stderr
        errors = process.stderr.read()

    assert status == 1
    assert "The emulator died" in errors
    assert "Traceback" not in errors
    assert not any(is_running(pid) for pid in description["pids"])


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with a_taken_port() as port, started(tmp_path, PORT=str(port)) as process:
        _, errors = process.communicate(timeout=_PATIENCE_S)

    assert process.returncode == 1
    assert f"Port {port} is taken" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PORT": "http"}, "PORT=http is not a port"),
        ({"ALLOW_ORIGINS": "127.0.0.1:9000"}, "127.0.0.1:9000 is not an origin"),
        ({"ALLOW_ORIGINS": "http://127.0.0.1:9000/api"}, "is not an origin"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    with started(tmp_path, **environment) as process:
        _, errors = process.communicate(timeout=_PATIENCE_S)

    assert process.returncode == 1
    assert said in " ".join(errors.split())
    assert "Traceback" not in errors


def test_a_missing_interpreter_is_one_clear_line(tmp_path: Path) -> None:
    nothing = tmp_path / "bin"
    nothing.mkdir()
    result = subprocess.run(
        ["/bin/sh", str(ROOT / "local" / "find_python.sh")],
        env={"PATH": str(nothing), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert "No Python 3.11 or newer was found" in result.stderr
    assert len(result.stderr.splitlines()) == 1
