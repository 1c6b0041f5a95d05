"""A Docker engine: the one that runs on this machine, or one of our own while it is needed.

Our own keeps everything in its folder and leaves the machine's firewall and IP forwarding alone: a
container reaches this machine at the bridge's address, and nothing beyond.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import IO

from local.processes import die_with_parent, stop

_INSTALLED_WITHIN_S = 300
_READY_WITHIN_S = 30
_ANSWERS_WITHIN_S = 120
_BRIDGE = "docker0"


class EngineUnavailable(Exception):
    """No Docker engine can be had on this machine; the text says why."""


class DockerFailed(Exception):
    """The engine is there, but refused a command."""


@dataclass(frozen=True, slots=True)
class Engine:
    """`environment` leads the docker command and SAM CLI to it."""

    environment: Mapping[str, str]

    def docker(self, *arguments: str, stdin: IO[bytes] | None = None) -> str:
        """What the docker command prints. Raises `DockerFailed`."""
        try:
            done = subprocess.run(
                ["docker", *arguments],
                env=self.environment,
                stdin=stdin or subprocess.DEVNULL,
                capture_output=True,
                timeout=_ANSWERS_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DockerFailed(f"docker {arguments[0]}: {error}") from error
        if done.returncode:
            raise DockerFailed(f"docker {arguments[0]}: {done.stderr.decode().strip()}")
        return done.stdout.decode().strip()

    def answers(self) -> bool:
        try:
            self.docker("info", "--format", "{{.ServerVersion}}")
        except DockerFailed:
            return False
        return True

    @property
    def bridge_address(self) -> str:
        """Where containers find this machine: the gateway. Older engines do not name it where it is
        the subnet's first address."""
        form = "{{json (index .IPAM.Config 0)}}"
        network = json.loads(self.docker("network", "inspect", "bridge", "--format", form))
        return str(network.get("Gateway") or next(ip_network(network["Subnet"]).hosts()))


@contextmanager
def docker_engine(folder: Path) -> Iterator[Engine]:
    """The engine that answers, or one that keeps its files in `folder` and runs until the block
    ends. Raises `EngineUnavailable`."""
    found = Engine(dict(os.environ))
    if not found.answers():
        _require_installed()
    if found.answers():  # where there is an init system, installing has started it
        yield found
        return
    folder.mkdir()
    with _own(folder) as engine:
        yield engine


def _require_installed() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise EngineUnavailable("no Docker engine answers, and only root on Linux can start one")
    if shutil.which("dockerd"):
        return
    if not shutil.which("apt-get"):
        raise EngineUnavailable("no Docker engine is installed, and there is no apt-get to do it")
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "docker.io"]
    for command in (["apt-get", "update", "--quiet"], install):
        try:
            subprocess.run(
                command,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_INSTALLED_WITHIN_S,
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise EngineUnavailable(f"docker.io cannot be installed: {error}") from error


@contextmanager
def _own(folder: Path) -> Iterator[Engine]:
    bridge_was_there = _bridge_exists()
    socket = f"unix://{folder}/docker.sock"
    engine = Engine({**os.environ, "DOCKER_HOST": socket})
    log = folder / "dockerd.log"
    with log.open("wb") as output:
        process = _start(folder, socket, output)
    try:
        _wait_until_ready(engine, process, log)
        yield engine
    finally:
        stop(process)
        _unmount_below(folder)
        if _bridge_exists() and not bridge_was_there:
            subprocess.run(["ip", "link", "delete", _BRIDGE], check=False)


def _start(folder: Path, socket: str, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            "dockerd",
            *("--host", socket),
            *("--data-root", f"{folder}/data"),
            *("--exec-root", f"{folder}/exec"),
            *("--pidfile", f"{folder}/docker.pid"),
            *("--storage-driver", "overlay2"),
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
        ],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def _wait_until_ready(engine: Engine, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up_s = time.monotonic() + _READY_WITHIN_S
    while process.poll() is None and time.monotonic() < give_up_s:
        if engine.answers():
            return
        time.sleep(0.2)
    said = log.read_text(errors="replace").strip().splitlines()
    raise EngineUnavailable(f"dockerd does not run here: {said[-1] if said else 'it says nothing'}")


def _bridge_exists() -> bool:
    return Path("/sys/class/net", _BRIDGE).exists()


def _unmount_below(folder: Path) -> None:
    """Network namespaces, and what a container left that was killed with its engine."""
    mounted = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    for point in sorted((m for m in mounted if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False)
