"""`Idempotency-Key` as the IETF draft has it: missing 400, other content 422, a replay marked; and
a key is its principal's own (T6, T27)."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.script import (
    CUSTOMER,
    Counter,
    Step,
    adjust,
    balance,
    burn,
    capture,
    earn,
    find,
    find_by_key,
    long_key,
    play,
    redeem,
    void_by_key,
)

NUMBERS = count(1)
REFERENCES = st.text("ab#/.ø ", min_size=1, max_size=4)
# Every field that a redemption can have, but for the one that is only for the words.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "customer_id": st.sampled_from([CUSTOMER, "C-2"]),
    "points": st.integers(1, 3),
    "store_id": REFERENCES,
    "sale_ref": REFERENCES,
    "mode": st.sampled_from(["hold", "burn"]),
    "supersedes": st.none() | REFERENCES,
    "staff_id": st.none() | REFERENCES,
}


@pytest.mark.parametrize("key", [None, "", "   "])
def test_a_request_without_a_key_is_refused_and_changes_nothing(
    counter: Counter, key: str | None
) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    step = redeem(None)
    play(counter, earn(150).gets(201))

    answer = counter.gateway.call(
        "POST", step.path, counter.tokens["till"], body=step.body, headers=headers
    )

    assert (answer.status, answer.json()["code"]) == (400, "idempotency_key_missing")
    play(counter, balance(available=150))


def test_a_key_that_can_be_guessed_is_refused(counter: Counter) -> None:
    step = redeem(None)
    answer = counter.gateway.call(
        "POST",
        step.path,
        counter.tokens["till"],
        body=step.body,
        headers={"Idempotency-Key": "sale-17"},
    )

    assert (answer.status, answer.json()["field"]) == (400, "Idempotency-Key")


def test_quoted_and_bare_are_one_key(counter: Counter) -> None:
    bare = long_key("key")
    play(
        counter,
        earn(150).gets(201),
        redeem(f'"{bare}"').gets(201, replayed=False),
        redeem(bare).gets(201, replayed=True),
        void_by_key(f'"{bare}"').gets(200, state="voided"),
        balance(available=150),
    )


def test_a_refused_request_does_not_use_its_key_up(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key", points=0).gets(400, field="points"),
        redeem("key", colour="red").gets(400, field="colour"),
        redeem("key").gets(201, replayed=False),
    )


@pytest.mark.requirement("X3")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.fixed_dictionaries(FIELDS), data=st.data())
def test_any_other_content_under_the_same_key_is_422(
    counter: Counter, content: dict[str, Any], data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(FIELDS)))
    other = data.draw(FIELDS[field].filter(lambda value: value != content[field]))
    number = next(NUMBERS)

    def sent(content: dict[str, Any]) -> tuple[int, str, Any]:
        body = {name: value for name, value in content.items() if value is not None}
        # A key and a sale of this example's own.
        body["sale_ref"] = f"{number}, {body['sale_ref']}"
        answer = counter.send(Step("POST", "/v1/redemptions", body, key=f"key-{number:020}"))
        return answer.status, answer.json()["code"], answer.headers.get("Idempotent-Replayed")

    # Nobody has points here: that is a decision all the same.
    assert sent(content) == (409, "not_enrolled", None)
    assert sent(dict(reversed(content.items()))) == (409, "not_enrolled", "true")
    assert sent({**content, "customer_name": "Jane Doe"}) == (409, "not_enrolled", "true")
    assert sent({**content, field: other})[:2] == (422, "idempotency_mismatch")


def test_a_mismatch_moves_nothing_and_shows_nothing(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key", staff_id="anna").gets(201),
        redeem("key", points=101).gets(
            422,
            code="idempotency_mismatch",
            operation_ref="<key>",
            available=None,
            sale_ref=None,
            safe_to_retry=False,
        ),
        balance(available=50, held=100),
    )


def test_an_adjustments_key_is_held_as_well(counter: Counter) -> None:
    play(
        counter,
        adjust("key", 150).gets(201, points=150, replayed=False),
        adjust("key", 150).gets(201, points=150, replayed=True),
        adjust("key", 151).gets(422, code="idempotency_mismatch"),
        adjust("minus", -200).gets(409, code="insufficient_points", available=150),
        earn(500).gets(201),
        adjust("minus", -200).gets(409, code="insufficient_points", replayed=True),
        balance(available=650),
    )


def test_one_key_of_two_operations_is_two(counter: Counter) -> None:
    play(
        counter,
        adjust("key", 150).gets(201, replayed=False),
        redeem("key").gets(201, replayed=False),
        balance(available=50, held=100),
    )


def test_another_principal_gets_a_decision_of_its_own(counter: Counter) -> None:
    play(
        counter,
        earn(250).gets(201),
        redeem("key").gets(201, replayed=False),
        find_by_key("key").by("web shop").gets(404, code="redemption_not_found"),
        void_by_key("key").by("web shop").gets(200, state="voided", points=0),
        find_by_key("key").gets(200, state="held"),
        burn("key", "sale-2").by("web shop").gets(409, code="redemption_voided"),
        balance(available=150, held=100),
    )


def test_another_merchants_redemption_is_none(counter: Counter) -> None:
    unknown = "a" * 26
    play(counter, earn(150).gets(201), redeem("key").gets(201))
    counter.known["unknown"] = unknown

    for step in (find, capture):
        foreign, missing = (
            counter.send(step(key).by("rival")).text.replace(counter.known[key], "<id>")
            for key in ("key", "unknown")
        )
        assert foreign == missing
        assert json.loads(foreign)["code"] == "redemption_not_found"
    play(counter, find("key").gets(200, state="held"))
