"""The image that functions run in: AWS's own where this engine has it, else a stand-in.

The stand-in is this machine's Python 3.13 and C library with AWS's runtime client from PyPI, for
where no registry is in reach. It proves wiring, packaging and layers, not Amazon Linux.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from tools.sam_local.engine import DockerFailed, Engine

RUNTIME = "3.13"
_STAND_IN = f"tillbridge-lambda-stand-in:python{RUNTIME}"
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
# SAM CLI builds an image on this one with these, and the bootstrap is a shell script.
_PROGRAMS = ("sh", "mv", "cp", "rm", "chmod")
# Of the C library, what compiled wheels may ask for beyond what the programs here do.
_C_LIBRARY = ("libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2")
_ENVIRONMENT = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/var/runtime:/var/task:/opt/lib",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}
# Lambda's own order: the function, the layers, the runtime.
_BOOTSTRAP = f"""#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python{RUNTIME}
export PYTHONPATH=/var/task:/opt/python/lib/python{RUNTIME}/site-packages:/opt/python:/var/runtime
exec /var/lang/bin/python{RUNTIME} -m awslambdaric "$_HANDLER"
"""


class ImageUnavailable(Exception):
    """There is no image to run functions in, and none can be made here; the text says why."""


def lambda_image(engine: Engine, architecture: str, folder: Path) -> str:
    """The image's name; `folder` is where a stand-in is put together. Raises `ImageUnavailable`."""
    awss_own = f"public.ecr.aws/lambda/python:{RUNTIME}-{architecture}"
    try:
        engine.docker("image", "inspect", awss_own)
    except DockerFailed:
        if sys.platform != "linux" or sys.version_info[:2] != tuple(map(int, RUNTIME.split("."))):
            raise ImageUnavailable(
                f"a stand-in needs Linux and Python {RUNTIME}; or run: docker pull {awss_own}"
            ) from None
        return _stand_in(engine, folder / "image")
    return awss_own


def _stand_in(engine: Engine, root: Path) -> str:
    shutil.rmtree(root, ignore_errors=True)
    for directory in ("tmp", "opt", "etc", "bin", "var/task"):
        (root / directory).mkdir(parents=True)
    try:
        _put_python(root)
        _put_programs(root)
        return _imported(engine, root)
    finally:
        shutil.rmtree(root)


def _put_python(root: Path) -> None:
    """The interpreter, its standard library, and the runtime that calls handlers."""
    interpreter = Path(sys.executable).resolve()
    copied = root / "var/lang/bin" / f"python{RUNTIME}"
    copied.parent.mkdir(parents=True)
    shutil.copy2(interpreter, copied)
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(
        library,
        root / "var/lang/lib" / library.name,
        ignore=shutil.ignore_patterns(
            "site-packages", "dist-packages", "test", "idlelib", "tkinter", "ensurepip", "config-*"
        ),
    )
    runtime = root / "var/runtime"
    install = ["pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    _run(sys.executable, "-m", *install, "--target", str(runtime), "-r", str(_REQUIREMENTS))
    bootstrap = runtime / "bootstrap"
    bootstrap.write_text(_BOOTSTRAP)
    bootstrap.chmod(0o755)


def _put_programs(root: Path) -> None:
    programs = [Path(shutil.which(name) or name) for name in _PROGRAMS]
    for program in programs:
        shutil.copy2(program.resolve(), root / "bin" / program.name)
    extensions = (root / "var").rglob("*.so")
    libraries = _libraries_of([Path(sys.executable), *programs, *extensions])
    (c_library,) = (path for path in libraries if path.name == "libc.so.6")
    siblings = (c_library.with_name(name) for name in _C_LIBRARY)
    for library in libraries | {path for path in siblings if path.exists()}:
        target = root / library.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library, target)


def _libraries_of(binaries: Iterable[Path]) -> set[Path]:
    """The shared libraries that the dynamic linker finds for them."""
    said = subprocess.run(
        ["ldd", *map(str, binaries)], capture_output=True, text=True, check=False
    ).stdout
    return {Path(path) for path in re.findall(r"^\t(?:\S+ => )?(/\S+) \(0x", said, re.MULTILINE)}


def _imported(engine: Engine, root: Path) -> str:
    archive = root.with_suffix(".tar")
    _run("tar", "-C", str(root), "-cf", str(archive), ".")
    settings = [f"ENV {name}={value}" for name, value in _ENVIRONMENT.items()]
    changes = [argument for setting in settings for argument in ("--change", setting)]
    try:
        engine.docker("import", *changes, "--change", "WORKDIR /var/task", str(archive), _STAND_IN)
    finally:
        archive.unlink()
    return _STAND_IN


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImageUnavailable(f"no stand-in can be made: {done.stderr.strip()}")
