"""Counting instructions with callgrind, for exactly the calls that are asked for.

The program that is measured switches the counting on and off around its calls and names each
measurement; what it does before and between is not counted. Counts repeat to a few parts in a
million, on a busy machine too, which no clock does.
"""

import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

WARM_UPS = 2
_NOTHING = "nothing"
_DUMP = re.compile(
    r"^desc: Trigger: dump (?P<name>[^\n]+)$.*?^totals: (?P<count>\d+)$", re.M | re.S
)


def available() -> bool:
    """Whether this machine has valgrind with callgrind's remote control."""
    return all(map(shutil.which, ("valgrind", "callgrind_control", "vgdb")))


def count_calls(calls: dict[str, tuple[Callable[[], object], int]]) -> None:
    """In the measured program: has each call counted, as often as asked, under its name."""
    gc.collect()
    gc.freeze()
    for name, (call, times) in {_NOTHING: (_do_nothing, 0), **calls}.items():
        for _ in range(WARM_UPS):
            call()
        _control("--instr=on")
        for _ in range(times):
            call()
        _control("--instr=off")
        _control(f"--dump={name}")


def counted(module: str) -> dict[str, int]:
    """Instructions of each measurement that `python -m module` makes. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no"]
        subprocess.run(
            [*valgrind, f"--callgrind-out-file={folder}/out", sys.executable, "-m", module],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        dumps = "\n".join(file.read_text() for file in Path(folder).iterdir())
    totals = {found["name"]: int(found["count"]) for found in _DUMP.finditer(dumps)}
    switching = totals.pop(_NOTHING)
    return {name: total - switching for name, total in totals.items()}


def _do_nothing() -> None: ...


def _control(command: str) -> None:
    subprocess.run(
        ["callgrind_control", command, str(os.getpid())],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
