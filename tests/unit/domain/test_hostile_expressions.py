"""Every hostile expression is refused, stopped or done within the bounds, and does not harm the
next one. They run in a process of their own, one after the other, as requests do in a function."""

import multiprocessing
import re
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.corpora.hostile_expressions import DOCUMENT, HOSTILE
from tillbridge.domain.expression import Expression, ExpressionFailed, ExpressionRefused

# 0.5 s each, times what a busy machine adds.
MAX_CPU_S = 2 * 0.5
MAX_WALL_S = 4 * 0.5
MAX_MEMORY_KB = 512 * 1024


class Report(NamedTuple):
    outcome: str
    cpu_s: float
    wall_s: float
    peak_memory_kb: int
    next_result: object


class Worker:
    """The process that evaluates; started again only when it dies or hangs."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, source: str) -> Report:
        self._connection.send(source)
        if not self._connection.poll(timeout=30):
            raise TimeoutError
        report: Report = self._connection.recv()
        return report

    def stop(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def serve(connection: Connection) -> None:
    while True:
        try:
            source = connection.recv()
        except EOFError:
            return
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        outcome = outcome_of(source)
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        next_result = Expression.compile("$uppercase(first)").evaluate(DOCUMENT)
        connection.send(Report(outcome, cpu_s, wall_s, peak_memory_kb(), next_result))


def peak_memory_kb() -> int:
    """Of this process alone: `getrusage` counts what its parent had when it was started, and a test
    run of thousands has much."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line)


def outcome_of(source: str) -> str:
    try:
        expression = Expression.compile(source)
    except ExpressionRefused:
        return "refused"
    try:
        expression.evaluate(DOCUMENT)
    except ExpressionFailed as failed:
        return failed.kind
    return "done"


@pytest.fixture(scope="module")
def reports() -> dict[str, Report | None]:
    """One report for each expression; None for one that the process did not survive."""
    found: dict[str, Report | None] = {}
    worker = Worker()
    for name, source in HOSTILE.items():
        try:
            found[name] = worker.run(source)
        except (EOFError, TimeoutError):
            found[name] = None
            worker.stop()
            worker = Worker()
    worker.stop()
    return found


def test_there_are_enough_of_each_kind() -> None:
    assert len(HOSTILE) >= 300
    assert sum(name.startswith("regex") for name in HOSTILE) >= 50
    assert sum(name.startswith("memory") for name in HOSTILE) >= 30


def test_no_expression_ends_or_hangs_the_process(reports: dict[str, Report | None]) -> None:
    assert [name for name, report in reports.items() if report is None] == []


@pytest.mark.requirement("X5")
def test_every_expression_ends_in_time(reports: dict[str, Report | None]) -> None:
    slow = {
        name: (report.cpu_s, report.wall_s)
        for name, report in reports.items()
        if report and (report.cpu_s > MAX_CPU_S or report.wall_s > MAX_WALL_S)
    }
    assert slow == {}


@pytest.mark.requirement("X5")
def test_memory_stays_within_its_bound(reports: dict[str, Report | None]) -> None:
    peaks = {name: report.peak_memory_kb for name, report in reports.items() if report}
    assert max(peaks.values()) <= MAX_MEMORY_KB, peaks


def test_the_next_request_is_served(reports: dict[str, Report | None]) -> None:
    spoiled = [name for name, report in reports.items() if report and report.next_result != "JANE"]
    assert spoiled == []


@pytest.mark.requirement("X5")
@pytest.mark.parametrize(
    "name",
    [name for name in HOSTILE if name.startswith("eval")],
)
def test_what_makes_code_or_chance_is_refused(name: str, reports: dict[str, Report | None]) -> None:
    report = reports[name]
    assert report is not None
    assert report.outcome == "refused"
