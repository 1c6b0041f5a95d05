"""The discount engine against a bare double loop and django-oscar: `make bench-discounts`.

Equal totals are asserted first. The bare loop is compared by instructions where valgrind is there,
by CPU time otherwise; django-oscar by CPU time, since the ratio is far beyond any noise.
"""

import json
import platform
import subprocess
import sys
from typing import Any

from bench import instructions
from bench.baskets import Case, case
from bench.clock import cpu_ms
from bench.discount_cases import (
    GROWTH_CAMPAIGNS,
    GROWTH_LINES,
    OTHER_CAMPAIGNS,
    SIZES,
    calls,
    engine_call,
)
from local.template import ROOT

PEER = ROOT / ".venv-bench/bin/python"
# 200 x 500 takes it minutes an evaluation.
PEER_SIZES = 2
GOAL_TO_LOOP = 2.0
GOAL_TO_OSCAR = 20


def main() -> int:
    """Prints the tables. 1 when totals differ or a goal is missed."""
    cases = [case(*size) for size in SIZES]
    compared = cases[:PEER_SIZES]
    oscar = _oscar(compared)
    if wrong := [one.name for one in compared if _total(one) != oscar[one.name]["discount_minor"]]:
        print(f"not the same job, nothing is compared: totals differ at {', '.join(wrong)}")
        return 1
    costs, unit = _costs()
    print(f"Python {platform.python_version()} {platform.machine()}, cost in {unit}")
    met = _print_loop(cases, costs)
    _print_growth(costs)
    return 0 if _print_oscar(compared, oscar) and met else 1


def _oscar(cases: list[Case]) -> dict[str, dict[str, Any]]:
    """django-oscar's answers, by case."""
    done = subprocess.run(
        [PEER, "-W", "ignore", "-m", "bench.oscar_peer"],
        input=json.dumps([one.as_data() for one in cases]),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {answer["name"]: answer for answer in json.loads(done.stdout)}


def _total(one: Case) -> int:
    return engine_call(one)().discount_minor


def _costs() -> tuple[dict[str, float], str]:
    """What one call costs, by the names of `calls`, and in what."""
    if not instructions.available():
        print("no valgrind here: CPU time, which drifts by tens of per cent", file=sys.stderr)
        return {name: cpu_ms(call) for name, (call, _) in calls().items()}, "CPU ms"
    counted = instructions.counted([sys.executable, "-m", "bench.discount_cases"])
    times = {name: times for name, (_, times) in calls().items()}
    return {name: counted[name] / times[name] / 1000 for name in times}, "1,000 instructions"


def _print_loop(cases: list[Case], costs: dict[str, float]) -> bool:
    headings = ("bare loop", "again", "engine", "ratio", "answer", "ratio")
    print(f"\n{'lines x campaigns':20}" + "".join(f"{heading:>12}" for heading in headings))
    for one in cases:
        loop, engine = costs[f"loop {one.name}"], costs[f"engine {one.name}"]
        again, answer = costs[f"loop again {one.name}"], costs[f"answer {one.name}"]
        print(f"{one.name:20}{loop:12,.1f}{again:12,.1f}", end="")
        print(f"{engine:12,.1f}{engine / loop:12.2f}{answer:12,.1f}{answer / loop:12.2f}")
    ratio = costs["engine 50 x 200"] / costs["loop 50 x 200"]
    return _verdict(f"50 x 200 / bare loop <= {GOAL_TO_LOOP}", ratio <= GOAL_TO_LOOP)


def _print_growth(costs: dict[str, float]) -> None:
    print("\nengine, per line and campaign that matches it")
    print(f"{'lines':>8}" + "".join(f"{count:>8} c." for count in GROWTH_CAMPAIGNS))
    for lines in GROWTH_LINES:
        pairs = [costs[f"growth {lines} x {count}"] / lines / count for count in GROWTH_CAMPAIGNS]
        print(f"{lines:8}" + "".join(f"{cost:10.2f}" for cost in pairs))
    print("\nengine, 50 lines, 16 campaigns that match, as others are added")
    for count in OTHER_CAMPAIGNS:
        print(f"{count:8} campaigns{costs[f'others {count}']:12,.1f}")


def _print_oscar(cases: list[Case], oscar: dict[str, dict[str, Any]]) -> bool:
    print(f"\ndjango-oscar of {_peer_version()}, the same totals, CPU ms of one evaluation")
    print(f"{'':20}{'oscar':>10}{'offers loaded':>16}{'engine':>10}{'x':>8}{'x loaded':>10}")
    least = float("inf")
    for one in cases:
        answer, ours = oscar[one.name], cpu_ms(engine_call(one))
        stored, loaded = answer["cpu_ms"], answer["cpu_ms_offers_loaded"]
        least = min(least, loaded / ours)
        row = f"{one.name:20}{stored:10.2f}{loaded:16.2f}{ours:10.3f}"
        print(f"{row}{stored / ours:8.0f}{loaded / ours:10.0f}")
    return _verdict(f">= {GOAL_TO_OSCAR} x django-oscar", least >= GOAL_TO_OSCAR)


def _peer_version() -> str:
    asked = "from importlib.metadata import version; print(version('django-oscar'))"
    return subprocess.check_output([PEER, "-c", asked], text=True).strip()


def _verdict(goal: str, met: bool) -> bool:
    print(f"goal: {goal}: {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    sys.exit(main())
