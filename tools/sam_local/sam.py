"""SAM CLI on one template, one engine and one image."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.emulator import CREDENTIALS, REGION
from local.processes import die_with_parent, stop
from local.template import ROOT
from tools.sam_local.engine import Engine

_ENDS_WITHIN_S = 120
_READY_WITHIN_S = 60


class SamFailed(Exception):
    """SAM CLI could not run a function; its own words are in the log."""


@dataclass(frozen=True, slots=True)
class Sam:
    engine: Engine
    image: str
    template: Path
    variables: Path
    log: Path

    def invoke(self, logical_id: str, event: Path) -> dict[str, Any]:
        """What the function answered, or Lambda's report of what it raised."""
        command = [*self._command("invoke"), logical_id, "--event", str(event)]
        with self.log.open("ab") as log:
            try:
                done = subprocess.run(
                    command,
                    cwd=ROOT,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    timeout=_ENDS_WITHIN_S,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise SamFailed(f"{logical_id} did not end in {_ENDS_WITHIN_S} s") from None
        try:
            return dict(json.loads(done.stdout))
        except ValueError:
            raise SamFailed(f"{logical_id} gave no JSON (status {done.returncode})") from None

    @contextmanager
    def api(self) -> Iterator[str]:
        """`sam local start-api` on a free port; its base URL."""
        port = _free_port()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*self._command("start-api"), "--port", str(port)],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        try:
            _wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)

    def _command(self, verb: str) -> list[str]:
        return [
            *(str(ROOT / ".venv-sam" / "bin" / "sam"), "local", verb),
            *("--config-file", str(ROOT / "samconfig.toml")),
            *("--template", str(self.template)),
            *("--env-vars", str(self.variables)),
            *("--invoke-image", self.image, "--skip-pull-image"),
        ]

    def _environment(self) -> dict[str, str]:
        """Neither usage statistics nor a search for credentials on the network."""
        credentials = {name.upper(): value for name, value in CREDENTIALS.items()}
        return {
            **os.environ,
            **self.engine.environment,
            **credentials,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
        }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    give_up_s = time.monotonic() + _READY_WITHIN_S
    while process.poll() is None and time.monotonic() < give_up_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SamFailed(f"start-api did not listen within {_READY_WITHIN_S} s")
