"""A till that shows rewards and redeems the one that the customer takes: it works out nothing by
itself, neither what a reward costs nor what it gives."""

import pytest

from tests.support.script import (
    Counter,
    Step,
    balance,
    capture,
    earn,
    find,
    play,
    redeem,
    redeem_reward,
    refund,
    void,
    wait,
)

FIVE_OFF = {
    "reward_id": "five-off",
    "label": "Redeem 100 points for 5.00 off",
    "kind": "amount_off",
    "amount_minor": 500,
    "currency": "DKK",
}


@pytest.mark.requirement("S11", "S18")
def test_a_reward_says_cost_and_effect_from_the_first_answer_to_the_last(counter: Counter) -> None:
    jane = {"customer_name": "Jane Doe"}
    play(
        counter,
        earn(150).gets(201),
        redeem_reward("k", "five-off", **jane).gets(
            201, points=100, reward=FIVE_OFF, message="100 points held for Jane Doe: 5.00 DKK off"
        ),
        redeem_reward("k", "five-off", **jane).gets(201, reward=FIVE_OFF, replayed=True),
        find("k").gets(200, reward=FIVE_OFF),
        capture("k").gets(
            200, reward=FIVE_OFF, message="100 points redeemed for the customer: 5.00 DKK off"
        ),
        refund("k", 40).gets(201, reward=FIVE_OFF, refundable=60),
        balance(available=90),
    )


def test_a_reward_whose_sale_is_off_is_back(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem_reward("k", "five-off").gets(201),
        void("k").gets(200, message="Redemption cancelled for the customer"),
        balance(available=150),
    )


def test_a_reward_is_captured_late_as_points_are(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem_reward("k", "five-off").gets(201),
        wait(901),
        capture("k").gets(200, state="captured", reward=FIVE_OFF),
    )


@pytest.mark.requirement("S15")
def test_what_cannot_be_had_says_why_and_closes_the_sale_as_too_few_points_do(
    counter: Counter,
) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem_reward("k", "as-you-like", points=80, subtotal_minor=900).gets(
            409,
            code="reward_not_available",
            reason="below_subtotal",
            missing_minor=100,
            detail="It needs a sale of 10.00 DKK, 1.00 DKK more.",
            safe_new_key=True,
        ),
        redeem_reward("k", "as-you-like", points=80, subtotal_minor=900).gets(409, replayed=True),
        redeem_reward("k2", "as-you-like", points=80, subtotal_minor=1_000).gets(
            409, code="redemption_exists", operation_state="rejected"
        ),
        balance(available=150),
    )


@pytest.mark.requirement("S15")
def test_too_few_points_say_how_many_are_needed_and_there(counter: Counter) -> None:
    play(
        counter,
        earn(60).gets(201),
        redeem_reward("k", "five-off").gets(
            409, code="insufficient_points", points=100, available=60
        ),
    )


def test_the_customer_chooses_and_pays_in_proportion(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem_reward("k", "as-you-like", points=130, subtotal_minor=5_000, mode="burn").gets(
            201, points=130, message="130 points redeemed for the customer: 6.50 DKK off"
        ),
        balance(available=20),
    )


def test_one_key_is_for_one_reward(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem_reward("k", "five-off").gets(201),
        redeem_reward("k", "as-you-like", points=100, subtotal_minor=5_000).gets(
            422, code="idempotency_mismatch"
        ),
        redeem("k").gets(422, code="idempotency_mismatch"),
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"points": 10, "subtotal_minor": 100}, "body"),
        ({"reward_id": "Five Off"}, "reward_id"),
        ({"reward_id": "five-off", "currency_code": "kr"}, "currency_code"),
        ({"reward_id": "five-off", "subtotal_minor": -1}, "subtotal_minor"),
        ({"reward_id": "five-off", "subtotal_minor": 1.5}, "subtotal_minor"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_decided(
    counter: Counter, body: dict[str, object], field: str
) -> None:
    names = {"customer_id": "C-1", "store_id": "shop", "sale_ref": "sale-1"}
    play(
        counter,
        earn(150).gets(201),
        Step("POST", "/v1/redemptions", {**names, **body}, key="k").gets(
            400, code="invalid_request", field=field
        ),
        redeem_reward("k", "five-off").gets(201, state="held"),
    )
