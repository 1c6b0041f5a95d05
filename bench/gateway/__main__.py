"""What a request costs: `make bench`. The table goes to the terminal and to bench/results.md; the
exit status is 1 when answers differ, a goal is missed, or a ratio has become worse."""

import argparse
import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version

from bench import instructions
from bench.gateway.artefact import built_artefact
from bench.gateway.goals import Goal, goals, write_baseline
from bench.gateway.jobs import JOBS
from bench.gateway.measuring import Measured, a_lab, differing, measure
from bench.gateway.variants import VARIANTS
from local.template import ROOT

RESULTS = ROOT / "bench" / "results.md"
_MAY_DRIFT_BY = 0.005
_MAY_DRIFT_IN_CPU_BY = 0.05


def main() -> int:
    options = _options()
    rows = tuple(options.row or JOBS)
    started_s = time.monotonic()
    with a_lab(built_artefact()) as lab:
        if wrong := differing(lab, rows):
            print(f"not the same job, nothing is measured: {'; '.join(wrong)}")
            return 1
        measured = measure(lab, rows)
    found = goals(measured)
    lines = list(_report(measured, found, time.monotonic() - started_s))
    print("\n".join(lines))
    if not options.row:
        RESULTS.write_text("\n".join(lines) + "\n")
    if options.update_baseline:
        write_baseline(found)
    return 0 if _is_stable(measured) and all(g.is_met and not g.is_worse for g in found) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", action="append", choices=list(JOBS), help="one job; repeatable")
    parser.add_argument("--update-baseline", action="store_true", help="keep what has got better")
    return parser.parse_args()


def _report(measured: Measured, found: list[Goal], took_s: float) -> Iterator[str]:
    yield "# What a request costs"
    yield ""
    yield f"`make bench` in {took_s:.0f} s, {_versions()}."
    yield ""
    if not measured.warm:
        yield "No valgrind here: CPU time alone, which drifts by tens of per cent, and no verdict."
        yield ""
    yield from _warm_table(measured)
    yield from _cold_table(measured)
    yield from _app_table(measured)
    yield from _cpu_table(measured)
    yield from _goal_table(found)


def _versions() -> str:
    names = ("aws-lambda-powertools", "pydantic", "boto3", "requests")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Python {platform.python_version()} {platform.machine()}, {packages}"


def _warm_table(measured: Measured) -> Iterator[str]:
    if not measured.warm:
        return
    jobs = sorted({job for job, _ in measured.warm}, key=list(JOBS).index)
    yield "Warm: 1,000 instructions of a request, ÷ the floor's"
    yield ""
    yield f"| {'':18} | " + " | ".join(f"{job:>18}" for job in jobs) + " |"
    yield "|---|" + "--:|" * len(jobs)
    for variant in VARIANTS:
        cells = (_cell(measured, job, variant.module) for job in jobs)
        yield f"| {variant.title:18} | " + " | ".join(f"{cell:>18}" for cell in cells) + " |"
    again = (f"{measured.again[job] / 1_000:,.0f}" if job in measured.again else "" for job in jobs)
    yield f"| {'floor, once more':18} | " + " | ".join(f"{cell:>18}" for cell in again) + " |"
    yield ""
    if not _is_stable(measured):
        yield "**Unstable**: the floor differs from itself by more than 0.5 %: no verdict."
        yield ""


def _cell(measured: Measured, job: str, module: str) -> str:
    cost, floor = measured.warm.get((job, module)), measured.warm.get((job, "floor"))
    if cost is None:
        return ""
    ratio = "" if floor is None else f"   {cost / floor:.2f}"
    return f"{cost / 1_000:,.0f}{ratio}"


def _cold_table(measured: Measured) -> Iterator[str]:
    if not measured.cold:
        return
    yield "Cold: million instructions from the interpreter's start to the first lookup's response"
    yield ""
    yield f"| {'':18} | {'':>8} | {'÷ floor':>8} |"
    yield "|---|--:|--:|"
    for variant in VARIANTS:
        if cost := measured.cold.get(variant.module):
            ratio = cost / measured.cold["floor"]
            yield f"| {variant.title:18} | {cost / 1e6:8,.0f} | {ratio:8.2f} |"
    yield ""


def _app_table(measured: Measured) -> Iterator[str]:
    yield "What a warm request of Tillbridge asks of the outside, and its process's peak"
    yield ""
    yield f"| {'':18} | HTTP | reads | transactions | write units | peak MB |"
    yield "|---|--:|--:|--:|--:|--:|"
    for job, calls in measured.calls.items():
        cells = (
            f"{calls.get('http', 0):4.0f}",
            f"{calls.get('GetItem', 0) + calls.get('Query', 0):5.0f}",
            f"{calls.get('TransactWriteItems', 0):12.0f}",
            f"{calls.get('write_units', 0):11.0f}",
            f"{measured.peak_mb[job]:7.0f}",
        )
        yield f"| {job:18} | {' | '.join(cells)} |"
    yield ""


def _cpu_table(measured: Measured) -> Iterator[str]:
    if not measured.cpu:
        return
    drift = abs(measured.cpu["again"] - 1)
    if drift > _MAY_DRIFT_IN_CPU_BY:
        yield f"CPU time is not quoted: the floor differs from itself by {drift:.0%}."
    else:
        titles = {variant.module: variant.title for variant in VARIANTS}
        ratios = ", ".join(
            f"{titles[module]} {ratio:.2f}"
            for module, ratio in measured.cpu.items()
            if module in titles
        )
        yield f"CPU time ÷ the floor's, for information: {ratios}."
    yield ""


def _goal_table(found: list[Goal]) -> Iterator[str]:
    yield f"| {'goal':28} | {'now':>8} | {'at most':>8} | {'best':>8} | |"
    yield "|---|--:|--:|--:|---|"
    for goal in found:
        best = "" if goal.best is None else f"{goal.best:.2f}"
        verdict = "met" if goal.is_met else "MISSED"
        verdict += ", WORSE" if goal.is_worse else ""
        cells = f"{goal.value:8.2f} | {goal.most:8.2f} | {best:>8}"
        yield f"| {goal.name:28} | {cells} | {verdict} |"


def _is_stable(measured: Measured) -> bool:
    """Whether the floor, measured first and last, is the same."""
    return all(
        abs(cost / measured.warm[job, "floor"] - 1) <= _MAY_DRIFT_BY
        for job, cost in measured.again.items()
    )


if __name__ == "__main__":
    if not instructions.available():
        print("no valgrind here: apt-get install valgrind", file=sys.stderr)
    sys.exit(main())
