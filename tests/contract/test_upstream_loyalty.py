"""Tills whose merchant's own system keeps the points, on the real handlers: they see what they see
with the built-in ledger, but for an outcome that is not known yet."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.support.builders import an_upstream_record
from tests.support.discounts import a_campaign
from tests.support.gateway import Gateway, a_points_gateway
from tests.support.loyalty_system import CUSTOMER, NO_FAULT, Fault, LoyaltySystem, all_records
from tests.support.script import (
    Counter,
    Step,
    adjust,
    apply,
    apply_with_points,
    burn,
    capture,
    capture_discounts,
    earn,
    find,
    find_by_key,
    find_by_sale,
    pay,
    play,
    read_account,
    redeem,
    refund,
    take_back,
    void,
    void_by_key,
    void_by_sale,
    wait,
)
from tests.support.upstream_loyalty import CAPABILITIES, FOREVER, fault, promises_keys
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.services.ports import Exchange

_numbers = count(1)
# Each merchant's, by its origin: what one leaves open is no other's affair.
_systems: dict[str, Exchange] = {}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


@dataclass
class Merchant(Counter):
    """`faults` are those of the next calls to its system, in order."""

    faults: list[Fault] = field(default_factory=list)


def a_merchant(
    gateway: Gateway,
    capability: str,
    *records: Mapping[str, Any],
    live: Mapping[str, Any] | None = None,
    **rules: Any,
) -> Merchant:
    """A merchant of 150 points, whose customer is theirs; `records` are those of its other systems,
    `live` is what else it has."""
    gateway.clock.now_s = time.time()
    name = f"upstream-{next(_numbers)}"
    programme = an_upstream_record(capability=CAPABILITIES[capability], **rules)
    origin = f"https://{name}.example.com"
    more = {"programme": programme, **(live or {})}
    token = gateway.add_tenant(name, *all_records(origin), *records, **more)
    merchant = Merchant(gateway, {"till": token})
    system = LoyaltySystem(
        gateway.clock,
        honours_keys=promises_keys(CAPABILITIES[capability]),
        fault=lambda _operation: merchant.faults.pop(0) if merchant.faults else NO_FAULT,
        balances={CUSTOMER: 150},
    )
    _systems[origin] = system
    gateway.systems = lambda request: _systems[_origin(request)](request, FOREVER)
    return merchant


def tells(operation: str, answer: Any) -> dict[str, Any]:
    """The record of a system that always answers so."""
    origin = f"https://crm-{next(_numbers)}.example.com"
    said = UpstreamAnswer(200, {}, json.dumps(answer).encode())
    _systems[origin] = lambda _request, _deadline: said
    return {"operation": operation, "request": {"url": f"{origin}/{operation}"}}


def evaluate() -> Step:
    """What a sale of one tent of 200.00 is given."""
    lines = [{"id": "1", "product_id": "tent", "unit_price_minor": 20_000, "quantity": 1}]
    body = {"basket": {"currency": "DKK", "lines": lines}, "customer": {"id": CUSTOMER}}
    return Step("POST", "/v1/discounts/evaluations", body)


def _origin(request: OutboundRequest) -> str:
    return request.url.rpartition("/")[0]


@pytest.fixture(params=CAPABILITIES)
def merchant(gateway: Gateway, request: pytest.FixtureRequest) -> Merchant:
    return a_merchant(gateway, request.param, partial_reverse=True)


def has(points: int) -> Step:
    """What the customer is shown to have."""
    return Step("GET", f"/v1/customers/{CUSTOMER}/loyalty").gets(
        200,
        enrolled=True,
        account={"available": points, "balance": points, "debt": 0, "held": 0},
        entries=[],
    )


def report(sale: str, *, fails: bool = False, **changes: Any) -> Any:
    """A sale that the POS reports, and that is taken from the queue; when it `fails`, to come
    again."""
    names = {"store_id": "shop", "sale_ref": sale, "customer_id": CUSTOMER}
    lines = [{"line_id": "1", "amount_minor": 20_000}]
    body = {**names, "currency": "DKK", "at": "2026-11-25T11:00:00Z", "lines": lines, **changes}

    def send(counter: Counter) -> None:
        Step("POST", "/v1/sales", body).gets(202)(counter)
        assert len(counter.gateway.count_sales()["batchItemFailures"]) == fails

    return send


def fails(merchant: Merchant, *names: str) -> Any:
    """What becomes of the next calls."""
    return lambda _counter: merchant.faults.extend(map(fault, names))


def test_a_sale_with_points(merchant: Merchant) -> None:
    play(
        merchant,
        has(150),
        redeem("k1", customer_name="Jane Doe").gets(
            201, state="held", points=100, message="100 points held for Jane Doe"
        ),
        redeem("k1").gets(201, state="held", replayed=True),
        has(50),
        find("k1").gets(200, state="held"),
        find_by_key("k1").gets(200, state="held"),
        find_by_sale().gets(200, state="held"),
        capture("k1").gets(200, state="captured", message="100 points redeemed for the customer"),
        refund("k1", 40).gets(201, refundable=60, message_code="points_refunded"),
        has(90),
    )


def test_a_sale_that_is_off(merchant: Merchant) -> None:
    play(
        merchant,
        burn("k1").gets(201, state="captured"),
        void("k1").gets(200, state="voided", message="Redemption cancelled for the customer"),
        has(150),
        void_by_key("k2").gets(200, state="voided"),
        redeem("k2", sale="sale-2").gets(409, code="redemption_voided", safe_new_key=True),
        void_by_sale("sale-3").gets(200, state="voided"),
        redeem("k3", sale="sale-3").gets(409, code="redemption_exists"),
    )


def test_too_few_points(merchant: Merchant) -> None:
    play(
        merchant,
        redeem("k1", points=151).gets(
            409, code="insufficient_points", safe_new_key=True, operation_state="rejected"
        ),
        redeem("k1", points=151).gets(409, code="insufficient_points", replayed=True),
        redeem("k2", sale="sale-2", customer_id="C-2").gets(409, code="not_enrolled"),
        has(150),
    )


def test_a_till_that_is_told_that_nothing_is_known_yet(merchant: Merchant) -> None:
    play(
        merchant,
        fails(merchant, "silence, before"),
        redeem("k1").gets(
            202,
            state="unknown",
            operation_state="unknown",
            message="It is not known yet whether 100 points were taken from the customer. "
            "Do not give the discount yet.",
        ),
        find("k1").gets(202, state="unknown"),
        capture("k1").gets(409, code="redemption_unknown", safe_to_retry=True, safe_new_key=False),
        redeem("k2").gets(409, code="redemption_exists", operation_state="unknown"),
        void_by_key("k1").gets(200, state="voided"),
        find("k1").gets(200, state="voided"),
    )
    answer = merchant.send(find("k1"))
    assert "Retry-After" not in answer.headers


def test_it_is_said_when_to_ask_again(gateway: Gateway) -> None:
    merchant = a_merchant(gateway, "key")
    merchant.faults = [fault("silence, before")]
    assert merchant.send(redeem("k1")).headers["Retry-After"] == "2"


def test_what_was_unknown_is_known_when_the_till_asks_again(gateway: Gateway) -> None:
    merchant = a_merchant(gateway, "key")
    play(
        merchant,
        fails(merchant, "status 503, never"),
        redeem("k1").gets(202, state="unknown"),
        wait(3),
        find("k1").gets(200, state="held"),
        has(50),
    )


def test_the_resolver_sees_to_what_no_till_asks_for(gateway: Gateway) -> None:
    merchant = a_merchant(gateway, "query")
    play(
        merchant,
        redeem("k1").gets(201, state="held"),
        fails(merchant, "a reset, never"),
        void("k1").gets(200, state="voided"),
        has(50),
        wait(60),
        wait(60),
        has(150),
    )


def test_points_are_earned_once_by_an_order(merchant: Merchant) -> None:
    play(
        merchant,
        earn(30).gets(201, points=30, message_code="points_earned"),
        earn(30).gets(201, points=30, replayed=True),
        earn(31).gets(422, code="idempotency_mismatch"),
        has(180),
        take_back(10).gets(201, points=-10, message_code="points_reversed"),
        take_back(10).gets(201, points=-10, replayed=True),
        take_back(30, ref="return-2").gets(409, code="not_reversible"),
        take_back(None, order="order-2").gets(404, code="accrual_not_found"),
        has(170),
    )


def test_what_the_system_has_not_said_of_an_order_is_seen_to(gateway: Gateway) -> None:
    merchant = a_merchant(gateway, "key")
    play(
        merchant,
        fails(merchant, "silence, before"),
        earn(30).gets(202, points=30, operation_state="unknown"),
        take_back(10).gets(409, code="redemption_unknown"),
        wait(60),
        earn(30).gets(201, points=30, replayed=True),
        has(180),
    )


def test_who_keeps_the_points_adjusts_them_and_says_what_they_buy(gateway: Gateway) -> None:
    play(
        a_merchant(gateway, "key"),
        adjust("k1", 10).gets(501, code="not_configured", operation="loyalty_adjust"),
        redeem("k2", points=None, reward_id="coffee").gets(
            501, code="not_configured", operation="rewards"
        ),
        earn(10, expires_on="2030-01-01").gets(400, field="expires_on"),
    )


def test_a_record_that_is_missing_is_named_before_anything_is_taken(gateway: Gateway) -> None:
    name = f"upstream-{next(_numbers)}"
    records = [each for each in all_records() if each["operation"] != "loyalty_reverse"]
    token = gateway.add_tenant(name, *records, programme=an_upstream_record())
    play(
        Counter(gateway, {"till": token}),
        redeem("k1").gets(501, code="not_configured", operation="loyalty_reverse"),
    )


def test_points_and_discounts_are_held_one_after_the_other(gateway: Gateway) -> None:
    """Points first, discounts second, capture third: one transaction cannot hold both."""
    live = {"campaigns": [a_campaign("autumn", limits=[{"uses": 1}])]}
    play(
        a_merchant(gateway, "key", live=live),
        apply_with_points("both").gets(409, code="points_apart", safe_new_key=True),
        has(150),
        redeem("points").gets(201, state="held"),
        apply("discounts").gets(201, state="held", points=None),
        capture_discounts("discounts").gets(200, state="captured"),
        capture("points").gets(200, state="captured"),
        has(50),
    )


def test_a_payment_by_customer_account_is_the_built_in_ledgers(gateway: Gateway) -> None:
    live = {"customer_account": {"pay": {"answer": {"paid": "{paid_minor}"}}}}
    merchant = a_merchant(gateway, "key", live=live)

    for asked in (read_account(), pay("5.00")):
        answer = merchant.send(asked)
        told = answer.json()
        assert (answer.status, told["code"]) == (501, "not_configured")
        assert "the merchant's own system keeps the points" in told["detail"]
    play(merchant, has(150))


@pytest.mark.parametrize("tier", ["gold", None])
def test_a_tier_that_campaigns_ask_for_is_the_merchants_systems(
    gateway: Gateway, tier: str | None
) -> None:
    details = tells("customer_details", {"identifier": CUSTOMER, "tier": tier})
    live = {"campaigns": [a_campaign("gold", condition={"kind": "tier", "any_of": ["gold"]})]}
    discount_minor = 2_000 if tier else 0
    play(
        a_merchant(gateway, "key", details, live=live),
        evaluate().gets(200, discount_minor=discount_minor, limitations=[]),
    )


def test_a_tier_that_nobody_tells_is_not_known(gateway: Gateway) -> None:
    live = {"campaigns": [a_campaign("gold", condition={"kind": "tier", "any_of": ["gold"]})]}
    merchant = a_merchant(gateway, "key", live=live)

    evaluation = merchant.send(evaluate()).json()

    assert evaluation["discount_minor"] == 0
    assert [one["code"] for one in evaluation["limitations"]] == ["customer_details_not_configured"]


def test_a_search_goes_without_what_each_customer_has(gateway: Gateway) -> None:
    """A call for each would cost more than the search."""
    found = {"identifier": CUSTOMER, "name": "Jane Doe"}
    live = {"profile": {"lookup_shows_standing": True}}
    merchant = a_merchant(gateway, "key", tells("customer_lookup", [found]), live=live)

    answer = merchant.send(Step("GET", "/v1/customers", query={"search_term": "jane"}))

    assert (answer.status, answer.json()) == (200, [found])


def test_a_reported_sale_is_finished_as_with_the_built_in_ledger(merchant: Merchant) -> None:
    play(
        merchant,
        redeem("paid").gets(201, state="held"),
        report("sale-1"),
        find("paid").gets(200, state="captured"),
        wait(60),
        has(50),
        redeem("void", "sale-2", points=50).gets(201, state="held"),
        report("sale-2", status="voided"),
        find("void").gets(200, state="voided"),
        wait(60),
        has(50),
    )


def test_a_sale_whose_points_are_not_known_is_counted_later(gateway: Gateway) -> None:
    merchant = a_merchant(gateway, "key")
    play(
        merchant,
        fails(merchant, "silence, before"),
        redeem("k1").gets(202, state="unknown"),
        report("sale-1", fails=True),
        wait(60),
        find("k1").gets(200, state="held"),
        report("sale-1"),
        find("k1").gets(200, state="captured"),
        has(50),
    )


@dataclass
class Screen:
    """The customer's screen, with a sale of 200.00 on the till."""

    merchant: Merchant
    customer: str = CUSTOMER

    def __post_init__(self) -> None:
        query = {"currency_code": "DKK", "subtotal": "200.00", "item_count": "1"}
        answer = self.merchant.send(Step("GET", f"/v1/customers/{self.customer}", query=query))
        assert answer.status == 200, answer.text
        self.said = answer.json()
        self.status = self.said["status"]
        self.limitations = [one["code"] for one in self.said["limitations"]]

    def cannot(self, action: str) -> str | None:
        """Why something cannot be done, None where it can."""
        reason = {one["id"]: one.get("reason") for one in self.said["actions"]}[action]
        return None if reason is None else str(reason["code"])


