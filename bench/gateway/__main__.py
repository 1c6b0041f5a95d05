"""What a request costs: `make bench`. The table goes to the terminal and to bench/results.md; the
exit status is 1 when answers differ, the floor differs from itself, a goal is missed, or a ratio
has become worse."""

import argparse
import sys
import time

from bench import instructions
from bench.gateway.artefact import built_artefact
from bench.gateway.goals import Goal, goals, write_baseline
from bench.gateway.jobs import JOBS
from bench.gateway.measuring import TRANSFORMATION, Measured, a_lab, differing, measure
from bench.gateway.report import report
from local.template import ROOT

_RESULTS = ROOT / "bench" / "results.md"
_ROWS = (*JOBS, TRANSFORMATION)


def main() -> int:
    options = _options()
    rows = tuple(options.row or _ROWS)
    started_s = time.monotonic()
    with a_lab(built_artefact()) as lab:
        if wrong := differing(lab, rows):
            print(f"not the same job, nothing is measured: {'; '.join(wrong)}")
            return 1
        measured = measure(lab, rows)
    found = goals(measured)
    lines = list(report(measured, found, time.monotonic() - started_s))
    print("\n".join(lines))
    if not options.row:
        _RESULTS.write_text("\n".join(lines) + "\n")
    if options.update_baseline and measured.is_stable:
        write_baseline(found)
    return 0 if is_good(measured, found) else 1


def is_good(measured: Measured, found: list[Goal]) -> bool:
    return measured.is_stable and all(goal.is_met and not goal.is_worse for goal in found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", action="append", choices=_ROWS, help="one job; repeatable")
    parser.add_argument("--update-baseline", action="store_true", help="keep what has got better")
    return parser.parse_args()


if __name__ == "__main__":
    if not instructions.available():
        print("no valgrind here: apt-get install valgrind", file=sys.stderr)
    sys.exit(main())
