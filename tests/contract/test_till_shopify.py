"""Shopify's manners (contracts §2.9, §2.10; design §8): the extension makes up a `sale_ref` as a
cart property, holds, applies, reads the cart again, and keeps or voids. The order's payment
captures."""

import pytest

from tests.support.script import (
    Counter,
    balance,
    capture,
    earn,
    find,
    find_by_sale,
    learn,
    play,
    redeem,
    void,
    void_by_key,
    wait,
)


def test_held_applied_seen_in_the_cart_and_kept_until_the_order_is_paid(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("modal").gets(201, state="held", message="100 points held for the customer"),
        find("modal").gets(200, state="held"),
        wait(600),
        capture("modal").gets(200, state="captured"),
        balance(available=50),
    )


@pytest.mark.requirement("S11")
def test_the_customers_name_is_in_the_words(counter: Counter) -> None:
    play(
        counter,
        earn(150, customer_name="Jane Doe").gets(201, message="150 points added for Jane Doe"),
        redeem("modal", customer_name="Jane Doe").gets(
            201, message="100 points held for Jane Doe", message_code="redemption_held"
        ),
    )


@pytest.mark.requirement("S14")
def test_the_cart_does_not_show_the_discount_so_it_is_voided(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("modal").gets(201),
        void("modal").gets(200, state="voided"),
        balance(available=150),
        redeem("again").gets(409, code="redemption_exists", operation_ref="<modal>"),
        redeem("third", supersedes="<modal>").gets(201, state="held"),
        balance(available=50, held=100),
    )


def test_the_cart_is_abandoned(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("modal").gets(201),
        wait(899),
        balance(available=50, held=100),
        wait(2),
        find("modal").gets(200, state="expired"),
        balance(available=150),
    )


def test_the_modal_is_closed_before_the_answer_and_opened_again(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("first modal").lost(),
        find_by_sale().gets(200, state="held"),
        redeem("second modal").gets(409, code="redemption_exists", operation_state="held"),
        redeem("first modal").gets(201, replayed=True),
        learn("second modal", of="first modal"),
        capture("second modal").gets(200, state="captured"),
        balance(available=50),
    )


def test_the_modal_is_closed_and_the_points_are_not_wanted_any_more(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("modal").lost(),
        void_by_key("modal").gets(200, state="voided"),
        redeem("modal").gets(201, state="voided", replayed=True),
        balance(available=150),
    )


@pytest.mark.requirement("X4")
def test_two_devices_on_one_cart(counter: Counter) -> None:
    play(
        counter,
        earn(300).gets(201),
        redeem("iPad").gets(201, state="held"),
        redeem("iPhone").gets(
            409,
            code="redemption_exists",
            operation_ref="<iPad>",
            operation_state="held",
            safe_new_key=False,
        ),
        void("iPad").gets(200),
        redeem("phone again", supersedes="<iPad>").gets(201, state="held"),
        capture("phone again").gets(200),
        capture("iPad").gets(409, code="redemption_closed"),
        balance(available=200),
    )


def test_two_carts_at_one_customers_last_points(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("iPad", "cart-1").gets(201),
        redeem("iPhone", "cart-2").gets(
            409,
            code="insufficient_points",
            points=100,
            available=50,
            cashier_message="Unable to process - 100 points are needed, 50 are there. "
            "Continue without points.",
        ),
        capture("iPad").gets(200),
        balance(available=50),
    )


def test_the_order_is_paid_after_the_points_went_elsewhere(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("modal", "cart-1").gets(201),
        wait(901),
        redeem("elsewhere", "cart-2").gets(201),
        capture("elsewhere").gets(200),
        capture("modal").gets(200, state="captured"),
        balance(available=0, debt=50),
        earn(80, "order-2").gets(201),
        balance(available=30),
    )
