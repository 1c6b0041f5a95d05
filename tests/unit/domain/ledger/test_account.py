"""Lots: what is spent leaves the one that expires first, what comes back finds its own."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.ledger.account import (
    MAX_LOTS,
    NEVER,
    Account,
    Change,
    account_item,
    added,
    last_of,
    redated,
)
from tillbridge.errors import LedgerInconsistent

TODAY = date(2026, 11, 25)
days = st.integers(-400, 400).map(lambda n: (TODAY + timedelta(n)).isoformat()) | st.just(NEVER)
lots = st.dictionaries(days, st.integers(1, 1_000), max_size=12)
points = st.integers(0, 20_000)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    own = draw(lots)
    return Account(
        available=sum(own.values()),
        held=draw(st.integers(0, 500)),
        debt=draw(st.integers(0, 500)),
        version=draw(st.integers(0, 9)),
        lots=own,
        earned=draw(st.dictionaries(st.just("2026-11") | st.just("2026-11-25"), st.integers(1, 9))),
    )


@given(accounts(), points)
def test_what_is_taken_leaves_the_account_and_no_more_than_is_there(
    account: Account, wanted: int
) -> None:
    taken = account.take(wanted)

    assert -taken.available == min(wanted, account.available)
    assert account.plus(taken).is_sound


@given(accounts(), points)
def test_no_lot_is_touched_before_those_that_expire_earlier_are_empty(
    account: Account, wanted: int
) -> None:
    after = account.plus(account.take(wanted)).lots

    touched = [day for day, had in account.lots.items() if after.get(day, 0) < had]
    emptied = [day for day in account.lots if day not in after]
    assert all(day in emptied for day in account.lots if touched and day < max(touched))


@given(accounts(), points, days)
def test_a_named_lot_is_taken_from_before_all_others(
    account: Account, wanted: int, first: str
) -> None:
    after = account.plus(account.take(wanted, first=first)).lots

    assert account.lots.get(first, 0) - after.get(first, 0) == min(
        wanted, account.lots.get(first, 0)
    )


@given(accounts(), lots)
def test_what_comes_in_repays_a_debt_first_and_the_balance_grows_by_it(
    account: Account, incoming: dict[str, int]
) -> None:
    change = account.give(incoming)
    after = account.plus(change)

    assert change.delta == sum(incoming.values())
    assert after.debt == max(0, account.debt - sum(incoming.values()))
    assert after.is_sound


@given(accounts(), points)
def test_what_is_taken_and_comes_back_leaves_the_lots_as_they_were(
    account: Account, wanted: int
) -> None:
    taken = account.take(wanted)
    owes_nothing = Account(account.available, account.held, 0, 0, account.lots)
    back = {day: -n for day, n in taken.lots.items()}

    assert owes_nothing.plus(taken).plus(owes_nothing.give(back)).lots == account.lots


@given(accounts())
def test_only_what_is_over_expires(account: Account) -> None:
    after = account.plus(account.expiry(TODAY))

    assert after.is_sound
    assert {d: n for d, n in account.lots.items() if d >= TODAY.isoformat()} == after.lots


def test_points_are_good_to_the_end_of_their_last_day() -> None:
    account = Account(available=5, lots={"2026-11-25": 5})

    assert account.expiry(TODAY) == Change()
    assert account.expiry(TODAY + timedelta(1)) == Change(available=-5, lots={"2026-11-25": -5})


@given(lots, points)
def test_what_was_spent_last_comes_back_first(spent: dict[str, int], wanted: int) -> None:
    back = last_of(spent, wanted)
    kept = added(spent, {day: -n for day, n in back.items()})

    assert sum(back.values()) == min(wanted, sum(spent.values()))
    assert not kept or not back or max(kept) <= min(back)


@given(lots)
def test_what_comes_back_after_it_has_expired_is_good_for_the_days_of_grace(
    back: dict[str, int],
) -> None:
    fresh = redated(back, TODAY, grace_days=30)

    assert sum(fresh.values()) == sum(back.values())
    assert all(day >= TODAY.isoformat() for day in fresh)
    assert {d: n for d, n in back.items() if d >= TODAY.isoformat()}.items() <= {
        **fresh,
        **{d: n for d, n in back.items() if d == "2026-12-25"},
    }.items()


def test_beyond_sixty_lots_those_that_expire_first_are_good_a_little_longer() -> None:
    many = {(TODAY + timedelta(n)).isoformat(): 1 for n in range(MAX_LOTS)}
    account = Account(available=MAX_LOTS, lots=many)

    after = account.plus(account.within_bounds(Change(available=1, lots={NEVER: 1})))

    assert after.is_sound
    assert len(after.lots) == MAX_LOTS
    assert "2026-11-25" not in after.lots
    assert after.lots["2026-11-26"] == 2


@given(accounts())
def test_an_account_is_stored_and_read_unchanged(account: Account) -> None:
    assert Account.of(account_item(account)) == account


def test_an_account_from_before_there_were_tiers_has_earned_nothing_towards_one() -> None:
    item = account_item(Account(available=5, lots={NEVER: 5}))

    assert "earned" not in item
    assert Account.of(item).earned == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"avail": 4},
        {"held": -1},
        {"debt": -1},
        {"lots": {"never": -5}, "avail": -5},
        {"earned": {"2026-11": -1}},
    ],
)
def test_numbers_that_cannot_be_are_not_worked_with(changes: dict[str, object]) -> None:
    item = account_item(Account(available=5, lots={NEVER: 5}))

    with pytest.raises(LedgerInconsistent):
        Account.of({**item, **changes})
