"""What is measured of each variant, and how: each in a process of its own, against one process of
stubs."""

import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench import instructions
from bench.gateway import transformation
from bench.gateway.jobs import JOBS
from bench.gateway.variants import APP, FLOOR, PEERS, VARIANTS, Variant, environment, python
from local.template import ROOT

_ROUNDS = 21
_PART_TAKES_S = 0.1
_REQUESTS = 100
_REQUESTS_ASKED = 20
GROWN_BY = 10_000
TRANSFORMATION = "transformation"
_MAY_DRIFT_BY = 0.005
# For the CPU time: those whose request is short enough.
_TIMED = tuple(variant for variant in VARIANTS if variant.calls is None)
_AGAIN = "again"
WITHOUT_BYTECODE = "app without bytecode"
# Of one request, by kind.
Calls = dict[str, float]


@dataclass(frozen=True, slots=True)
class Lab:
    """`times`: as many times as much is there of what others have."""

    artefact: Path
    origin: str
    times: int = 1

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
    """`is_counted`: there is valgrind. Instructions by job and variant: `warm` of a request, `cold`
    of a whole first one. `again` is the floor's, measured last; `grown` the app's where there is
    `GROWN_BY` times as much of what others have. `asked` and `asked_when_grown` are what a request
    of the app's asks of the outside, `cpu` ratios to the floor, `panel_ms` the panel's median when
    each of its parts takes 100 ms, `transformed` a mapping's and the hand-written loop's."""

    is_counted: bool
    warm: dict[tuple[str, str], float] = field(default_factory=dict)
    cold: dict[str, float] = field(default_factory=dict)
    again: dict[str, float] = field(default_factory=dict)
    grown: dict[str, float] = field(default_factory=dict)
    asked: dict[str, Calls] = field(default_factory=dict)
    asked_when_grown: dict[str, Calls] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)
    panel_ms: float | None = None
    cpu: dict[str, float] = field(default_factory=dict)
    transformed: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def is_stable(self) -> bool:
        """Whether the floor, measured first and last, is the same."""
        return all(
            abs(cost / self.warm[job, FLOOR.module] - 1) <= _MAY_DRIFT_BY
            for job, cost in self.again.items()
        )


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
            yield Lab(artefact, stubs.stdout.readline().strip(), times)
        finally:
            stubs.terminate()


def differing(
    lab: Lab, rows: tuple[str, ...], variants: tuple[Variant, ...] = VARIANTS
) -> list[str]:
    """Who of the variants, of which one is the floor, answers a job with something else than it."""
    jobs = {v: [name for name in v.jobs if name in rows] for v in variants}
    asked = [variant for variant in variants if jobs[variant]]
    with ThreadPoolExecutor(2) as pool:
        told = pool.map(lambda v: lab.told("answer", v, *jobs[v]), asked)
        answers = dict(zip(asked, told, strict=True))
    return [
        f"{variant.title}: {name}"
        for variant in asked
        for name in jobs[variant]
        if answers[variant][name] != answers[FLOOR][name]
    ]


def measure(lab: Lab, rows: tuple[str, ...]) -> Measured:
    """`rows` are names of jobs, and `TRANSFORMATION`."""
    measured = Measured(is_counted=instructions.available())
    with a_lab(lab.artefact, times=GROWN_BY) as grown, ThreadPoolExecutor(2) as pool:
        if measured.is_counted:
            _count(pool, lab, grown, rows, measured)
        jobs = [name for name in JOBS if name in rows]
        asked, asked_when_grown = pool.map(lambda one: _asked(one, jobs), (lab, grown))
    measured.asked = {name: calls for name, (calls, _) in asked.items()}
    measured.peak_mb = {name: peak_mb for name, (_, peak_mb) in asked.items()}
    measured.asked_when_grown = {name: calls for name, (calls, _) in asked_when_grown.items()}
    if "panel" in rows:
        with a_lab(lab.artefact, slow_s=_PART_TAKES_S) as slow:
            measured.panel_ms = slow.told("wall", APP, "panel")["panel"]
    if "lookup" in rows:
        measured.cpu = _cpu_ratios(lab, "lookup")
    return measured


