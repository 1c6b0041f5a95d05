"""What is to be reached, and what was reached before: bench/baseline.json only ever gets better."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from bench.gateway.measuring import Measured
from bench.gateway.transformation import JOINED, PLAIN
from local.template import ROOT

BASELINE = ROOT / "bench" / "baseline.json"
_MAY_BE_WORSE_BY = 0.03


@dataclass(frozen=True, slots=True)
class Goal:
    """A number that is to be at most `most`, where there is such a goal; `best` is what the
    baseline has."""

    name: str
    value: float
    most: float | None = None
    best: float | None = None

    @property
    def is_met(self) -> bool:
        return self.most is None or self.value <= self.most

    @property
    def is_worse(self) -> bool:
        return self.best is not None and self.value > self.best * (1 + _MAY_BE_WORSE_BY)


_WARM = (
    ("lookup", "floor", 2.0),
    ("lookup", "peers.on_fastapi", 0.6),
    ("lookup 50", "floor", 1.6),
    ("redemption", "floor", 5.0),
    # What is not to get worse.
    ("evaluation", "floor", None),
    ("panel", "floor", None),
)
_COLD = (("floor", 3.5), ("peers.on_fastapi", 0.65), ("peers.on_flask", 1.0))
_TRANSFORMED = {PLAIN: 4.0, JOINED: 12.0}
# Reads and transactions of a warm request.
_CALLS = {"lookup": (0, 0), "lookup 50": (0, 0), "redemption": (1, 1)}
_GROWN_PERCENT = 5.0
_PEAK_MB = {"lookup 50": 110}
_PANEL_MS = 130

# A goal's name, its value, and the most that it may be.
_Judged = Iterator[tuple[str, float, float | None]]


def goals(measured: Measured) -> list[Goal]:
    """Every goal that something was measured for."""
    known = baseline()
    judged = chain(_costs(measured), _growth(measured), _calls(measured), _the_rest(measured))
    return [Goal(name, value, most, known.get(name)) for name, value, most in judged]


def _costs(measured: Measured) -> _Judged:
    for job, other, most in _WARM:
        if (job, "app") in measured.warm:
            ratio = measured.warm[job, "app"] / measured.warm[job, other]
            yield f"{job} ÷ {_short(other)}", ratio, most
    for other, most in _COLD:
        if measured.cold:
            ratio = measured.cold["app"] / measured.cold[other]
            yield f"cold lookup ÷ {_short(other)}", ratio, most
    for name, most in _TRANSFORMED.items():
        if name in measured.transformed:
            mapped, by_hand = measured.transformed[name]
            yield f"mapping, {name} ÷ by hand", mapped / by_hand, most


def _growth(measured: Measured) -> _Judged:
    """Of the job that changes most."""
    if measured.grown:
        changes = (cost / measured.warm[job, "app"] - 1 for job, cost in measured.grown.items())
        yield "when grown, ± %", max(map(abs, changes)) * 100, _GROWN_PERCENT
    if measured.asked_when_grown:
        others = (
            abs(calls.get(kind, 0) - measured.asked[job].get(kind, 0))
            for job, calls in measured.asked_when_grown.items()
            for kind in calls.keys() | measured.asked[job]
        )
        yield "when grown, other calls", max(others), 0


def _calls(measured: Measured) -> _Judged:
    for job, (reads, transactions) in _CALLS.items():
        if job in measured.asked:
            calls = measured.asked[job]
            yield f"{job}, reads", calls.get("GetItem", 0) + calls.get("Query", 0), reads
            yield f"{job}, transactions", calls.get("TransactWriteItems", 0), transactions


def _the_rest(measured: Measured) -> _Judged:
    if measured.panel_ms is not None:
        yield "panel of 100 ms parts, ms", measured.panel_ms, _PANEL_MS
    for job, most in _PEAK_MB.items():
        if job in measured.peak_mb:
            yield f"{job}, peak MB", measured.peak_mb[job], most


def _short(module: str) -> str:
    return module.rpartition("on_")[2]


def baseline() -> dict[str, float]:
    return dict(json.loads(BASELINE.read_text())) if BASELINE.exists() else {}


def write_baseline(found: list[Goal]) -> None:
    """The ratios of this run, in place of those that were worse or not there."""
    known = baseline()
    ratios = {goal.name: round(goal.value, 3) for goal in found if "÷" in goal.name}
    better = {name: min(value, known.get(name, value)) for name, value in ratios.items()}
    text = json.dumps({**known, **better}, indent=2, ensure_ascii=False, sort_keys=True)
    BASELINE.write_text(text + "\n")
