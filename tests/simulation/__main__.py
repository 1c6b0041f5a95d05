"""`make simulate SEEDS=… FIRST=…`: many seeds on every core; what breaks is said with the one line
that shows it again. The last line: seeds, operations, violations."""

import argparse
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from tests.simulation.run import Run, simulate

_EVERY_S = 5.0
_LAST_LINES = 80


def main() -> int:
    """Exit status 1 when an invariant is broken."""
    arguments = _arguments()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    runs = _with_progress(seeds)
    broken = [run for run in runs if run.violation is not None]
    for run in broken:
        print(f"seed {run.seed}: {run.violation}", file=sys.stderr)
        print(f"  make simulate FIRST={run.seed} SEEDS=1", file=sys.stderr)
    if broken and len(seeds) == 1:
        _trace(seeds[0])
    operations = sum(run.operations for run in runs)
    print(f"calls to the table {sum(run.calls for run in runs)}", file=sys.stderr)
    print(f"seeds {len(runs)}, operations {operations}, violations {len(broken)}")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2_000, help="how many")
    return parser.parse_args()


def _with_progress(seeds: range) -> list[Run]:
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


def _trace(seed: int) -> None:
    """What happened last, oldest first."""
    lines: list[str] = []
    simulate(seed, lines.append)
    for line in islice(lines, max(0, len(lines) - _LAST_LINES), None):
        print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
