"""The loop around a decision: it sees what there is, and knows what it does not know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from tests.support.fakes import FakeClock
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.writes import (
    Absent,
    Item,
    Key,
    Put,
    StoreBusy,
    StoreSilent,
    Write,
    WritesRefused,
)
from tillbridge.errors import RecordsUnavailable, Undecided
from tillbridge.services.ledger import Ledger

KEY = Key("T#acme#X", "X")
WRITE = Put(KEY, {"n": 1}, Absent())


@dataclass
class ScriptedStore:
    """Each transaction meets the next line of the script; then all are applied."""

    script: list[Exception] = field(default_factory=list)
    reads: list[Exception] = field(default_factory=list)
    transactions: int = 0

    def get(self, _key: Key) -> Item | None:
        if self.reads:
            raise self.reads.pop(0)
        return None

    def transact(self, _writes: Sequence[Write]) -> None:
        self.transactions += 1
        if self.script:
            raise self.script.pop(0)


def settled(store: ScriptedStore, decide: Callable[[Seen], Step[str]], clock: FakeClock) -> str:
    pauses: list[int] = []
    return Ledger(store, pauses.append, clock).settle(decide, "operation")


def first_look_then_write(seen: Seen) -> Step[str]:
    if KEY not in seen:
        return Need(KEY)
    if seen[KEY] is not None:
        return Settled("there already")
    return Commit((WRITE,), "written")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_what_is_needed_is_looked_at_and_then_written(clock: FakeClock) -> None:
    assert settled(ScriptedStore(), first_look_then_write, clock) == "written"


def test_what_a_refusal_shows_is_seen_without_another_look(clock: FakeClock) -> None:
    store = ScriptedStore([WritesRefused({KEY: {"n": 2}})])

    assert settled(store, first_look_then_write, clock) == "there already"


@pytest.mark.parametrize("failure", [StoreBusy(), StoreSilent()])
def test_after_a_failure_everything_is_looked_at_again(
    clock: FakeClock, failure: Exception
) -> None:
    looked: list[bool] = []

    def decide(seen: Seen) -> Step[str]:
        looked.append(KEY in seen)
        return first_look_then_write(seen)

    assert settled(ScriptedStore([failure]), decide, clock) == "written"
    assert looked == [False, True, False, True]


@pytest.mark.parametrize("failure", [StoreBusy(), StoreSilent(), WritesRefused({})])
def test_three_tries_without_an_outcome_leave_it_undecided(
    clock: FakeClock, failure: Exception
) -> None:
    store = ScriptedStore([failure] * 5)

    with pytest.raises(Undecided) as undecided:
        settled(store, first_look_then_write, clock)

    assert store.transactions == 3
    assert undecided.value.facts == {
        "operation_ref": "operation",
        "operation_state": "unknown",
    }
    assert undecided.value.retry_after_s == 1
    assert (undecided.value.retryable, undecided.value.safe_new_key) == (True, False)


def test_a_table_that_cannot_be_read_has_decided_nothing(clock: FakeClock) -> None:
    store = ScriptedStore(reads=[StoreBusy()] * 5)

    with pytest.raises(RecordsUnavailable):
        settled(store, first_look_then_write, clock)
    assert store.transactions == 0


def test_a_table_that_falls_silent_after_a_transaction_leaves_it_undecided(
    clock: FakeClock,
) -> None:
    store = ScriptedStore([StoreSilent()])

    def decide(seen: Seen) -> Step[str]:
        store.reads = [StoreBusy()] * store.transactions
        return first_look_then_write(seen)

    with pytest.raises(Undecided):
        settled(store, decide, clock)


def test_a_slow_table_is_not_tried_beyond_the_tills_patience(clock: FakeClock) -> None:
    store = ScriptedStore([StoreSilent()] * 5)

    def decide(seen: Seen) -> Step[str]:
        clock.now_s += 0.6
        return first_look_then_write(seen)

    with pytest.raises(Undecided):
        settled(store, decide, clock)
    assert store.transactions == 1
