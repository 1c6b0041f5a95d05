"""Every operation that reads or moves points or applies discounts, each after what must come before
it: for whoever looks at all of them alike."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from tests.support.discounts import a_campaign
from tests.support.gateway import Gateway
from tests.support.script import (
    CUSTOMER,
    Counter,
    Play,
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
    find_discounts,
    find_discounts_by_sale,
    give_back,
    pay,
    play,
    read_account,
    redeem,
    refund,
    take_back,
    void,
    void_by_key,
    void_by_sale,
    void_discounts,
    void_discounts_by_key,
    void_discounts_by_sale,
    wait,
)

HELD = (earn(150).gets(201), redeem("key").gets(201))
SPENT = (earn(150).gets(201), burn("key").gets(201))
# One that is limited for all customers together, and one for each.
CAMPAIGNS = (
    a_campaign("autumn", limits=[{"uses": 500}]),
    a_campaign("each", limits=[{"scope": "customer", "period": "day", "uses": 5}]),
)
APPLIED = (earn(150).gets(201), apply("key").gets(201))
APPLIED_WITH_POINTS = (earn(150).gets(201), apply_with_points("key").gets(201))
PAID = (*APPLIED, capture_discounts("key").gets(200))
_numbers = count(1)


@dataclass(frozen=True)
class Case:
    """An operation, what comes before it, and the status and the available points it ends with."""

    before: Sequence[Play]
    step: Step
    status: int
    available: int
    held: int = 0


CASES = {
    "hold": Case(HELD[:1], redeem("key"), 201, 50, 100),
    "burn": Case(HELD[:1], burn("key"), 201, 50),
    "refusal": Case(HELD[:1], redeem("key", points=151), 409, 150),
    "capture": Case(HELD, capture("key"), 200, 50),
    "late capture": Case((*HELD, wait(901)), capture("key"), 200, 50),
    "void of a hold": Case(HELD, void("key"), 200, 150),
    "void of a burn": Case(SPENT, void("key"), 200, 150),
    "void by key": Case(HELD, void_by_key("key"), 200, 150),
    "void of an unknown key": Case(HELD[:1], void_by_key("key"), 200, 150),
    "void by sale": Case(HELD, void_by_sale(), 200, 150),
    "void of an unknown sale": Case(HELD[:1], void_by_sale(), 200, 150),
    "refund": Case(SPENT, refund("key", 40), 201, 90),
    "find": Case(HELD, find("key"), 200, 50, 100),
    "find by key": Case(HELD, find_by_key("key"), 200, 50, 100),
    "find by sale": Case(HELD, find_by_sale(), 200, 50, 100),
    "earn": Case(HELD[:1], earn(30, "order-2"), 201, 180),
    "take back": Case(HELD[:1], take_back(30), 201, 120),
    "adjust": Case(HELD[:1], adjust("key", -30), 201, 120),
    "apply": Case(HELD[:1], apply("key"), 201, 150),
    "apply with points": Case(HELD[:1], apply_with_points("key"), 201, 50, 100),
    "apply a changed basket": Case(APPLIED, apply("new", supersedes="<key>"), 201, 150),
    "apply a changed basket with points": Case(
        APPLIED_WITH_POINTS, apply_with_points("new", points=120, supersedes="<key>"), 201, 30, 120
    ),
    "refusal of discounts": Case(HELD[:1], apply("key", most_total_minor=1), 409, 150),
    "capture of discounts": Case(APPLIED, capture_discounts("key"), 200, 150),
    "capture of discounts with points": Case(
        APPLIED_WITH_POINTS, capture_discounts("key"), 200, 50
    ),
    "late capture of discounts": Case((*APPLIED, wait(901)), capture_discounts("key"), 200, 150),
    "void of discounts": Case(APPLIED, void_discounts("key"), 200, 150),
    "void of discounts with points": Case(APPLIED_WITH_POINTS, void_discounts("key"), 200, 150),
    "void of discounts by key": Case(APPLIED, void_discounts_by_key("key"), 200, 150),
    "void of discounts by sale": Case(APPLIED, void_discounts_by_sale(), 200, 150),
    "return": Case(PAID, give_back("key", 1), 201, 150),
    "second return": Case(
        (*PAID, give_back("key", 1, "first").gets(201)), give_back("key", 1), 201, 150
    ),
    "find discounts": Case(APPLIED, find_discounts("key"), 200, 150),
    "find discounts by sale": Case(APPLIED, find_discounts_by_sale(), 200, 150),
    "read account": Case(HELD[:1], read_account(), 200, 150),
    "pay by account": Case(HELD[:1], pay("5"), 200, 50),
    "history": Case(HELD[:1], Step("GET", f"/v1/customers/{CUSTOMER}/loyalty"), 200, 150),
}


def begun(gateway: Gateway, case: Case) -> Counter:
    """The shop of a new merchant's in which the operation can begin."""
    gateway.clock.now_s = time.time()
    values = {"DKK": {"points": 10, "amount_minor": 50}}
    token = gateway.add_tenant(
        f"merchant-{next(_numbers)}",
        programme={"hold_ttl_s": 900, "point_values": values},
        customer_account={},
        campaigns=CAMPAIGNS,
    )
    counter = Counter(gateway, {"till": token})
    play(counter, *case.before)
    return counter
