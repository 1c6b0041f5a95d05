"""What `sam build` does for the cloud, for this machine's CPU and Python: layers and functions as
folders that the emulator can run. Function and layer kinds are told from the template alone."""

import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

from local.emulator import EMULATOR_VENV
from local.errors import LocalStackError
from local.template import ROOT

_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.egg-info", "Makefile", "requirements.txt")


def zipped_function(code_uri: str) -> bytes:
    """A function's folder as the zip that Lambda takes."""
    return _zipped(ROOT / code_uri)


def zipped_layer(content_uri: str, cache: Path) -> bytes:
    """A layer as a zip; one with a requirements.txt is installed once per content and Python."""
    source = ROOT / content_uri
    requirements = source / "requirements.txt"
    if not requirements.exists():
        return _zipped(source, prefix="python/")
    python = EMULATOR_VENV / "bin" / "python"
    interpreter = (EMULATOR_VENV / "pyvenv.cfg").read_bytes()
    name = hashlib.sha256(requirements.read_bytes() + interpreter).hexdigest()[:16]
    built = cache / f"layer-{name}.zip"
    if not built.exists():
        built.parent.mkdir(parents=True, exist_ok=True)
        half_built = built.with_suffix(".tmp")
        half_built.write_bytes(_installed(python, requirements, cache / f"layer-{name}"))
        half_built.rename(built)
    return built.read_bytes()


def _installed(python: Path, requirements: Path, target: Path) -> bytes:
    shutil.rmtree(target, ignore_errors=True)
    install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
    commands = (
        [*install, "--target", str(target / "python"), "--requirement", str(requirements)],
        ["compileall", "-q", "--invalidation-mode", "unchecked-hash", str(target)],
    )
    for command in commands:
        done = subprocess.run([python, "-m", *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise LocalStackError(f"The dependencies layer cannot be built:\n{done.stderr}")
    try:
        return _zipped(target)
    finally:
        shutil.rmtree(target)


def _zipped(folder: Path, prefix: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            skipped = _NOT_SHIPPED(str(file.parent), list(file.relative_to(folder).parts))
            if file.is_file() and not skipped:
                archive.write(file, prefix + str(file.relative_to(folder)))
    return buffer.getvalue()
