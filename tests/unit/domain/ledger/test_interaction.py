from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import TENANT
from tests.support.loyalty import NOON_S
from tests.support.memory_ledger import MemoryLedger
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.interaction import (
    Begin,
    Begun,
    Finish,
    Interaction,
    InteractionKind,
    Result,
    page_of,
)
from tillbridge.errors import IdempotencyInFlight, IdempotencyMismatch, OutcomeUnknown
from tillbridge.services.ledger import Ledger

LATER_S = 60


def an_interaction(now_s: float = NOON_S, **changes: Any) -> Interaction:
    parts: dict[str, Any] = {
        "actor": Actor(TENANT, "pos-1", now_s, staff_id="staff-7"),
        "account_id": "a" * 26,
        "request_id": "r" * 26,
        "fingerprint": "f",
        "kind": InteractionKind.SERVICE_REQUEST,
        "facts": {"subject": "repair"},
    }
    return Interaction(**{**parts, **changes})


@pytest.fixture
def store() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def ledger(store: MemoryLedger) -> Ledger:
    return Ledger(store, pause=lambda _failures: None)


def record_in(store: MemoryLedger) -> Mapping[str, Any]:
    (record,) = (item for item in store.items.values() if "kind" in item)
    return record


def test_the_record_is_there_before_anything_is_sent(store: MemoryLedger, ledger: Ledger) -> None:
    begun = ledger.settle(Begin(an_interaction(), may_repeat=False))

    assert begun == Begun(Result.UNKNOWN)
    assert not begun.is_over
    record = record_in(store)
    assert (record["result"], record["actor"], record["staff_id"]) == (
        "unknown",
        "pos-1",
        "staff-7",
    )
    assert (record["subject"], record["at"]) == ("repair", "2026-11-25T12:00:00.000Z")


@pytest.mark.parametrize("result", [Result.DONE, Result.FAILED, Result.UNKNOWN])
def test_what_came_of_it_is_written_to_the_record(
    store: MemoryLedger, ledger: Ledger, result: Result
) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat=False))

    ledger.settle(Finish(an_interaction(), 1, result, {"reference": "T-1", "code": None}))

    record = record_in(store)
    assert (record["result"], record["reference"]) == (str(result), "T-1")
    assert not {"code", "attempt", "began_s", "fingerprint"} & record.keys()


def test_one_that_is_done_is_not_begun_again(ledger: Ledger) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat=True))
    ledger.settle(Finish(an_interaction(), 1, Result.DONE, {"reference": "T-1"}))

    again = ledger.settle(Begin(an_interaction(), may_repeat=True))

    assert (again.is_over, again.replayed, again.facts["reference"]) == (True, True, "T-1")


def test_a_key_stands_for_one_content(ledger: Ledger) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat=True))

    with pytest.raises(IdempotencyMismatch):
        ledger.settle(Begin(an_interaction(fingerprint="another"), may_repeat=True))


@pytest.mark.parametrize("may_repeat", [True, False])
def test_one_that_may_still_be_on_its_way_is_waited_for(ledger: Ledger, may_repeat: bool) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat))

    with pytest.raises(IdempotencyInFlight):
        ledger.settle(Begin(an_interaction(NOON_S + 5), may_repeat))


def test_one_whose_answer_was_lost_is_begun_again_only_where_that_does_no_more(
    ledger: Ledger,
) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat=False))

    with pytest.raises(OutcomeUnknown):
        ledger.settle(Begin(an_interaction(NOON_S + LATER_S), may_repeat=False))
    assert ledger.settle(Begin(an_interaction(NOON_S + LATER_S), may_repeat=True)).attempt == 2


@pytest.mark.parametrize("may_repeat", [True, False])
def test_one_that_failed_for_certain_is_begun_again(
    store: MemoryLedger, ledger: Ledger, may_repeat: bool
) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat))
    ledger.settle(Finish(an_interaction(), 1, Result.FAILED))

    again = ledger.settle(Begin(an_interaction(NOON_S + 1), may_repeat))

    assert (again.attempt, again.is_over) == (2, False)
    assert record_in(store)["result"] == "unknown"


def test_an_attempt_that_was_given_up_writes_nothing_over_a_later_one(
    store: MemoryLedger, ledger: Ledger
) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat=True))
    ledger.settle(Begin(an_interaction(NOON_S + LATER_S), may_repeat=True))
    ledger.settle(Finish(an_interaction(), 2, Result.DONE))

    ledger.settle(Finish(an_interaction(), 1, Result.FAILED))

    assert record_in(store)["result"] == "done"


def test_everything_that_is_kept_ends_some_day(store: MemoryLedger, ledger: Ledger) -> None:
    ledger.settle(Begin(an_interaction(), may_repeat=True))

    assert {item["delete_after_s"] for item in store.items.values()} == {
        int(NOON_S) + 365 * 24 * 3_600
    }


@st.composite
def _sources(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    instants = st.integers(0, 5).map(lambda second: f"2026-11-25T12:00:0{second}.000Z")
    return {
        name: [{"at": draw(instants), "sk": f"{name}#{n}"} for n in range(draw(st.integers(0, 8)))]
        for name in ("journal", "interactions")
    }


def _page(items: list[dict[str, str]], at_most: int, place: Mapping[str, str] | None) -> Entries:
    """As the table gives them: a full page ends somewhere, whether anything follows or not."""
    newest = sorted(items, key=lambda item: (item["at"], item["sk"]), reverse=True)
    if place is not None:
        newest = [one for one in newest if (one["at"], one["sk"]) < (place["at"], place["sk"])]
    page = newest[:at_most]
    return Entries(tuple(page), page[-1] if page and len(newest) >= at_most else None)


@given(_sources(), st.integers(1, 5))
def test_pages_hold_everything_once_in_the_order_of_time(
    sources: dict[str, list[dict[str, str]]], at_most: int
) -> None:
    starts: Any = dict.fromkeys(sources)
    seen: list[Mapping[str, str]] = []
    while starts is not None:
        pages = {name: _page(sources[name], at_most, starts[name]) for name in starts}
        items, starts = page_of(pages, starts, at_most)
        assert len(items) <= at_most
        seen += items

    every = [item for source in sources.values() for item in source]
    assert seen == sorted(every, key=lambda item: (item["at"], item["sk"]), reverse=True)