def a_merchant_with_a_screen(gateway: Gateway, customer: str = CUSTOMER) -> Merchant:
    details = tells("customer_details", {"identifier": customer, "tier": "gold"})
    return a_merchant(gateway, "key", details, tells("purchase_history", []))


def test_the_screen_shows_what_the_merchants_own_system_says(gateway: Gateway) -> None:
    merchant = a_merchant_with_a_screen(gateway)
    play(merchant, redeem("k1").gets(201, state="held"))

    screen = Screen(merchant)

    assert screen.status["points"] == {"balance": 50, "available": 50, "label": "points"}
    assert screen.status["tier"] == {"code": "gold", "label": "Gold"}
    assert (screen.limitations, screen.cannot("redeem")) == ([], None)
    assert screen.cannot("points_adjustment") == "not_configured"


@pytest.mark.parametrize("said", ["silence", "status 503", "a page", "no identifier"])
def test_a_system_that_does_not_tell_is_a_limitation(gateway: Gateway, said: str) -> None:
    merchant = a_merchant_with_a_screen(gateway)
    merchant.faults = [fault(f"{said}, before")] * 2

    screen = Screen(merchant)

    assert screen.status["tier"] == {"code": "gold", "label": "Gold"}
    assert screen.limitations == ["loyalty_unavailable"]
    assert screen.cannot("redeem") == "unavailable"


def test_whom_the_merchants_own_system_does_not_know_collects_nothing(gateway: Gateway) -> None:
    screen = Screen(a_merchant_with_a_screen(gateway, "C-2"), "C-2")

    assert (screen.limitations, screen.cannot("redeem")) == ([], "not_enrolled")