def _count(
    pool: ThreadPoolExecutor, lab: Lab, grown: Lab, rows: tuple[str, ...], measured: Measured
) -> None:
    """Two at a time: what others do beside changes no count. The floor is the first and the last,
    and what takes longest comes early."""
    warm = {v: pool.submit(_warm, lab, v, rows) for v in (FLOOR, APP)}
    when_grown = pool.submit(_warm, grown, APP, rows)
    warm |= {v: pool.submit(_warm, lab, v, rows) for v in PEERS}
    cold = {}
    if "lookup" in rows:
        cold = {v.module: pool.submit(_cold, lab, v) for v in VARIANTS if v.is_cold_too}
        cold[WITHOUT_BYTECODE] = pool.submit(_cold_without_bytecode, lab)
    transformed = pool.submit(_transformed, lab) if TRANSFORMATION in rows else None
    again = pool.submit(_warm, lab, FLOOR, rows)
    for variant, counting in warm.items():
        costs = counting.result().items()
        measured.warm |= {(name, variant.module): cost for name, cost in costs}
    measured.cold = {module: counting.result() for module, counting in cold.items()}
    measured.transformed = transformed.result() if transformed else {}
    measured.grown, measured.again = when_grown.result(), again.result()


def _warm(lab: Lab, variant: Variant, rows: tuple[str, ...]) -> dict[str, float]:
    times = {n: variant.calls or JOBS[n].calls for n in variant.jobs if n in rows}
    if not times:
        return {}
    words = [f"{name}={calls}" for name, calls in times.items()]
    mode = "count" if lab.times == 1 else "count-among-others"
    counted = instructions.counted(
        [*python("worker"), mode, variant.module, *words],
        environment(variant, lab.artefact, lab.origin),
    )
    return {name: counted[name] / calls for name, calls in times.items()}


def _cold(lab: Lab, variant: Variant) -> float:
    with tempfile.TemporaryDirectory() as folder:
        event = Path(folder) / "event.json"
        event.write_text(json.dumps(JOBS["lookup"].event_of(0)))
        command = [*python("cold"), variant.module, "lookup", str(event)]
        return instructions.counted_whole(command, environment(variant, lab.artefact, lab.origin))


def _cold_without_bytecode(lab: Lab) -> float:
    """The app's, from sources: the environment's boto3 keeps its bytecode."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "artefact"
        shutil.copytree(lab.artefact, bare, ignore=shutil.ignore_patterns("__pycache__"))
        return _cold(replace(lab, artefact=bare), APP)


def _transformed(lab: Lab) -> dict[str, tuple[float, float]]:
    counted = instructions.counted(
        python("transformation"), environment(APP, lab.artefact, lab.origin)
    )
    return {
        name: (counted[name] / times, counted[f"{name} by hand"] / times)
        for name, times in transformation.TIMES.items()
    }


def _asked(lab: Lab, jobs: list[str]) -> dict[str, tuple[Calls, float]]:
    """What one warm request asks of the outside, and its process's peak in MB."""
    found = {}
    for name in jobs:
        with _serving(lab, APP, name) as worker:
            worker(f"2 {name}")
            before = _counts(lab)
            peak_mb = worker(f"{_REQUESTS_ASKED} {name}")["peak_mb"]
            after = _counts(lab)
        more = {kind: after[kind] - before.get(kind, 0) for kind in sorted(after)}
        found[name] = {k: n / _REQUESTS_ASKED for k, n in more.items() if n}, peak_mb
    return found


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
                taken_s = workers[module](f"{_REQUESTS} {name}")["cpu_s"]
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
    with lab.command("serve", variant, name) as process:
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
