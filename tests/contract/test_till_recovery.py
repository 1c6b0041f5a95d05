"""What a till does after something went wrong: it lost an answer, its key, its power or its
network."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from tests.support.script import (
    Counter,
    Step,
    balance,
    burn,
    capture,
    earn,
    find_by_key,
    find_by_sale,
    learn,
    play,
    redeem,
    refund,
    void,
    void_by_key,
    void_by_sale,
    wait,
)

DAY_S = 86_400


@pytest.mark.requirement("X3")
def test_a_double_tap(counter: Counter) -> None:
    play(
        counter,
        earn(300).gets(201),
        redeem("key").gets(201, replayed=False),
        redeem("key").gets(201, replayed=True),
        capture("key").gets(200, replayed=False),
        capture("key").gets(200, replayed=True),
        balance(available=200),
    )


def test_a_till_restarts_with_a_new_key_and_adopts_what_is_held(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("old").gets(201),
        redeem("new").gets(409, code="redemption_exists", operation_ref="<old>"),
        learn("new", of="old"),
        capture("new").gets(200, state="captured"),
        redeem("newer").gets(409, code="redemption_exists", operation_state="captured"),
        balance(available=50),
    )


def test_a_till_restarts_and_supersedes_what_is_over(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("old").gets(201),
        redeem("hasty", supersedes="<old>").gets(409, code="redemption_exists"),
        void("old").gets(200),
        redeem("wrong", supersedes="a" * 26).gets(409, code="redemption_exists"),
        redeem("new", supersedes="<old>").gets(201, state="held"),
        balance(available=50, held=100),
    )


@pytest.mark.parametrize("void_it", [void_by_key("key"), void_by_sale()], ids=["key", "sale"])
def test_a_void_overtakes_its_hold(counter: Counter, void_it: Step) -> None:
    play(
        counter,
        earn(150).gets(201),
        void_it.gets(200, state="voided", replayed=False),
        redeem("key").gets(409),
        redeem("key").gets(409),
        void_it.gets(200, state="voided", replayed=True),
        balance(available=150),
    )


def test_a_void_meets_a_hold_whose_answer_was_lost(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").lost(),
        void_by_sale().gets(200, state="voided"),
        redeem("key").gets(201, state="voided", replayed=True),
        balance(available=150),
    )


def test_an_offline_till_captures_late(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").gets(201),
        wait(6 * 3_600),
        capture("key").gets(200, state="captured", refundable=100),
        capture("key").gets(200, replayed=True),
        refund("key", 100).gets(201),
        balance(available=150),
    )


def test_an_offline_till_captures_after_another_has_redone_the_sale(counter: Counter) -> None:
    play(
        counter,
        earn(300).gets(201),
        redeem("offline").gets(201),
        wait(901),
        redeem("online", supersedes="<offline>").gets(201),
        capture("online").gets(200),
        capture("offline").gets(
            409,
            code="redemption_superseded",
            operation_state="expired",
            safe_to_retry=False,
            safe_new_key=False,
        ),
        balance(available=200),
    )


def test_an_expired_hold_is_voided_and_no_late_capture_follows(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").gets(201),
        wait(901),
        void("key").gets(200, state="voided"),
        capture("key").gets(409, code="redemption_closed"),
        balance(available=150),
    )


@pytest.mark.parametrize("parts", list(permutations((20, 30, 50))))
def test_partial_returns_come_in_any_order(counter: Counter, parts: tuple[int, ...]) -> None:
    returns = [refund("key", points, f"return of {points}") for points in parts]
    play(
        counter,
        earn(150).gets(201),
        burn("key").gets(201),
        *(step.gets(201, replayed=False) for step in returns),
        *(step.gets(201, replayed=True) for step in reversed(returns)),
        refund("key", 1, "one more").gets(409, code="not_refundable", refundable=0),
        balance(available=150),
    )


def test_a_return_of_more_than_was_spent_gives_back_nothing(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        burn("key").gets(201),
        refund("key", 101).gets(409, code="not_refundable", refundable=100),
        refund("key", 100).gets(201),
        balance(available=150),
    )


def test_only_what_is_captured_is_given_back(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").gets(201),
        refund("key", 10).gets(409, code="not_refundable", operation_state="held"),
        void("key").gets(200),
        refund("key", 10).gets(409, code="not_refundable", operation_state="voided"),
        balance(available=150),
    )


def test_a_burn_is_voided_with_what_is_left_of_it(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        burn("key").gets(201),
        refund("key", 30).gets(201, refundable=70),
        void("key").gets(200, state="voided", refundable=0),
        void("key").gets(200, replayed=True),
        refund("key", 1, "return-2").gets(409, code="not_refundable"),
        balance(available=150),
    )


def test_a_refusal_stays_until_it_is_superseded(counter: Counter) -> None:
    play(
        counter,
        earn(50).gets(201),
        redeem("key").gets(409, code="insufficient_points", replayed=False),
        earn(100, "order-2").gets(201),
        redeem("key").gets(409, code="insufficient_points", available=50, replayed=True),
        redeem("next").gets(409, code="redemption_exists", operation_state="rejected"),
        find_by_sale().gets(200, state="rejected"),
        void_by_sale().gets(200, state="voided", replayed=False),
    )


def test_a_refusal_can_be_superseded_when_there_are_points(counter: Counter) -> None:
    def supersede(counter: Counter) -> None:
        counter.known["refused"] = counter.send(find_by_sale()).json()["redemption_id"]

    play(
        counter,
        earn(50).gets(201),
        redeem("key").gets(409, code="insufficient_points"),
        earn(100, "order-2").gets(201),
        supersede,
        redeem("next", supersedes="<refused>").gets(201, state="held"),
        capture("refused").gets(409, code="redemption_closed", operation_state="rejected"),
        balance(available=50, held=100),
    )


def test_points_come_back_good_after_they_had_expired(counter: Counter) -> None:
    def day_after(days: int) -> str:
        from_now_s = counter.gateway.clock.now_s + days * DAY_S
        return datetime.fromtimestamp(from_now_s, UTC).date().isoformat()

    play(
        counter,
        earn(100, expires_on=day_after(10)).gets(201),
        burn("key").gets(201),
        wait(20 * DAY_S),
        refund("key", 100).gets(201),
        balance(available=100),
        wait(29 * DAY_S),
        balance(available=100),
    )


def test_a_till_that_knows_nothing_finds_everything_by_its_sale(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        find_by_sale().gets(404, code="redemption_not_found"),
        find_by_key("key").gets(404, code="redemption_not_found"),
        redeem("key").lost(),
        find_by_key("key").gets(200, state="held"),
        find_by_sale().gets(200, state="held", points=100),
    )
