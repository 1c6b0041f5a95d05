from dataclasses import dataclass, field

import pytest

from tests.support.fakes import FakeClock
from tillbridge.adapters.remembered import Reading, Remembered
from tillbridge.errors import RecordsUnavailable, RecordUnusable

FRESH_S, STALE_S = 30, 900
MAX_ENTRIES = 1_000
SILENT_FOR_S = 10


@dataclass
class Store:
    """A store that counts what it is asked, or is silent."""

    value: str | None = "first"
    failure: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, key: str) -> str | None:
        self.asked.append(key)
        if self.failure:
            raise self.failure
        return self.value


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def remembered(store: Store, clock: FakeClock) -> Remembered[str, str | None]:
    return Remembered(store, fresh_s=FRESH_S, stale_s=STALE_S, now_s=clock)


@pytest.mark.parametrize("value", ["first", None])
def test_a_fresh_value_is_not_asked_for_again(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None], value: str | None
) -> None:
    store.value = value
    first = remembered("acme")
    clock.now_s += FRESH_S - 1
    store.value = "second"

    assert remembered("acme") == first == Reading(value, FakeClock().now_s)
    assert store.asked == ["acme"]


def test_a_caller_may_want_a_fresher_value(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    clock.now_s += 10
    store.value = "second"

    assert remembered("acme", fresh_s=11).value == "first"
    assert remembered("acme", fresh_s=10).value == "second"
    assert remembered("acme").value == "second"
    assert store.asked == ["acme", "acme"]


def test_a_value_that_is_no_longer_fresh_is_asked_for(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    clock.now_s += FRESH_S
    store.value = "second"

    assert remembered("acme") == Reading("second", clock.now_s)


def test_while_the_store_is_silent_an_old_value_is_good_and_said_to_be_old(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    read_at_s = clock.now_s
    remembered("acme")
    store.failure = RecordsUnavailable()
    clock.now_s += STALE_S - 1

    assert remembered("acme") == Reading("first", read_at_s, stale=True)
    assert remembered("acme").read_at_s == read_at_s


def test_a_value_does_not_grow_younger_by_being_used(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    store.failure = RecordsUnavailable()
    clock.now_s += STALE_S - 1
    remembered("acme")
    clock.now_s += 1

    with pytest.raises(RecordsUnavailable):
        remembered("acme")


def test_a_silent_store_is_spared_for_a_while_and_believed_when_it_speaks_again(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    clock.now_s += FRESH_S
    store.failure = RecordsUnavailable()
    remembered("acme")
    store.failure, store.value = None, "second"
    clock.now_s += SILENT_FOR_S - 1

    assert remembered("acme") == Reading("first", FakeClock().now_s, stale=True)
    assert store.asked == ["acme"] * 2
    clock.now_s += 1
    assert remembered("acme") == Reading("second", clock.now_s)


def test_a_silence_is_one_for_all_keys_but_those_of_which_nothing_is_remembered(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    remembered("other")
    clock.now_s += FRESH_S
    store.failure = RecordsUnavailable()
    remembered("acme")
    asked = len(store.asked)

    assert remembered("other").stale
    assert len(store.asked) == asked
    with pytest.raises(RecordsUnavailable):
        remembered("newcomer")
    assert len(store.asked) == asked + 1


def test_while_a_store_is_spared_what_is_too_old_is_asked_for(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    clock.now_s += STALE_S - 1
    store.failure = RecordsUnavailable()
    remembered("acme")
    clock.now_s += 1
    store.failure, store.value = None, "second"

    assert remembered("acme") == Reading("second", clock.now_s)


def test_a_silent_store_of_which_nothing_is_remembered_is_told(
    store: Store, remembered: Remembered[str, str | None]
) -> None:
    store.failure = RecordsUnavailable()

    with pytest.raises(RecordsUnavailable):
        remembered("acme")


def test_any_other_failure_is_told_whatever_is_remembered(
    store: Store, clock: FakeClock, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    clock.now_s += FRESH_S
    store.failure = RecordUnusable()

    with pytest.raises(RecordUnusable):
        remembered("acme")


def test_each_key_is_remembered_for_itself(
    store: Store, remembered: Remembered[str, str | None]
) -> None:
    remembered("acme")
    store.value = "other's"

    assert remembered("other").value == "other's"
    assert remembered("acme").value == "first"


def test_with_nothing_fresh_the_store_is_asked_each_time(store: Store, clock: FakeClock) -> None:
    remembered = Remembered(store, fresh_s=0, stale_s=STALE_S, now_s=clock)
    remembered("acme")
    store.value = "second"

    assert remembered("acme").value == "second"


@pytest.mark.parametrize(("used_again", "times_asked"), [(True, 1), (False, 2)])
def test_what_was_longest_unused_is_forgotten_first(
    store: Store, remembered: Remembered[str, str | None], used_again: bool, times_asked: int
) -> None:
    remembered("acme")
    for number in range(MAX_ENTRIES - 1):
        remembered(f"tenant-{number}")
    if used_again:
        remembered("acme")
    remembered("newcomer")
    remembered("acme")

    assert store.asked.count("acme") == times_asked
