"""What campaigns ask of a customer: from the request, the ledger and the merchant's systems, and no
more of them than is needed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.builders import ORIGIN, TENANT, a_caller, a_deadline, a_programme, an_answer
from tests.support.fakes import FakeIntegrations, FakeSecrets
from tillbridge.domain.caller import Caller
from tillbridge.domain.discounts.case import Customer
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.limitations import Limitation
from tillbridge.domain.limits import Deadline
from tillbridge.domain.programme.standing import Standing
from tillbridge.errors import NotConfigured, RecordsUnavailable, TillbridgeError, UpstreamTimeout
from tillbridge.services.credentials import Credentials
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.tenant_system import TenantSystem

TIERS = {"window_months": 12, "levels": [{"code": "gold", "label": "Gold", "points": 0}]}
BOUGHT = {"date": "2026-10-01", "total": {"amount": 50.5, "currency_code": "DKK"}}
EVERYTHING = frozenset({"tier", "groups", "tags", "birthday", "member_since", "history"})


@dataclass
class Systems:
    """A merchant's systems, by the path they are asked at: what each answers, or how it fails."""

    details: Any = field(default_factory=dict)
    purchases: Any = ()
    configured: tuple[str, ...] = ("customer_details", "purchase_history")
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        name = request.url.removeprefix(f"{ORIGIN}/").partition("/")[0]
        assert deadline.remaining_s() > 0
        self.asked.append(name)
        said = self.details if name == "customer_details" else self.purchases
        if isinstance(said, TillbridgeError):
            raise said
        if isinstance(said, dict):
            said = {"identifier": "jane", **said}
        return an_answer(body=said)

    def integrations(self) -> FakeIntegrations:
        records = {}
        for operation in self.configured:
            url = f"{ORIGIN}/{operation}/{{customer_id}}"
            record = {"operation": operation, "request": {"url": url, "retries": 0}}
            records[TENANT, operation] = Integration.load(record)
        return FakeIntegrations(records)


def no_programme(_caller: Caller, _customer_id: str) -> Standing:
    raise NotConfigured(operation="loyalty")


def gold(_caller: Caller, _customer_id: str) -> Standing:
    programme = a_programme(tiers=TIERS)
    return Standing.of(programme, Account(), programme.day_of(0))


def known(
    systems: Systems,
    *needed: str,
    given: dict[str, Any] | None = None,
    standing: Callable[[Caller, str], Standing] = no_programme,
) -> tuple[Customer, tuple[Limitation, ...]]:
    system = TenantSystem(systems, Credentials(FakeSecrets(), systems))
    facts = CustomerFacts(systems.integrations(), system, standing)
    customer = Customer.model_validate({"id": "jane", **(given or {})})
    return facts(a_caller(), customer, frozenset(needed), "DKK", a_deadline())


def test_nothing_is_asked_that_no_campaign_asks_for() -> None:
    systems = Systems()

    assert known(systems) == (Customer(id="jane"), ())
    assert systems.asked == []


def test_nothing_is_asked_that_the_request_tells() -> None:
    systems = Systems(details={"groups": ["staff"]})
    given = {"groups": ["vip"], "history": {"order_count": 3}}

    customer, limitations = known(systems, "groups", "history", given=given)

    assert (customer.groups, limitations, systems.asked) == (("vip",), (), [])


def test_the_tier_is_the_ledgers_where_the_merchants_programme_has_tiers() -> None:
    systems = Systems(details={"tier": "silver"})

    customer, limitations = known(systems, "tier", standing=gold)

    assert (customer.tier, customer.unknown, limitations, systems.asked) == ("gold", (), (), [])


def test_a_merchant_without_a_programme_keeps_tiers_in_its_own_system() -> None:
    systems = Systems(details={"tier": "silver"})

    customer, _ = known(systems, "tier")

    assert (customer.tier, systems.asked) == ("silver", ["customer_details"])


def test_a_ledger_that_does_not_answer_leaves_the_tier_to_the_system() -> None:
    def silent(_caller: Caller, _customer_id: str) -> Standing:
        raise RecordsUnavailable

    customer, limitations = known(Systems(), "tier", standing=silent)

    assert (customer.tier, customer.unknown) == (None, ("tier",))
    assert [one.code for one in limitations] == ["loyalty_unavailable"]


def test_what_the_details_tell_is_known_and_what_they_do_not_is_not() -> None:
    systems = Systems(
        details={"groups": ["staff"], "birthday": "1990-11-25", "member_since": "2020-01-31"}
    )

    customer, limitations = known(systems, "groups", "tags", "birthday", "member_since")

    assert customer.groups == ("staff",)
    assert (str(customer.birthday), str(customer.member_since)) == ("1990-11-25", "2020-01-31")
    assert (customer.unknown, limitations) == (("customer_tag",), ())
    assert systems.asked == ["customer_details"]


def test_a_history_of_which_the_system_counts_as_many_orders_is_all_there_is() -> None:
    systems = Systems(details={"order_count": 2}, purchases=[BOUGHT, BOUGHT])

    customer, _ = known(systems, "history")

    history = customer.history
    assert history is not None
    assert (len(history.orders), history.known_since, history.order_count) == (2, None, 2)
    assert history.orders[0].total_minor == 5_050
    assert set(systems.asked) == {"customer_details", "purchase_history"}


def test_a_list_of_purchases_may_be_the_newest_alone() -> None:
    customer, _ = known(Systems(purchases=[BOUGHT]), "history")

    assert customer.history is not None
    assert str(customer.history.known_since) == "2026-10-01 00:00:00+00:00"


def test_a_purchase_that_cannot_be_used_makes_the_list_no_list_of_all() -> None:
    systems = Systems(details={"order_count": 2}, purchases=[BOUGHT, {"date": "yesterday"}])

    customer, limitations = known(systems, "history")

    assert customer.history is not None
    assert (customer.history.orders, customer.history.order_count) == ((), 2)
    assert [one.code for one in limitations] == ["purchase_history_incomplete"]


def test_totals_in_another_currency_are_none() -> None:
    spent = {"amount": 100, "currency_code": "EUR"}

    customer, _ = known(Systems(details={"total_spent": spent, "order_count": 1}), "history")

    assert customer.history is not None
    assert customer.history.total_spent_minor is None


@pytest.mark.parametrize(
    ("systems", "codes"),
    [
        (
            Systems(details=UpstreamTimeout(), purchases=UpstreamTimeout()),
            {"customer_details_unavailable", "purchase_history_unavailable"},
        ),
        (
            Systems(configured=()),
            {"customer_details_not_configured", "purchase_history_not_configured"},
        ),
        (
            Systems(details=[], purchases=UpstreamTimeout()),
            {"customer_details_unavailable", "purchase_history_unavailable"},
        ),
    ],
)
def test_what_cannot_be_read_is_unknown_and_said(systems: Systems, codes: set[str]) -> None:
    customer, limitations = known(systems, *EVERYTHING)

    assert customer == Customer(id="jane", unknown=("group", "customer_tag", "tier"))
    assert {one.code for one in limitations} == codes
    assert "jane" not in json.dumps([one.model_dump() for one in limitations])
