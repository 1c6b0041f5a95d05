"""The table, for a terminal and for bench/results.md alike."""

import platform
from collections.abc import Iterator
from importlib.metadata import distributions, version

from bench.gateway.goals import Goal
from bench.gateway.jobs import JOBS
from bench.gateway.measuring import GROWN_BY, WITHOUT_BYTECODE, Calls, Measured
from bench.gateway.variants import APP, FLOOR, PEERS_PACKAGES, VARIANTS

_MAY_DRIFT_IN_CPU_BY = 0.05


def report(measured: Measured, found: list[Goal], took_s: float) -> Iterator[str]:
    """Its lines."""
    yield "# What a request costs"
    yield ""
    yield f"`make bench` in {took_s:.0f} s, {_versions()}."
    yield ""
    if not measured.is_counted:
        yield "No valgrind here: of the costs there is CPU time alone, which drifts by tens of per"
        yield "cent, and no verdict."
        yield ""
    yield from _warm_table(measured)
    yield from _cold_table(measured)
    yield from _transformed_table(measured)
    yield from _app_table(measured)
    yield from _grown_table(measured)
    yield from _cpu_table(measured)
    if measured.is_stable:
        yield from _goal_table(found)
    else:
        yield "**Unstable**: the floor differs from itself by more than 0.5 %: no verdict."


def _versions() -> str:
    names = ("aws-lambda-powertools", "pydantic", "boto3", "urllib3")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    build = (
        f"Python {platform.python_version()} {platform.machine()} ({platform.python_compiler()})"
    )
    return f"{build}, {packages}; the peers have {_versions_of_peers()}"


def _versions_of_peers() -> str:
    names = ("boto3", "requests", "flask", "apig-wsgi", "chalice", "fastapi", "mangum")
    found = {one.name.lower(): one.version for one in distributions(path=[str(PEERS_PACKAGES)])}
    return ", ".join(f"{name} {found[name]}" for name in names if name in found)


def _warm_table(measured: Measured) -> Iterator[str]:
    if not measured.warm:
        return
    jobs = [job for job in JOBS if (job, FLOOR.module) in measured.warm]
    yield "Warm: 1,000 instructions of a request, ÷ the floor's"
    yield ""
    yield f"| {'':18} | " + " | ".join(f"{job:>16}" for job in jobs) + " |"
    yield "|---|" + "--:|" * len(jobs)
    for variant in VARIANTS:
        cells = (_cell(measured, job, variant.module) for job in jobs)
        yield f"| {variant.title:18} | " + " | ".join(f"{cell:>16}" for cell in cells) + " |"
    again = (f"{measured.again[job] / 1_000:,.0f}" for job in jobs)
    yield f"| {'floor, once more':18} | " + " | ".join(f"{cell:>16}" for cell in again) + " |"
    yield ""


def _cell(measured: Measured, job: str, module: str) -> str:
    cost = measured.warm.get((job, module))
    if cost is None:
        return ""
    return f"{cost / 1_000:,.0f}   {cost / measured.warm[job, FLOOR.module]:5.2f}"


def _cold_table(measured: Measured) -> Iterator[str]:
    if not measured.cold:
        return
    yield "Cold: million instructions from the interpreter's start to the first lookup's response"
    yield ""
    yield f"| {'':28} | {'':>8} | {'÷ floor':>8} |"
    yield "|---|--:|--:|"
    titles = {v.module: v.title for v in VARIANTS}
    titles[WITHOUT_BYTECODE] = f"{APP.title} without bytecode"
    for module, cost in measured.cold.items():
        ratio = cost / measured.cold[FLOOR.module]
        yield f"| {titles[module]:28} | {cost / 1e6:8,.0f} | {ratio:8.2f} |"
    yield ""
    times = measured.cold[WITHOUT_BYTECODE] / measured.cold[APP.module]
    yield f"Without bytecode ÷ with: {times:.2f}; what ships has it (`make build`)."
    yield ""


def _transformed_table(measured: Measured) -> Iterator[str]:
    if not measured.transformed:
        return
    yield "Mapping 50 of a system's records, 1,000 instructions"
    yield ""
    yield f"| {'':31} | {'mapping':>9} | {'by hand':>9} | {'÷':>8} |"
    yield "|---|--:|--:|--:|"
    for name, (mapped, by_hand) in measured.transformed.items():
        cells = f"{mapped / 1_000:9,.0f} | {by_hand / 1_000:9,.0f} | {mapped / by_hand:8.2f}"
        yield f"| {name:31} | {cells} |"
    yield ""


_ASKED = f"{'HTTP':>6} | {'reads':>6} | {'transactions':>12} | {'write units':>11}"


def _asked(calls: Calls) -> str:
    reads = calls.get("GetItem", 0) + calls.get("Query", 0)
    return (
        f"{calls.get('http', 0):6.0f} | {reads:6.0f} | {calls.get('TransactWriteItems', 0):12.0f}"
        f" | {calls.get('write_units', 0):11.0f}"
    )


def _app_table(measured: Measured) -> Iterator[str]:
    if not measured.asked:
        return
    yield f"What a warm request of {APP.title} asks of the outside, and its process's peak"
    yield ""
    yield f"| {'':18} | {_ASKED} | {'peak MB':>7} |"
    yield "|---|" + "--:|" * 5
    for job, calls in measured.asked.items():
        yield f"| {job:18} | {_asked(calls)} | {measured.peak_mb[job]:7.0f} |"
    yield ""


def _grown_table(measured: Measured) -> Iterator[str]:
    if not measured.grown:
        return
    yield f"The same with {GROWN_BY:,} times the customer's journal, other tenants and campaigns of"
    yield "theirs: 1,000 instructions, ÷ those above"
    yield ""
    yield f"| {'':18} | {'':>16} | {_ASKED} |"
    yield "|---|" + "--:|" * 5
    for job, cost in measured.grown.items():
        cell = f"{cost / 1_000:,.0f}   {cost / measured.warm[job, APP.module]:5.3f}"
        yield f"| {job:18} | {cell:>16} | {_asked(measured.asked_when_grown[job])} |"
    yield ""


def _cpu_table(measured: Measured) -> Iterator[str]:
    if not measured.cpu:
        return
    drift = abs(measured.cpu["again"] - 1)
    if drift > _MAY_DRIFT_IN_CPU_BY:
        yield f"CPU time is not quoted: the floor differs from itself by {drift:.0%}."
    else:
        ratios = ", ".join(
            f"{variant.title} {measured.cpu[variant.module]:.2f}"
            for variant in VARIANTS
            if variant.module in measured.cpu
        )
        again = f"the floor beside itself {measured.cpu['again']:.2f}"
        yield f"CPU time of a lookup ÷ the floor's, for information: {ratios}; {again}."
    yield ""


def _goal_table(found: list[Goal]) -> Iterator[str]:
    yield f"| {'goal':34} | {'now':>8} | {'at most':>8} | {'best':>8} | |"
    yield "|---|--:|--:|--:|---|"
    for goal in found:
        most = "" if goal.most is None else f"{goal.most:.3f}"
        best = "" if goal.best is None else f"{goal.best:.3f}"
        cells = f"{goal.value:8.3f} | {most:>8} | {best:>8}"
        yield f"| {goal.name:34} | {cells} | {_verdict(goal)} |"


def _verdict(goal: Goal) -> str:
    verdict = "no goal" if goal.most is None else "met" if goal.is_met else "MISSED"
    return f"{verdict}, WORSE" if goal.is_worse else verdict
