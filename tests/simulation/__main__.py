"""`make simulate SEEDS=… FIRST=… PROVIDER=…`: many seeds on every core; what breaks is said with
the one line that shows it again. The last line: seeds, operations, sales, violations."""

import argparse
import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from tests.simulation.run import Run, simulate
from tests.simulation.upstream_run import simulate_upstream

Simulate = Callable[..., Run]

_SIMULATIONS: dict[str, Simulate] = {"ledger": simulate, "http": simulate_upstream}
_EVERY_S = 5.0
_LAST_LINES = 80


def main() -> int:
    """Exit status 1 when an invariant is broken."""
    arguments = _arguments()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    simulate = _SIMULATIONS[arguments.provider]
    runs = _with_progress(seeds, simulate)
    broken = [run for run in runs if run.violation is not None]
    for run in broken:
        print(f"seed {run.seed}: {run.violation}", file=sys.stderr)
        again = f"make simulate PROVIDER={arguments.provider} FIRST={run.seed} SEEDS=1"
        print(f"  {again}", file=sys.stderr)
    if broken and len(seeds) == 1:
        _trace(seeds[0], simulate)
    _say_who_needs_people(runs)
    operations = sum(run.operations for run in runs)
    print(f"calls to the table {sum(run.calls for run in runs)}", file=sys.stderr)
    sales = sum(run.sales for run in runs)
    print(f"seeds {len(runs)}, operations {operations}, sales {sales}, violations {len(broken)}")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2_000, help="how many")
    parser.add_argument(
        "--provider", choices=_SIMULATIONS, default="ledger", help="who keeps the points"
    )
    return parser.parse_args()


def _with_progress(seeds: range, simulate: Simulate) -> list[Run]:
    runs: list[Run] = []
    said_s = started_s = time.monotonic()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(seeds)), initializer=_be_quiet) as pool:
        for run in pool.map(simulate, seeds, chunksize=20):
            runs.append(run)
            if time.monotonic() - said_s > _EVERY_S or len(runs) == len(seeds):
                said_s = time.monotonic()
                broken = sum(each.violation is not None for each in runs)
                took_s = said_s - started_s
                print(
                    f"{len(runs)} of {len(seeds)} seeds, {broken} broken, {took_s:.0f} s",
                    file=sys.stderr,
                )
    return runs


def _be_quiet() -> None:
    """The sweeper logs what it cannot end: here that is the weather."""
    logging.disable(logging.CRITICAL)


def _say_who_needs_people(runs: list[Run]) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for run in runs:
        for capability, counted in run.by_capability.items():
            counts[capability] = [a + b for a, b in zip(counts[capability], counted, strict=True)]
    for capability, (redemptions, manual, unknown) in sorted(counts.items()):
        print(
            f"{capability}: redemptions {redemptions}, manual {manual}, of them unknown {unknown}",
            file=sys.stderr,
        )


def _trace(seed: int, simulate: Simulate) -> None:
    """What happened last, oldest first."""
    lines: list[str] = []
    simulate(seed, lines.append)
    for line in islice(lines, max(0, len(lines) - _LAST_LINES), None):
        print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
