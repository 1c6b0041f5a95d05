"""What each operation costs DynamoDB, written down in docs/ledger-costs.md, and that it costs the
same whatever an account has been through."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.template import ROOT
from tests.support.capacity import Meter
from tests.support.gateway import Gateway, a_points_gateway
from tests.support.operations import CASES, Case, begun
from tests.support.script import CUSTOMER, Counter
from tillbridge.domain.ledger.keys import account_id, account_key, entry_key

PAGE = (ROOT / "docs" / "ledger-costs.md").read_text()
COLUMNS = ("reads", "queries", "transactions", "items", "read_units", "write_units", "index_units")
each_case = pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_points_gateway() as gateway:
        yield gateway


def measured(counter: Counter, case: Case) -> dict[str, int]:
    """What the operation costs, done once."""
    meter = Meter(counter.gateway.ledger)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("get", "entries", "transact"):
            monkeypatch.setattr(counter.gateway.ledger, name, getattr(meter, name))
        assert counter.send(case.step).status == case.status
    return meter.measured()


def let_much_happen(counter: Counter, entries: int) -> None:
    """So many entries more on the customer's account, all of them without effect."""
    ledger = counter.gateway.ledger
    (tenant_id,) = {key.pk.split("#")[1] for key in list(ledger.items)[-1:]}
    account = account_id(tenant_id.ljust(32, "-"), CUSTOMER)
    assert account_key(tenant_id, account) in ledger.items
    at = "2020-01-01T00:00:00.000Z"
    for number in range(entries):
        key = entry_key(tenant_id, account, "adjust", f"old {number}")
        ledger.items[key] = {"kind": "adjust", "delta": 0, "at": at, "actor": "pos"}


@each_case
def test_an_operation_costs_what_the_page_says(gateway: Gateway, name: str, case: Case) -> None:
    cost = measured(begun(gateway, case), case)

    row = " | ".join(str(cost[column]) for column in COLUMNS)
    assert f"| {name} | {row} |" in PAGE


@each_case
def test_a_replay_costs_no_more_than_the_first_time(
    gateway: Gateway, name: str, case: Case
) -> None:
    counter = begun(gateway, case)
    first, again = measured(counter, case), measured(counter, case)

    assert again["transactions"] == 0, name
    # What was decided, and the points that came with it.
    assert again["reads"] <= first["reads"] + 2


@each_case
def test_it_costs_the_same_after_a_hundred_thousand_entries(
    gateway: Gateway, name: str, case: Case
) -> None:
    # The history's page is full in both; DynamoDB reads as many as the page has, and no more.
    at_most = {"limit": "10"} if case.step.path.endswith("loyalty") else case.step.query
    asked = replace(case, step=replace(case.step, query=at_most))
    costs = []
    for entries in (10, 100_000):
        counter = begun(gateway, asked)
        let_much_happen(counter, entries)
        costs.append(measured(counter, asked))
        gateway.ledger.items.clear()

    assert costs[0] == costs[1], name


@pytest.mark.parametrize("name", ["hold", "burn", "capture", "void of a hold", "refund"])
def test_what_a_till_waits_for_is_one_read_and_one_transaction(gateway: Gateway, name: str) -> None:
    cost = measured(begun(gateway, CASES[name]), CASES[name])

    assert (cost["reads"], cost["transactions"], cost["queries"]) == (1, 1, 0)


def test_counting_sales_costs_what_the_page_says(gateway: Gateway) -> None:
    rates = {"DKK": {"points": 1, "per_minor": 100}}
    token = gateway.add_tenant("sells", programme={"earn": {"rates": rates}})
    sale: dict[str, Any] = {
        "store_id": "shop",
        "sale_ref": "sale-1",
        "customer_id": CUSTOMER,
        "currency": "DKK",
        "at": "2026-11-25T11:00:00Z",
        "lines": [{"line_id": str(n), "amount_minor": 9_900} for n in range(5)],
        "revision": 1,
    }
    returned = {**sale, "status": "returned", "return_ref": "return-1", "lines": sale["lines"][:1]}
    reports = {"count a sale": sale, "count it again": sale, "count its return": returned}
    for name, report in reports.items():
        gateway.call("POST", "/v1/sales", token, body=report)
        meter = Meter(gateway.ledger)
        with pytest.MonkeyPatch.context() as monkeypatch:
            for call in ("get", "sort_keys", "transact"):
                monkeypatch.setattr(gateway.ledger, call, getattr(meter, call))
            assert gateway.count_sales() == {"batchItemFailures": []}
        cost = meter.measured()

        row = " | ".join(str(cost[column]) for column in COLUMNS)
        assert f"| {name} | {row} |" in PAGE, row
