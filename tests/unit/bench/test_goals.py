"""What `make bench` holds costs to: goals, the best so far, and a floor that is like itself."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from bench.gateway import __main__ as bench
from bench.gateway import goals as goals_of
from bench.gateway.goals import Goal, goals, write_baseline
from bench.gateway.jobs import JOBS
from bench.gateway.measuring import Lab, Measured, differing
from bench.gateway.report import report
from bench.gateway.variants import APP, FLOOR, VARIANTS, Variant

FLOOR_COSTS = 1_000.0


@pytest.fixture(autouse=True)
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Sets what was reached before: nothing, until it is called."""
    file = tmp_path / "baseline.json"
    monkeypatch.setattr(goals_of, "BASELINE", file)

    def has(ratios: dict[str, float]) -> Path:
        file.write_text(json.dumps(ratios))
        return file

    return has


def redemptions(app: float, *, floor_again: float = FLOOR_COSTS, **more: Any) -> Measured:
    warm = {("redemption", "floor"): FLOOR_COSTS, ("redemption", "app"): app}
    return Measured(is_counted=True, warm=warm, again={"redemption": floor_again}, **more)


def is_good(measured: Measured) -> bool:
    return bench.is_good(measured, goals(measured))


def text_of(measured: Measured) -> str:
    return "\n".join(report(measured, goals(measured), took_s=1))


def test_a_goal_that_is_missed_fails_the_run() -> None:
    assert is_good(redemptions(app=5_000))
    missed = redemptions(app=5_001)
    assert not is_good(missed)
    assert "MISSED" in text_of(missed)


def test_a_ratio_may_be_three_per_cent_worse_than_the_best_and_no_more(
    baseline: Callable[..., Path],
) -> None:
    baseline({"redemption ÷ floor": 4.0})
    assert is_good(redemptions(app=4_119))
    worse = redemptions(app=4_121)
    assert not is_good(worse)
    assert "met, WORSE" in text_of(worse)


def test_a_row_without_a_goal_may_not_get_worse_either(baseline: Callable[..., Path]) -> None:
    baseline({"panel ÷ floor": 4.0})
    warm = {("panel", "floor"): FLOOR_COSTS, ("panel", "app"): 4_200.0}
    assert not is_good(Measured(is_counted=True, warm=warm))


@pytest.mark.parametrize("again", [FLOOR_COSTS * 1.006, FLOOR_COSTS * 0.994])
def test_there_is_no_verdict_where_the_floor_differs_from_itself(again: float) -> None:
    unstable = redemptions(app=1_000, floor_again=again)
    assert not is_good(unstable)
    said = text_of(unstable)
    assert "Unstable" in said
    assert "met" not in said


def test_a_floor_that_repeats_to_half_a_per_cent_is_stable() -> None:
    assert is_good(redemptions(app=1_000, floor_again=FLOOR_COSTS * 1.004))


@pytest.mark.parametrize(("grown", "is_flat"), [(2_095, True), (2_105, False), (1_895, False)])
def test_costs_stay_within_five_per_cent_as_others_have_more(grown: float, is_flat: bool) -> None:
    assert is_good(redemptions(app=2_000, grown={"redemption": grown})) is is_flat


def test_a_request_asks_for_no_more_as_others_have_more() -> None:
    asked = {"redemption": {"GetItem": 1.0, "TransactWriteItems": 1.0}}
    more = {"redemption": asked["redemption"] | {"Query": 1.0}}
    assert is_good(redemptions(app=1_000, asked=asked, asked_when_grown=asked))
    assert not is_good(redemptions(app=1_000, asked=asked, asked_when_grown=more))


def test_the_baseline_only_gets_better(baseline: Callable[..., Path]) -> None:
    file = baseline({"a ÷ floor": 2.0, "b ÷ floor": 2.0, "c ÷ floor": 2.0})
    write_baseline([Goal("a ÷ floor", 1.9), Goal("b ÷ floor", 2.05), Goal("peak MB", 60)])
    assert json.loads(file.read_text()) == {"a ÷ floor": 1.9, "b ÷ floor": 2.0, "c ÷ floor": 2.0}


def test_without_valgrind_the_report_says_so() -> None:
    said = text_of(Measured(is_counted=False))
    assert "No valgrind" in said
    assert "no verdict" in said


class LabOfOneWrong(Lab):
    """Where the app answers a redemption differently."""

    def told(self, mode: str, variant: Variant, *names: str) -> Any:
        assert mode == "answer"
        return {name: (variant is APP and name == "redemption") for name in names}


def test_who_answers_a_job_differently_is_named() -> None:
    lab = LabOfOneWrong(Path(), "")
    assert differing(lab, tuple(JOBS)) == [f"{APP.title}: redemption"]
    assert differing(lab, ("lookup",)) == []


def test_different_answers_stop_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(*_: Any) -> Measured:
        raise AssertionError("measured all the same")

    monkeypatch.setattr("sys.argv", ["bench", "--row", "redemption"])
    monkeypatch.setattr(bench, "built_artefact", Path)
    monkeypatch.setattr(bench, "a_lab", lambda _: nullcontext(LabOfOneWrong(Path(), "")))
    monkeypatch.setattr(bench, "measure", measure)
    assert bench.main() == 1
    assert f"not the same job, nothing is measured: {APP.title}: redemption" in (
        capsys.readouterr().out
    )


def test_a_peer_does_nothing_that_has_no_floor() -> None:
    assert all(set(variant.jobs) <= set(FLOOR.jobs) for variant in VARIANTS)
