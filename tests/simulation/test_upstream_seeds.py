"""Seeds of merchants' own systems (docs/simulation.md), and that the simulator would notice."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.mutants import mutated
from tests.simulation.upstream_mutants import OF_CAPABILITY, UPSTREAM
from tests.simulation.upstream_run import simulate_upstream
from tests.support.loyalty_system import FAULTS

SEEDS = 600
MUTANT_SEEDS = 200


@pytest.mark.timeout(300)
def test_no_seed_breaks_an_invariant(root: Path) -> None:
    command = [sys.executable, "-m", "tests.simulation", "--provider", "http"]
    command += ["--seeds", str(SEEDS)]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith(", violations 0\n")


def test_a_seed_runs_alike_again() -> None:
    traces: list[list[str]] = [[], []]
    assert simulate_upstream(7, traces[0].append) == simulate_upstream(7, traces[1].append)
    assert traces[0] == traces[1]


@pytest.mark.parametrize("mutant", UPSTREAM)
def test_a_mutant_breaks_an_invariant(mutant: str) -> None:
    capability = OF_CAPABILITY.get(mutant)
    with mutated(*UPSTREAM[mutant]):
        assert any(
            simulate_upstream(seed, capability=capability).violation for seed in range(MUTANT_SEEDS)
        )


def test_whoever_can_be_asked_is_never_a_persons_affair() -> None:
    """What a till waited for becomes known by itself, but where nothing is promised."""
    for capability in ("query", "reserve", "none"):
        runs = [simulate_upstream(seed, capability=capability) for seed in range(20)]
        unknown = sum(run.by_capability[capability][2] for run in runs)
        assert (unknown > 0) == (capability == "none")


def test_there_are_faults_enough() -> None:
    assert len({fault.name for fault in FAULTS}) >= 60
