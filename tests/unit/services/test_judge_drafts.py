"""However a draft's writings are told of, the live record ends as the latest one's verdict says."""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.builders import a_draft_key, a_written_draft
from tests.support.fakes import FakeDraftStore, Killed
from tillbridge.domain.drafts import Draft, DraftKey, Judgement
from tillbridge.domain.faults import Fault
from tillbridge.errors import RecordsUnavailable
from tillbridge.services.judge_drafts import JudgeDrafts

KEY = a_draft_key()
GOOD, BETTER, BAD = (
    a_written_draft(text="good"),
    a_written_draft(text="better"),
    a_written_draft(text="bad", is_bad=True),
)


def judge(_key: DraftKey, draft: Draft) -> Judgement:
    return Judgement(draft, (Fault("is_bad", "It is"),) if "is_bad" in draft.content else ())


class Table:
    """A store, its stream and the guards that are told of it; what happens between two steps of a
    guard is what the script says next."""

    def __init__(self) -> None:
        self.store = FakeDraftStore()
        self.judge_drafts = JudgeDrafts(self.store, judge)
        self.stream: list[Draft | None] = []
        self.done: set[int] = set()

    def write(self, draft: Draft | None) -> None:
        if draft is None:
            self.store.drafts.pop(KEY, None)
        else:
            self.store.drafts[KEY] = draft
        self.stream.append(draft)

    def tell(self, number: int) -> None:
        """Tell of one writing, as far as the guard comes."""
        number %= len(self.stream)
        with suppress(RecordsUnavailable, Killed):
            self.judge_drafts(KEY, self.stream[number])
            self.done.add(number)


LINES = st.one_of(
    *[st.just(("go on", None))] * 2,
    *[st.tuples(st.just("write"), st.sampled_from([GOOD, BETTER, BAD, None]))] * 2,
    *[st.tuples(st.just("tell"), st.integers(-2, 3))] * 3,
    st.just(("kill", None)),
)
SCRIPTS = st.lists(LINES, max_size=20)
GO_ON = ("go on", None)
OVERTAKEN = [("write", BETTER), ("tell", 1)]


def play(table: Table, script: list[tuple[str, Any]]) -> None:
    """The whole script. Before each step of a guard that is at work, what comes next happens, as
    far as the line that lets it go on; a guard told of there runs inside the other's step."""
    lines = iter(script)

    def happen() -> None:
        for kind, what in lines:
            if kind == "write":
                table.write(what)
            elif kind == "tell" and table.stream:
                table.tell(what)
            elif kind == "kill":
                raise Killed
            elif kind == "go on":
                return

    table.store.before = table.store.after_conclusion = happen
    for _ in script:
        with suppress(Killed):
            happen()
    table.store.before = table.store.after_conclusion = lambda: None


@settings(max_examples=1_000)
@example([("write", GOOD), ("tell", 0), *OVERTAKEN], Random(1))
@example([("write", GOOD), ("tell", 0), GO_ON, *OVERTAKEN], Random(1))
@example([("write", GOOD), ("tell", 0), GO_ON, GO_ON, *OVERTAKEN], Random(1))
@given(SCRIPTS, st.randoms())
def test_the_live_record_ends_as_the_latest_drafts_verdict_says(
    script: list[tuple[str, Any]], random: Random
) -> None:
    table = Table()
    play(table, script)

    # Each writing is told of until a guard was not killed at it, in whatever order.
    untold = sorted(set(range(len(table.stream))) - table.done)
    random.shuffle(untold)
    for number in untold:
        table.judge_drafts(KEY, table.stream[number])

    latest = table.store.drafts.get(KEY)
    live = table.store.live.get(KEY)
    if latest is None:
        assert live is None
    elif latest == BAD:
        assert live in (None, *(draft for draft in table.stream if draft not in (None, BAD)))
    else:
        assert live == latest
    turn = table.store.turns.get(KEY)
    if turn is not None:
        assert turn.live_hash == (live and live.content_hash)
    # And everybody who wrote one gets to know what it was worth.
    for draft in filter(None, table.stream):
        assert table.store.versions[KEY, draft.content_hash] == judge(KEY, draft)


@pytest.fixture
def table() -> Table:
    return Table()


def tell_all(table: Table) -> None:
    for draft in list(table.stream):
        table.judge_drafts(KEY, draft)


def test_a_bad_draft_leaves_the_last_good_one_live(table: Table) -> None:
    table.write(GOOD)
    tell_all(table)
    table.write(BAD)
    tell_all(table)

    assert table.store.live[KEY] == GOOD
    assert table.store.versions[KEY, BAD.content_hash].verdict == "bad"
    assert table.store.turns[KEY].live_hash == GOOD.content_hash


def test_going_back_is_writing_the_old_content_again(table: Table) -> None:
    for draft in (GOOD, BETTER, GOOD):
        table.write(draft)
        table.judge_drafts(KEY, draft)

    assert table.store.live[KEY] == GOOD


def test_a_deleted_draft_retires_the_live_record(table: Table) -> None:
    for draft in (GOOD, None):
        table.write(draft)
        table.judge_drafts(KEY, draft)

    assert KEY not in table.store.live
    assert table.store.turns[KEY].live_hash is None


def test_a_draft_that_was_written_while_another_was_judged_is_the_one_that_counts(
    table: Table,
) -> None:
    """Two guards: the first has read the old draft when the second concludes the new one."""
    table.write(GOOD)

    def overtake() -> None:
        table.write(BETTER)
        table.judge_drafts(KEY, BETTER)

    # The first has read the turn and the draft, and is about to conclude.
    steps: list[Callable[[], None]] = [lambda: None, lambda: None, overtake]
    table.store.before = lambda: steps.pop(0)() if steps else None

    table.judge_drafts(KEY, GOOD)

    assert table.store.live[KEY] == BETTER
    assert table.store.turns[KEY].number == 2


@pytest.mark.parametrize(
    "key", [a_draft_key("OTHER#x"), a_draft_key(owner="Acme#"), a_draft_key(owner="acme")]
)
def test_what_can_never_be_live_gets_its_verdict_and_nothing_else(
    table: Table, key: DraftKey
) -> None:
    table.judge_drafts(key, GOOD)
    table.judge_drafts(key, None)

    assert list(table.store.versions) == [(key, GOOD.content_hash)]
    assert table.store.live == {}
    assert table.store.turns == {}


def test_a_record_that_others_judge_all_the_time_is_told_of_again(table: Table) -> None:
    table.write(GOOD)
    conclude = table.store.conclude
    table.store.conclude = lambda *_: False  # type: ignore[method-assign]

    with pytest.raises(RecordsUnavailable):
        table.judge_drafts(KEY, GOOD)

    table.store.conclude = conclude  # type: ignore[method-assign]
    table.judge_drafts(KEY, GOOD)
    assert table.store.live[KEY] == GOOD
