"""Ka-ching's customer account (contracts §1.5): a till that reads a balance and pays with it, by
whatever request was configured, and without a key. 10 points are 0.50 DKK."""

import pytest

from tests.support.script import (
    CUSTOMER,
    Counter,
    balance,
    burn,
    earn,
    find_by_sale,
    learn,
    pay,
    pay_with_body,
    play,
    read_account,
    redeem,
    refund,
    void_by_sale,
)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_points_are_money_on_the_tills_screen(counter: Counter, method: str) -> None:
    play(
        counter,
        earn(155).gets(201),
        read_account(method).gets(200, amount=7.75),
        pay("5.00", method=method).by("till", "KachingKey").gets(200, amount=2.75),
        read_account(method).gets(200, amount=2.75),
        balance(available=55),
    )


def test_a_body_does_as_well_and_says_the_same(counter: Counter) -> None:
    sale = {"store_id": "shop", "sale_ref": "sale-1"}
    play(
        counter,
        earn(150).gets(201),
        pay_with_body(customer_id=CUSTOMER, amount=5, **sale).gets(200, amount=2.5, replayed=False),
        pay("5").gets(200, amount=2.5, replayed=True),
        balance(available=50),
    )


def test_the_same_is_paid_once_however_often_it_is_sent(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        pay("5").lost(),
        pay("5").gets(200, amount=2.5, replayed=True),
        pay("5.00", method="GET").gets(200, amount=2.5, replayed=True),
        pay("5", "sale-2").gets(409, code="insufficient_points", points=100, available=50),
        pay("2.5", "sale-3").gets(200, amount=0, replayed=False),
        balance(available=0),
    )


def test_the_whole_of_what_is_shown_can_be_paid(counter: Counter) -> None:
    play(
        counter,
        earn(157).gets(201),
        read_account().gets(200, amount=7.85),
        pay("7.85").gets(200, amount=0),
        balance(available=0),
    )


def test_part_of_a_point_is_a_point(counter: Counter) -> None:
    play(
        counter,
        earn(10).gets(201),
        pay("0.01").gets(200, amount=0.45),
        balance(available=9),
    )


def test_who_asked_for_too_much_may_ask_for_less(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        pay("7.51").gets(409, code="insufficient_points", points=151, available=150),
        balance(available=150),
        pay("7.50").gets(200, amount=0),
        earn(500, "order-2").gets(201),
        pay("7.51").gets(409, code="insufficient_points", available=150, replayed=True),
        balance(available=500),
    )


def test_a_sale_is_paid_with_points_once(counter: Counter) -> None:
    play(
        counter,
        earn(500).gets(201),
        pay("5").gets(200),
        pay("4").gets(409, code="redemption_exists", operation_state="captured"),
        pay("5").by("web shop").gets(409, code="redemption_exists"),
        pay("4", store_id="another shop").gets(200),
        balance(available=320),
    )


def test_a_till_of_another_kind_is_at_the_same_sale(counter: Counter) -> None:
    play(
        counter,
        earn(500).gets(201),
        redeem("held").gets(201, state="held"),
        pay("5").gets(409, code="redemption_exists", operation_ref="<held>"),
        pay("5", "sale-2").gets(200),
        burn("burnt", "sale-2").gets(409, code="redemption_exists"),
        balance(available=300, held=100),
    )


def test_who_collects_no_points_has_nothing_and_pays_nothing(counter: Counter) -> None:
    play(
        counter,
        read_account().gets(200, amount=0),
        pay("5").gets(409, code="not_enrolled"),
        read_account().gets(200, amount=0),
    )


def test_points_have_no_value_in_another_currency(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        pay("5", currency_code="SEK").gets(409, code="currency_mismatch", currency="SEK"),
        pay("5", currency_code="").gets(200, amount=2.5),
        balance(available=50),
    )


@pytest.mark.parametrize(
    ("amount", "sale", "field"),
    [
        *(("0", "sale-1", "amount"), ("-5", "sale-1", "amount"), ("5,00", "sale-1", "amount")),
        *(("0.001", "sale-1", "amount"), ("", "sale-1", "amount"), ("5", "", "sale_ref")),
    ],
)
def test_what_cannot_be_paid_moves_nothing(
    counter: Counter, amount: str, sale: str, field: str
) -> None:
    play(
        counter,
        earn(150).gets(201),
        pay(amount, sale).gets(400, code="invalid_request", field=field, safe_new_key=True),
        balance(available=150),
    )


def test_a_parameter_that_is_also_in_the_body_is_refused(counter: Counter) -> None:
    twice = pay_with_body(amount=5)
    play(
        counter,
        earn(150).gets(201),
        type(twice)(twice.method, twice.path, twice.body, query={"amount": "6"}).gets(
            400, field="amount"
        ),
        balance(available=150),
    )


def test_the_exported_sale_is_voided_and_stays_so(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        pay("5").gets(200),
        void_by_sale().gets(200, state="voided"),
        read_account().gets(200, amount=7.5),
        pay("5").gets(409, code="redemption_voided", operation_state="voided"),
        pay("4").gets(409, code="redemption_exists", operation_state="voided"),
        balance(available=150),
    )


def test_the_voided_sale_arrives_before_its_payment(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        void_by_sale().gets(200, state="voided"),
        pay("5").gets(409, code="redemption_exists", operation_state="voided"),
        balance(available=150),
    )


def test_a_return_gives_points_back(counter: Counter) -> None:
    def paid(step_of: Counter) -> None:
        answer = step_of.send(find_by_sale()).json()
        step_of.known["paid"] = answer["redemption_id"]

    play(
        counter,
        earn(150).gets(201),
        pay("5").gets(200),
        paid,
        refund("paid", 40).gets(201, refundable=60),
        learn("again", of="paid"),
        refund("again", 40).gets(201, refundable=60, replayed=True),
        pay("5").gets(200, replayed=True),
        balance(available=90),
    )
