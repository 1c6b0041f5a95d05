"""Ka-ching's manners (contracts §1.3, §1.5): the scheme KachingKey, sale ids of its own making, and
sales that are exported some time after they were made, maybe more than once."""

import pytest

from tests.support.script import (
    Counter,
    balance,
    capture,
    earn,
    find_by_sale,
    play,
    redeem,
    refund,
    take_back,
    void_by_sale,
    wait,
)

ODD_SALE_IDS = (
    "0b0e2c8e-6a0f-4c8e-9f6e-0d4d7f7f1b11",
    "dk#aarhus#2026-11-25#17",
    "%2E123",
    "a/b/../c",
    "salg nr. 17, København",
    "{sale}",
    "x" * 128,
)


@pytest.mark.parametrize("scheme", ["KachingKey", "kachingkey", "KACHINGKEY"])
def test_a_sale_under_the_tills_own_scheme(counter: Counter, scheme: str) -> None:
    play(
        counter,
        earn(150).by("till", scheme).gets(201),
        redeem("key").by("till", scheme).gets(201, state="held"),
        capture("key").by("till", scheme).gets(200, state="captured"),
        redeem("key").gets(201, state="captured", replayed=True),
        balance(available=50),
    )


@pytest.mark.parametrize("sale_id", ODD_SALE_IDS)
def test_any_sale_id_is_a_sales_own(counter: Counter, sale_id: str) -> None:
    play(
        counter,
        earn(300).gets(201),
        redeem("key", sale_id).gets(201, state="held", sale_ref=sale_id),
        redeem("other", sale_id).gets(409, code="redemption_exists", operation_ref="<key>"),
        redeem("next", f"{sale_id}"[:-1] or "y").gets(201, state="held"),
        find_by_sale(sale_id).gets(200, redemption_id="<key>"),
        void_by_sale(sale_id).gets(200, state="voided", redemption_id="<key>"),
        balance(available=200, held=100),
    )


def test_the_sale_is_exported_hours_later(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").gets(201, state="held"),
        wait(3 * 3_600),
        balance(available=150),
        capture("key").gets(200, state="captured"),
        balance(available=50),
    )


def test_the_sale_is_exported_more_than_once(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").gets(201),
        capture("key").gets(200, replayed=False),
        earn(12, "sale-1").gets(201, replayed=False),
        capture("key").gets(200, replayed=True),
        earn(12, "sale-1").gets(201, replayed=True),
        balance(available=62),
    )


def test_the_exported_sale_is_voided(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        redeem("key").gets(201),
        void_by_sale().gets(200, state="voided"),
        void_by_sale().gets(200, state="voided", replayed=True),
        capture("key").gets(409, code="redemption_closed", operation_state="voided"),
        balance(available=150),
    )


def test_the_voided_sale_arrives_before_its_redemption(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        void_by_sale().gets(200, state="voided"),
        redeem("key").gets(409, code="redemption_exists", operation_state="voided"),
        balance(available=150),
    )


def test_a_return_names_its_sale_and_is_exported_twice(counter: Counter) -> None:
    play(
        counter,
        earn(150, "sale-0").gets(201),
        redeem("key").gets(201),
        capture("key").gets(200),
        refund("key", 40, "return sale 9").gets(201, refundable=60, replayed=False),
        refund("key", 40, "return sale 9").gets(201, refundable=60, replayed=True),
        refund("key", 41, "return sale 9").gets(422, code="idempotency_mismatch"),
        take_back(20, "sale-0", "return sale 9").gets(201, points=-20),
        balance(available=70),
    )


def test_two_shops_count_their_sales_alike(counter: Counter) -> None:
    play(
        counter,
        earn(300).gets(201),
        redeem("aarhus", "17", store_id="aarhus").gets(201, state="held"),
        redeem("odense", "17", store_id="odense").gets(201, state="held"),
        void_by_sale("17", store_id="odense").gets(200, redemption_id="<odense>"),
        capture("aarhus").gets(200, state="captured"),
        balance(available=200),
    )
