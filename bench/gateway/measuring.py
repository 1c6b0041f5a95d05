"""What is measured of each variant, and how: each in a process of its own, against one process of
stubs."""

import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench import instructions
from bench.gateway.jobs import JOBS
from bench.gateway.variants import APP, FLOOR, VARIANTS, Variant, environment, python
from local.template import ROOT

_ROUNDS = 21
_PART_TAKES_S = 0.1
_REQUESTS = 100
# For the CPU time: those whose request is short enough.
_TIMED = tuple(variant for variant in VARIANTS if variant.calls is None)
_AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Lab:
    artefact: Path
    origin: str

    def command(self, mode: str, variant: Variant, *names: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*python("worker"), mode, variant.module, *names],
            env=environment(variant, self.artefact, self.origin),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self, mode: str, variant: Variant, *names: str) -> Any:
        with self.command(mode, variant, *names) as process:
            output, _ = process.communicate()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, [mode, variant.module, *names])
        return json.loads(output)


@dataclass
class Measured:
    """Instructions by job and variant: `warm` of a request, `cold` of a whole first one. `again` is
    the floor's, measured last. `calls` and `peak_mb` are the app's, `cpu` ratios to the floor,
    `panel_ms` the panel's median when each of its parts takes 100 ms."""

    warm: dict[tuple[str, str], float] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)
    calls: dict[str, dict[str, float]] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)
    panel_ms: float | None = None
    cpu: dict[str, float] = field(default_factory=dict)


@contextmanager
def a_lab(artefact: Path, slow_s: float = 0, times: int = 1) -> Iterator[Lab]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.gateway.stubs", str(slow_s), str(times)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as stubs:
        assert stubs.stdout is not None
        try:
            yield Lab(artefact, stubs.stdout.readline().strip())
        finally:
            stubs.terminate()


def differing(lab: Lab, rows: tuple[str, ...]) -> list[str]:
    """Who answers a job with something else than the floor."""
    shared = [name for name in rows if name in FLOOR.jobs]
    floor = lab.told("answer", FLOOR, *shared) if shared else {}
    wrong = []
    for variant in VARIANTS:
        names = [name for name in variant.jobs if name in shared]
        answers = lab.told("answer", variant, *names) if names else {}
        wrong += [f"{variant.title}: {n}" for n in names if answers[n] != floor[n]]
    return wrong


def measure(lab: Lab, rows: tuple[str, ...]) -> Measured:
    measured = Measured()
    if instructions.available():
        _count(lab, rows, measured)
    for name in rows:
        measured.calls[name] = _calls_of_one(lab, name)
        measured.peak_mb[name] = lab.told("memory", APP, name)[name]
    if "panel" in rows:
        with a_lab(lab.artefact, _PART_TAKES_S) as slow:
            measured.panel_ms = slow.told("wall", APP, "panel")["panel"]
    if "lookup" in rows:
        measured.cpu = _cpu_ratios(lab, "lookup")
    return measured


def _count(lab: Lab, rows: tuple[str, ...], measured: Measured) -> None:
    """Two at a time: what others do beside changes no count."""
    with ThreadPoolExecutor(2) as pool:
        warm = [(v, pool.submit(_warm, lab, v, rows)) for v in VARIANTS]
        cold = []
        if "lookup" in rows:
            cold = [(v, pool.submit(_cold, lab, v)) for v in VARIANTS if v.is_cold_too]
        again = pool.submit(_warm, lab, FLOOR, rows)
        for variant, counting in warm:
            costs = counting.result().items()
            measured.warm |= {(name, variant.module): cost for name, cost in costs}
        measured.cold = {variant.module: counting.result() for variant, counting in cold}
        measured.again = again.result()


def _warm(lab: Lab, variant: Variant, rows: tuple[str, ...]) -> dict[str, float]:
    times = {n: variant.calls or JOBS[n].calls for n in variant.jobs if n in rows}
    if not times:
        return {}
    words = [f"{name}={calls}" for name, calls in times.items()]
    counted = instructions.counted(
        [*python("worker"), "count", variant.module, *words],
        environment(variant, lab.artefact, lab.origin),
    )
    return {name: counted[name] / calls for name, calls in times.items()}


def _cold(lab: Lab, variant: Variant) -> float:
    with tempfile.TemporaryDirectory() as folder:
        event = Path(folder) / "event.json"
        event.write_text(json.dumps(JOBS["lookup"].event_of(0)))
        command = [*python("cold"), variant.module, "lookup", str(event)]
        return instructions.counted_whole(command, environment(variant, lab.artefact, lab.origin))


def _calls_of_one(lab: Lab, name: str) -> dict[str, float]:
    """What one warm request asks of the outside."""
    with _serving(lab, APP, name) as worker:
        worker(f"2 {name}")
        before = _counts(lab)
        worker(f"10 {name}")
        after = _counts(lab)
    kinds = sorted(after)
    return {k: (after[k] - before.get(k, 0)) / 10 for k in kinds if after[k] != before.get(k, 0)}


def _counts(lab: Lab) -> Mapping[str, int]:
    with urlopen(f"{lab.origin}/counts") as answer:  # noqa: S310  it is our stub
        counts: dict[str, int] = json.load(answer)
        return counts


def _cpu_ratios(lab: Lab, name: str) -> dict[str, float]:
    """CPU time beside the floor's in the same round, the median of many; `again` is the floor
    beside itself."""
    taken: dict[str, list[float]] = {}
    with ExitStack() as stack:
        workers = {v.module: stack.enter_context(_serving(lab, v, name)) for v in _TIMED}
        workers[_AGAIN] = stack.enter_context(_serving(lab, FLOOR, name))
        for number in range(_ROUNDS + 1):
            for module in random.sample(sorted(workers), len(workers)):
                taken_s = workers[module](f"{_REQUESTS} {name}")
                if number:  # the first one warms up
                    taken.setdefault(module, []).append(taken_s)
    floor = taken[FLOOR.module]
    return {
        module: statistics.median(one / other for one, other in zip(times, floor, strict=True))
        for module, times in taken.items()
    }


@contextmanager
def _serving(lab: Lab, variant: Variant, name: str) -> Iterator[Any]:
    """Sends a line to a worker and gives what it tells."""
    with lab.command("cpu", variant, name) as process:
        lines, told = process.stdin, process.stdout
        assert lines is not None
        assert told is not None

        def ask(line: str) -> Any:
            print(line, file=lines, flush=True)
            return json.loads(told.readline())

        try:
            yield ask
        finally:
            lines.close()
