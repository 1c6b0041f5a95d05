"""What a merchant's system promises is tried before it goes live: who keeps its word passes, a liar
is caught, and the customer has as many points as before."""

from typing import Any

import pytest

from tests.support.builders import TENANT
from tests.support.loyalty_system import CUSTOMER, Fault
from tests.support.upstream_loyalty import CAPABILITIES, KEY, QUERY, RESERVE, UpstreamShop, fault
from tillbridge.errors import NotConfigured
from tillbridge.services.probe_loyalty import Finding, ProbeLoyalty


def probe(shop: UpstreamShop) -> list[Finding]:
    rules = shop.programme.rules
    return list(ProbeLoyalty(shop.calls, rules, TENANT, CUSTOMER, 10, "probe-1", shop.clock)())


def broken(shop: UpstreamShop) -> list[str]:
    return [finding.promise for finding in probe(shop) if not finding.holds]


@pytest.mark.parametrize("rules", [{}, {"partial_reverse": True}, {"may_overdraw": True}])
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_who_keeps_its_word_passes(capability: str, rules: dict[str, Any]) -> None:
    shop = UpstreamShop(CAPABILITIES[capability], rules)
    shop.system.may_overdraw = rules.get("may_overdraw", False)
    assert broken(shop) == []
    assert shop.balance == 150


def test_who_reverses_nothing_credits() -> None:
    shop = UpstreamShop(KEY, {"reverse": "none", "credits": True})
    assert broken(shop) == []
    assert shop.balance == 150


def test_a_system_that_does_the_same_reference_twice_is_caught() -> None:
    shop = UpstreamShop(KEY)
    shop.system.honours_keys = False
    (taken, *_) = broken(shop)
    assert taken == "the same reference twice takes points once"


def test_a_system_that_finds_nothing_is_caught() -> None:
    shop = UpstreamShop(QUERY)
    shop.system._look = _without_query(shop)  # type: ignore[method-assign]
    assert "a query finds what was done" in broken(shop)


def _without_query(shop: UpstreamShop) -> Any:
    look = shop.system._look
    nothing = {"reference": "never", "customer_id": CUSTOMER}

    def blind(operation: str, body: dict[str, Any]) -> Any:
        return look(operation, nothing if operation == "loyalty_query" else body)

    return blind


def test_a_system_that_does_not_give_back_is_caught() -> None:
    shop = UpstreamShop(KEY)
    shop.system.reverses = lambda: False
    assert "points come back" in broken(shop)


def test_a_system_that_spends_below_zero_and_says_nothing_of_it_is_caught() -> None:
    shop = UpstreamShop(KEY)
    shop.system.may_overdraw = True
    assert broken(shop) == ["more than there is is refused, or `may_overdraw` says that it is not"]
    assert shop.balance == 150


def test_a_refusal_that_no_rule_lists_is_seen() -> None:
    shop = UpstreamShop(KEY)
    shop.system.fault = lambda operation: (
        Fault("unlisted", "never", fault("status 422, never").answer)
        if len(shop.system.done) >= 2 and operation == "loyalty_redeem"
        else Fault("none")
    )
    assert broken(shop) == ["more than there is is refused, or `may_overdraw` says that it is not"]


def test_a_reservation_that_is_not_let_go_is_caught() -> None:
    shop = UpstreamShop(RESERVE)
    shop.system._release = lambda reserved: None  # type: ignore[method-assign]  # noqa: ARG005
    assert "a reservation can be cancelled" in broken(shop)


def test_nothing_else_is_tried_when_points_cannot_be_taken() -> None:
    shop = UpstreamShop(KEY)
    shop.faults = [Fault("none"), fault("status 503, never")]
    assert [finding.holds for finding in probe(shop)] == [True, False]


def test_a_record_that_is_missing_is_named() -> None:
    shop = UpstreamShop(KEY)
    shop.records.missing = {"loyalty_reverse"}
    with pytest.raises(NotConfigured):
        probe(shop)
