"""What Lambda gets, for this machine: the layers' and the functions' folders with `unchecked-hash`
bytecode, made as `sam build` makes them (layers/Makefile), which builds for arm64."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from local.template import ROOT

_HOME = ROOT / ".local" / "bench"
_COMPILE = ("compileall", "-q", "--invalidation-mode", "unchecked-hash")


def built_artefact() -> Path:
    """A folder with `python/` (both layers) and `functions/<name>/`. The dependencies are installed
    once per content."""
    requirements = ROOT / "layers" / "dependencies" / "requirements.txt"
    name = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    dependencies = _HOME / f"dependencies-{name}"
    if not dependencies.exists():
        _installed(requirements, dependencies)
    artefact = _HOME / "artefact"
    shutil.rmtree(artefact, ignore_errors=True)
    shutil.copytree(dependencies, artefact / "python")
    without_bytecode = shutil.ignore_patterns("__pycache__")
    core = ROOT / "layers" / "core" / "tillbridge"
    shutil.copytree(core, artefact / "python" / "tillbridge", ignore=without_bytecode)
    for handler in (ROOT / "functions").glob("*/handler.py"):
        folder = artefact / "functions" / handler.parent.name
        folder.mkdir(parents=True)
        shutil.copy(handler, folder)
    _run(*_COMPILE, str(artefact))
    # The floor and the peers start from bytecode as well, whoever imported them before.
    _run("compileall", "-q", str(ROOT / "bench"))
    return artefact


def _installed(requirements: Path, target: Path) -> None:
    shutil.rmtree(_HOME, ignore_errors=True)
    install = ("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile")
    half = target.with_suffix(".tmp")
    _run(*install, "--target", str(half), "--requirement", str(requirements))
    _run(*_COMPILE, str(half))
    half.rename(target)


def _run(*command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], check=True, stderr=subprocess.DEVNULL)
