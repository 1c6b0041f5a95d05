"""Toast's manners (contracts §3.1, reliability P5): what is not answered within five seconds is
sent again without a mark; of what is refused, REVERSE is tried again with the same id, ACCRUE with
another one, REDEEM not at all. Here REDEEM is a burn whose key is the transaction's GUID, REVERSE
its void, ACCRUE the order's points."""

from tests.support.script import (
    Counter,
    Step,
    balance,
    burn,
    capture,
    earn,
    find_by_key,
    play,
    redeem,
    refund,
    take_back,
    void,
    void_by_key,
    wait,
)


def test_redeem_times_out_and_is_sent_again_unmarked(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        burn("guid").lost(),
        burn("guid").gets(201, state="captured", replayed=True),
        burn("guid").gets(201, state="captured", replayed=True),
        balance(available=50),
    )


def test_redeem_is_refused_and_not_tried_again(counter: Counter) -> None:
    play(
        counter,
        earn(99).gets(201),
        burn("guid").gets(409, code="insufficient_points", available=99, safe_to_retry=False),
        find_by_key("guid").gets(200, state="rejected"),
        balance(available=99),
    )


def test_a_late_duplicate_of_a_refused_redeem_stays_refused(counter: Counter) -> None:
    play(
        counter,
        earn(99).gets(201),
        burn("guid").gets(409, code="insufficient_points", replayed=False),
        earn(500, "order-2").gets(201),
        burn("guid").gets(409, code="insufficient_points", available=99, replayed=True),
        balance(available=599),
    )


def test_redeem_for_an_account_that_is_not_one(counter: Counter) -> None:
    play(counter, burn("guid").gets(409, code="not_enrolled", safe_new_key=True))


def test_reverse_is_tried_again_with_the_same_id(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        burn("guid").gets(201),
        void_by_key("guid").lost(),
        void_by_key("guid").gets(200, state="voided", replayed=True),
        void("guid").gets(200, state="voided", replayed=True),
        balance(available=150),
    )


def test_reverse_of_a_transaction_that_does_not_exist(counter: Counter) -> None:
    unknown = "a" * 26
    for step in (
        Step("POST", f"/v1/redemptions/{unknown}/void"),
        Step("POST", f"/v1/redemptions/{unknown}/capture"),
        Step("POST", f"/v1/redemptions/{unknown}/refunds", {"points": 1, "refund_ref": "r"}),
        Step("GET", f"/v1/redemptions/{unknown}"),
    ):
        play(counter, step.gets(404, code="redemption_not_found", operation_ref=unknown))


def test_reverse_of_a_transaction_that_cannot_be_reversed(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("guid").gets(201),
        capture("guid").gets(200, state="captured"),
        void("guid").gets(
            409,
            code="redemption_captured",
            operation_state="captured",
            refundable=100,
            safe_to_retry=False,
            safe_new_key=False,
        ),
        refund("guid", 100).gets(201, refundable=0),
        balance(available=150),
    )


def test_reverse_overtakes_its_redeem(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        void_by_key("guid").gets(200, state="voided"),
        burn("guid").gets(409, code="redemption_voided", operation_state="voided"),
        burn("guid").gets(409, code="redemption_voided"),
        balance(available=150),
    )


def test_accrue_is_tried_again_with_another_guid(counter: Counter) -> None:
    def with_guid(guid: str) -> Step:
        return Step(**{**vars(earn(70)), "key": guid})

    play(
        counter,
        with_guid("guid-1").lost(),
        with_guid("guid-2").gets(201, points=70, replayed=True),
        with_guid("guid-3").gets(201, points=70, replayed=True),
        balance(available=70),
    )


def test_accrue_of_one_order_with_another_sum(counter: Counter) -> None:
    play(
        counter,
        earn(70).gets(201),
        earn(71).gets(422, code="idempotency_mismatch", points=70),
        balance(available=70),
    )


def test_an_accrual_is_reversed_once_and_never_beyond_itself(counter: Counter) -> None:
    play(
        counter,
        earn(70).gets(201),
        take_back(30).lost(),
        take_back(30).gets(201, points=-30, replayed=True),
        take_back(41, ref="return-2").gets(409, code="not_reversible", reversible=40),
        take_back(None, ref="return-3").gets(201, points=-40),
        take_back(1, ref="return-4").gets(409, code="not_reversible", reversible=0),
        take_back(None, order="order-2").gets(404, code="accrual_not_found"),
        balance(available=0),
    )


def test_an_accrual_is_reversed_when_its_points_are_spent(counter: Counter) -> None:
    play(
        counter,
        earn(100).gets(201),
        burn("guid").gets(201),
        take_back(None).gets(201, points=-100),
        balance(available=0, debt=100),
        earn(130, "order-2").gets(201),
        balance(available=30),
    )


def test_a_duplicate_is_known_for_ever(counter: Counter) -> None:
    hour, day = 3_600, 86_400
    play(
        counter,
        earn(150, expires_on="never").gets(201),
        burn("guid").gets(201),
        *(
            step
            for age in (hour, 25 * hour, 31 * day, 400 * day)
            for step in (wait(age), burn("guid").gets(201, replayed=True))
        ),
        earn(150, expires_on="never").gets(201, replayed=True),
        balance(available=50),
    )
