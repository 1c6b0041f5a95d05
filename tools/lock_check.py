"""Whether the committed pins are what pyproject.toml asks for: `python -m tools.lock_check`.

The recipe of `make lock` runs on a copy that begins with the committed pins, so that it changes
nothing there but what pyproject.toml makes it change. Where the registry cannot be reached, only
what the files themselves tell is checked."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.template import ROOT

LAYER_PINS = "layers/dependencies/requirements.txt"
# The dependency group of pyproject.toml that each file holds; the layer's are the project's own.
GROUPS = {
    LAYER_PINS: None,
    "requirements/dev.txt": "dev",
    "requirements/emulator.txt": "emulator",
    "requirements/sam.txt": "sam",
    "requirements/bench.txt": "bench",
    "requirements/load.txt": "load",
}
_COMPILED_WITHIN_S = 60
_NO_SOLUTION = 1


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a requirements file."""

    requirement: Requirement
    has_hash: bool

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (specifier,) = self.requirement.specifier
        return specifier.version


class RegistryUnreachable(Exception):
    """The pins could not be compiled, for a reason that says nothing about them."""


def pins(file: Path) -> list[Pin]:
    """The packages that a hashed requirements file names."""
    logical_lines = file.read_text().replace("\\\n", " ").splitlines()
    found = []
    for line in logical_lines:
        requirement, *hashes = line.split("--hash=")
        if requirement.strip() and not requirement.lstrip().startswith("#"):
            found.append(Pin(Requirement(requirement.strip()), bool(hashes)))
    return found


def offline_faults(root: Path) -> Iterator[str]:
    """Pins without a hash, and requirements of pyproject.toml that no pin satisfies."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    for name, group in GROUPS.items():
        pinned = pins(root / name)
        for pin in pinned:
            if not pin.has_hash:
                yield f"{name}: {pin.name} has no hash"
        for requirement in _requirements(project, group):
            versions = [p.version for p in pinned if p.name == canonicalize_name(requirement.name)]
            if not versions or not all(map(requirement.specifier.contains, versions)):
                yield f"{name}: no pin for {requirement}"


def _requirements(project: dict[str, Any], group: str | None) -> list[Requirement]:
    wanted = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    return [Requirement(one) for one in wanted]


def compile_faults(root: Path) -> list[str]:
    """The files that `make lock` would change. Raises `RegistryUnreachable`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("Makefile", "pyproject.toml", *GROUPS):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
        for command in _recipe(copy):
            if fault := _run(command, copy):
                return [fault]
        return [
            f"{name}: not what pyproject.toml asks for; run `make lock` and commit it"
            for name in GROUPS
            if (copy / name).read_bytes() != (root / name).read_bytes()
        ]


def _recipe(copy: Path) -> list[list[str]]:
    """The commands of `make lock`, with this environment's uv."""
    binaries = shlex.quote(str(Path(sys.executable).parent))
    ready = ["--old-file", ".venv/ready"]
    command = ["make", "--dry-run", *ready, "lock", f"BIN={binaries}", "PYTHON=-", "UPGRADE="]
    # What a calling make passes on would override these.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=True
    )
    return [shlex.split(line) for line in done.stdout.splitlines()]


def _run(command: list[str], copy: Path) -> str | None:
    """What is wrong with the requirements, None when they compile."""
    environment = {**os.environ, "UV_PYTHON": sys.executable}
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_COMPILED_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RegistryUnreachable(f"no answer in {_COMPILED_WITHIN_S} s") from error
    if done.returncode == _NO_SOLUTION:
        return re.sub(r"\s+", " ", f"{command[-1]}: {done.stderr}").strip()
    if done.returncode:
        raise RegistryUnreachable(next(iter(done.stderr.splitlines()), "no reason given"))
    return None


def main() -> int:
    """0 when the pins are right, as far as can be told."""
    faults = list(offline_faults(ROOT))
    told = "the pins are what pyproject.toml asks for, each with its hash"
    if not faults:
        try:
            faults = compile_faults(ROOT)
        except RegistryUnreachable as reason:
            told = f"the pins satisfy pyproject.toml, each with its hash; not compiled: {reason}"
    print("\n".join(faults) or told)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
