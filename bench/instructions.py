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
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

WARM_UPS = 2
_NOTHING = "nothing"
_DUMP = re.compile(
    r"^desc: Trigger: dump (?P<name>[^\n]+)$.*?^totals: (?P<count>\d+)$", re.M | re.S
)

_WHOLE = re.compile(r"I\s+refs:\s+(?P<count>[\d,]+)")


def available() -> bool:
    """Whether this machine has valgrind with callgrind's remote control."""
    return all(map(shutil.which, ("valgrind", "callgrind_control", "vgdb")))


def count_calls(
    calls: dict[str, tuple[Callable[[], object], int]], warm_ups: int = WARM_UPS
) -> None:
    """In the measured program: has each call counted, as often as asked, under its name."""
    gc.collect()
    gc.freeze()
    for name, (call, times) in {_NOTHING: (_do_nothing, 0), **calls}.items():
        for _ in range(warm_ups):
            call()
        _control("--instr=on")
        for _ in range(times):
            call()
        _control("--instr=off")
        _control(f"--dump={name}")


def counted(command: list[str], env: Mapping[str, str] = os.environ) -> dict[str, int]:
    """Instructions of each measurement that the command, a Python program, makes. Raises
    CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no"]
        subprocess.run(
            [*valgrind, f"--callgrind-out-file={folder}/out", *command],
            env={**env, "PYTHONHASHSEED": "0"},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        dumps = "\n".join(file.read_text() for file in Path(folder).iterdir())
    totals = {found["name"]: int(found["count"]) for found in _DUMP.finditer(dumps)}
    switching = totals.pop(_NOTHING)
    return {name: total - switching for name, total in totals.items()}


def counted_whole(command: list[str], env: Mapping[str, str]) -> int:
    """Instructions of a program from its start to its end. Raises CalledProcessError."""
    cachegrind = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ]
    done = subprocess.run(
        [*cachegrind, *command],
        env={**env, "PYTHONHASHSEED": "0"},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    found = _WHOLE.search(done.stderr)
    if found is None:
        raise ValueError(done.stderr)
    return int(found["count"].replace(",", ""))


def _do_nothing() -> None: ...


def _control(command: str) -> None:
    subprocess.run(
        ["callgrind_control", command, str(os.getpid())],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
