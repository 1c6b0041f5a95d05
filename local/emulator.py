"""The AWS emulator: one ministack process of ours, in an environment of its own choosing."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import boto3
import requests

from local.errors import LocalStackError
from local.processes import die_with_parent, stop
from local.template import ROOT

EMULATOR_VENV = ROOT / ".venv-emulator"
REGION = "eu-west-1"
# The emulator takes this key for its root account's.
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}

_READY_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Emulator:
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator's, as its root account."""
        any_client: Any = boto3.client
        return any_client(service, endpoint_url=self.endpoint, region_name=REGION, **CREDENTIALS)

    def require_alive(self) -> None:
        """Raises `LocalStackError` when the process has died."""
        if (status := self.process.poll()) is not None:
            raise LocalStackError(f"The emulator died with status {status}; see {self.log}.")


@contextmanager
def running_emulator(port: int, folder: Path) -> Iterator[Emulator]:
    """An emulator on 127.0.0.1:`port` (0 picks a free one), its files and its log in `folder`."""
    port = _free_port(port)
    folder = folder / f"emulator-{port}"
    scratch = folder / "tmp"
    # The emulator leaves 100 MB per worker in its temporary directory, for ever.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    log = folder / "emulator.log"
    with log.open("wb") as output:
        process = _start(port, scratch, output)
        emulator = Emulator(port, process, log)
        try:
            _wait_until_ready(emulator)
            yield emulator
        finally:
            stop(process)
            shutil.rmtree(scratch, ignore_errors=True)


def _free_port(port: int) -> int:
    """Binding is the only proof: whoever has the port might answer a health check as well."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise LocalStackError(
                f"Port {port} is taken. Free it, or choose another: make run PORT={port + 1}"
            ) from None
        return int(probe.getsockname()[1])


def _start(port: int, scratch: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    python = EMULATOR_VENV / "bin" / "python"
    if not python.exists():
        raise LocalStackError("The emulator is not installed. Run: make run")
    # Lambdas inherit this environment, so it holds no proxy, certificate or credential of yours.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen(
        [python, "-m", "ministack"],
        env=environment,
        cwd=scratch,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Ctrl-C is ours to handle; and should we be killed, no orphan may keep the port.
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def _wait_until_ready(emulator: Emulator) -> None:
    give_up_s = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < give_up_s:
        emulator.require_alive()
        try:
            if requests.get(f"{emulator.endpoint}/_ministack/health", timeout=1).ok:
                emulator.require_alive()
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise LocalStackError(
        f"The emulator did not answer in {_READY_WITHIN_S} s; see {emulator.log}."
    )
