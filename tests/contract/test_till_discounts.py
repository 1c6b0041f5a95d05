"""What a till does with discounts that are limited, and after something went wrong with them: what
docs/applications.md says, on the real handlers."""

from itertools import count
from typing import Any

import pytest

from tests.support.discounts import a_campaign, amount_off
from tests.support.gateway import Gateway
from tests.support.script import (
    Counter,
    Play,
    apply,
    apply_with_points,
    balance,
    capture_discounts,
    earn,
    find_discounts,
    find_discounts_by_sale,
    give_back,
    learn,
    play,
    void_discounts,
    void_discounts_by_key,
    void_discounts_by_sale,
    wait,
)
from tillbridge.domain.caller import Scope

_numbers = count(1)
# A sale of 200.00 costs this with the campaign, which two sales get.
LOW, FULL = 19_000, 20_000


@pytest.fixture
def counter(gateway: Gateway) -> Counter:
    tenant_id = f"merchant-{next(_numbers)}"
    campaign = a_campaign("autumn", benefit=amount_off(1_000), limits=[{"uses": 2}])
    token = gateway.add_tenant(tenant_id, programme={"hold_ttl_s": 900}, campaigns=[campaign])
    cannot_redeem = gateway.add_key(tenant_id, "web", frozenset({Scope.DISCOUNT}))
    return Counter(gateway, {"till": token, "web": cannot_redeem})


def costs(key: str, total_minor: int, *exhausted: str, **asked: Any) -> Play:
    """Apply, and be told what the sale costs."""

    def look(counter: Counter) -> None:
        apply(key, **asked).gets(201, state="held")(counter)
        decision = counter.send(find_discounts(key)).json()["decision"]
        assert decision["total_minor"] == total_minor, decision
        assert decision["exhausted"] == list(exhausted)

    return look


@pytest.mark.requirement("X3")
def test_a_double_tap_is_one_application(counter: Counter) -> None:
    play(
        counter,
        apply("key").gets(201, replayed=False, state="held"),
        apply("key").gets(201, replayed=True, state="held"),
        apply("key", most_total_minor=1).gets(422, code="idempotency_mismatch"),
        capture_discounts("key").gets(200, replayed=False, state="captured"),
        capture_discounts("key").gets(200, replayed=True, state="captured"),
        apply("key").gets(201, replayed=True, state="captured"),
        costs("second", LOW, sale="sale-2"),
        costs("third", FULL, "autumn", sale="sale-3"),
    )


def test_a_basket_that_changes_keeps_what_it_holds(counter: Counter) -> None:
    play(
        counter,
        costs("other", LOW, sale="sale-2"),
        costs("first", LOW),
        apply("again").gets(409, code="application_exists", operation_ref="<first>"),
        costs("changed", LOW, supersedes="<first>"),
        capture_discounts("first").gets(409, code="application_closed", operation_state="voided"),
        capture_discounts("changed").gets(200),
        apply("late", supersedes="<changed>").gets(409, code="application_captured"),
    )


def test_who_promised_a_price_is_told_the_new_one(counter: Counter) -> None:
    promised: dict[str, Any] = {"most_total_minor": LOW}
    play(
        counter,
        costs("one", LOW, sale="sale-2"),
        costs("two", LOW, sale="sale-3"),
        apply("key", **promised).gets(
            409,
            code="discounts_changed",
            total_minor=FULL,
            discount_minor=0,
            exhausted=["autumn"],
            safe_new_key=True,
            safe_to_retry=False,
        ),
        void_discounts("one").gets(200, state="voided"),
        # The refusal stands, and closes the sale but for who names it.
        apply("key", **promised).gets(409, code="discounts_changed", replayed=True),
        apply("new", **promised).gets(409, code="application_exists"),
    )
    refused = counter.send(find_discounts_by_sale()).json()
    assert (refused["state"], refused["refusal"]["code"]) == ("rejected", "discounts_changed")
    counter.known["refused"] = refused["application_id"]
    play(counter, costs("again", LOW, **promised, supersedes="<refused>"))


def test_a_void_that_overtakes_its_request_stops_it(counter: Counter) -> None:
    play(
        counter,
        void_discounts_by_key("key").gets(200, state="voided"),
        apply("key").gets(409, code="application_voided", safe_new_key=True),
        void_discounts_by_sale("sale-2").gets(200, state="voided"),
        apply("late", "sale-2").gets(409, code="application_exists"),
        costs("one", LOW, sale="sale-3"),
        costs("two", LOW, sale="sale-4"),
    )


def test_a_till_that_was_offline_captures_late_and_is_told_what_that_was(counter: Counter) -> None:
    play(
        counter,
        apply("offline").gets(201),
        wait(901),
        costs("one", LOW, sale="sale-2"),
        costs("two", LOW, sale="sale-3"),
        find_discounts("offline").gets(200, state="expired"),
        capture_discounts("offline").gets(200, state="captured", beyond_limit=["autumn"]),
    )


def test_another_till_goes_on_with_the_sale(counter: Counter) -> None:
    play(
        counter,
        apply("first").gets(201),
        wait(901),
        apply("second", supersedes="<first>").gets(201),
        capture_discounts("first").gets(409, code="application_superseded"),
        learn("known", of="second"),
        capture_discounts("known").gets(200),
        void_discounts("second").gets(409, code="application_captured"),
    )


def test_points_go_with_discounts_or_neither_goes(counter: Counter) -> None:
    play(
        counter,
        earn(150).gets(201),
        apply_with_points("key", 200).gets(
            409, code="insufficient_points", points=200, available=150
        ),
        balance(available=150),
        apply_with_points("held", 100, sale="sale-2").gets(201),
        balance(available=50, held=100),
        apply_with_points("more", 150, sale="sale-2", supersedes="<held>").gets(201),
        balance(available=0, held=150),
        capture_discounts("more").gets(200),
        balance(available=0),
        apply_with_points("other", sale="sale-3").by("web").gets(403, code="scope_missing"),
    )


def test_goods_come_back_in_parts_once_each(counter: Counter) -> None:
    play(
        counter,
        apply("key").gets(201),
        give_back("key", 1).gets(409, code="application_closed", operation_state="held"),
        capture_discounts("key").gets(200),
        give_back("key", 1, "one").gets(201, refund_minor=9_500, replayed=False),
        give_back("key", 1, "one").gets(201, refund_minor=9_500, replayed=True),
        give_back("key", 2, "one").gets(422, code="idempotency_mismatch"),
        give_back("key", 2, "two").gets(409, code="not_returnable"),
        give_back("key", 1, "two").gets(201, refund_minor=9_500),
        find_discounts("key").gets(200, returns=2),
        # Nothing of its discount is left, so that its use is another's.
        costs("one", LOW, sale="sale-2"),
        costs("two", LOW, sale="sale-3"),
    )
