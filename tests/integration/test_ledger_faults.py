"""Faults at every read and every transaction of every loyalty operation (reliability §3.5): the
till is answered within its patience, with the outcome or with a problem that says what to do, and
what it sends again is done once. Time is the gateway's clock: a call that hangs lasts as long as
the client waits for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.gateway import Gateway, GatewayAnswer, a_points_gateway
from tests.support.memory_ledger import MemoryLedger
from tests.support.operations import CASES, Case, begun
from tests.support.script import Counter, balance, play
from tillbridge.domain.ledger.writes import StoreBusy, StoreSilent, Write
from tillbridge.errors import RecordsUnavailable

# What an AWS client waits for an answer (adapters/aws.py).
HANGS_FOR_S = 0.8
UNREACHABLE_WITHIN_S = 2.0
PATIENCE_S = 4.5


each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@dataclass
class Faults:
    """From the call number `first` on, `times` calls fail. `hangs`: after the client's whole wait;
    `applies`: a transaction is applied, and only its answer is lost."""

    gateway: Gateway
    first: int
    times: int
    hangs: bool = False
    applies: bool | None = None
    calls: int = 0
    began_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.began_s = self.gateway.clock.now_s

    @property
    def elapsed_s(self) -> float:
        return self.gateway.clock.now_s - self.began_s

    def get(self, *asked: Any) -> Any:
        if self._strikes():
            raise StoreBusy
        return MemoryLedger.get(self.gateway.ledger, *asked)

    def entries(self, *asked: Any) -> Any:
        if self._strikes():
            raise RecordsUnavailable
        return MemoryLedger.entries(self.gateway.ledger, *asked)

    def transact(self, writes: Sequence[Write]) -> None:
        strikes = self._strikes()
        if not strikes or self.applies:
            MemoryLedger.transact(self.gateway.ledger, writes)
        if strikes:
            raise StoreBusy if self.applies is None else StoreSilent

    def _strikes(self) -> bool:
        self.calls += 1
        strikes = self.first <= self.calls < self.first + self.times
        if strikes and self.hangs:
            self.gateway.clock.now_s += HANGS_FOR_S
        return strikes


KINDS: dict[str, dict[str, Any]] = {
    "busy": {},
    "silent": {"applies": False},
    "applied, answer lost": {"applies": True},
    "hangs": {"hangs": True, "applies": False},
    "hangs, applied": {"hangs": True, "applies": True},
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@contextmanager
def faulty(gateway: Gateway, **what: Any) -> Iterator[Faults]:
    faults = Faults(gateway, **what)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("get", "entries", "transact"):
            monkeypatch.setattr(gateway.ledger, name, getattr(faults, name))
        yield faults


def calls_of(counter: Counter, case: Case) -> int:
    with faulty(counter.gateway, first=0, times=0) as faults:
        assert counter.send(case.step).status == case.status
    return faults.calls


def is_told_to_send_it_again(answer: GatewayAnswer) -> bool:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] in ("records_unavailable", "undecided")
    if "safe_to_retry" in problem:
        assert (problem["safe_to_retry"], problem["safe_new_key"]) == (True, False)
    return answer.status == 503 and problem["retryable"] is True


def ends_as_it_must(counter: Counter, case: Case) -> None:
    """What the till sends again is decided, and was done once."""
    again = counter.send(case.step)
    assert again.status == case.status, again.text
    play(counter, balance(case.available, case.held))


@each_case
@each_kind
def test_one_fault_is_got_over_within_the_tills_patience(
    gateway: Gateway, case: Case, kind: dict[str, Any]
) -> None:
    for first in range(1, calls_of(begun(gateway, case), case) + 1):
        counter = begun(gateway, case)
        with faulty(counter.gateway, first=first, times=1, **kind) as faults:
            answer = counter.send(case.step)

        assert answer.status == case.status or is_told_to_send_it_again(answer), answer.text
        assert faults.elapsed_s < UNREACHABLE_WITHIN_S
        ends_as_it_must(counter, case)


@each_case
@pytest.mark.parametrize("kind", [KINDS["busy"], KINDS["hangs, applied"]], ids=["busy", "hangs"])
def test_a_table_that_fails_for_good_is_told_within_the_tills_patience(
    gateway: Gateway, case: Case, kind: dict[str, Any]
) -> None:
    for first in range(1, calls_of(begun(gateway, case), case) + 1):
        counter = begun(gateway, case)
        with faulty(counter.gateway, first=first, times=1_000, **kind) as faults:
            answer = counter.send(case.step)

        assert is_told_to_send_it_again(answer), answer.text
        assert faults.elapsed_s < (UNREACHABLE_WITHIN_S if first == 1 else PATIENCE_S)
        ends_as_it_must(counter, case)


@each_case
def test_nothing_is_written_while_nothing_can_be_read(gateway: Gateway, case: Case) -> None:
    counter = begun(gateway, case)
    before = dict(counter.gateway.ledger.items)

    with faulty(counter.gateway, first=1, times=1_000, hangs=True) as faults:
        answer = counter.send(case.step)

    assert answer.json()["code"] == "records_unavailable"
    assert faults.elapsed_s < UNREACHABLE_WITHIN_S
    assert counter.gateway.ledger.items == before
