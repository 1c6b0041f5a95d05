"""Seeds of the simulator (docs/simulation.md), and that it would notice: each defence that is taken
away breaks an invariant within a few of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.mutants import FREQUENT, REDUNDANT, Edit, mutated
from tests.simulation.run import simulate
from tillbridge.domain.ledger.hold import Hold

SEEDS = 2_000
# Twice what the slowest of them needs.
MUTANT_SEEDS = 300


@pytest.mark.timeout(300)
def test_no_seed_breaks_an_invariant(root: Path) -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seeds", str(SEEDS)]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"seeds {SEEDS}, operations ")
    assert ran.stdout.endswith(", violations 0\n")


def test_a_seed_runs_alike_again() -> None:
    traces: list[list[str]] = [[], []]
    assert simulate(7, traces[0].append) == simulate(7, traces[1].append)
    assert traces[0] == traces[1]


@pytest.mark.parametrize("mutant", FREQUENT)
def test_a_mutant_breaks_an_invariant(mutant: str) -> None:
    with mutated(*FREQUENT[mutant]):
        assert any(simulate(seed).violation for seed in range(MUTANT_SEEDS))


@pytest.mark.parametrize("mutant", REDUNDANT)
def test_what_another_defence_also_holds_breaks_nothing_alone(mutant: str) -> None:
    with mutated(*REDUNDANT[mutant]):
        assert not any(simulate(seed).violation for seed in range(20))


def test_a_mutant_of_what_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError), mutated(Edit(Hold._decide, "no such line", "")):
        pass
