"""A sale's discounts, of the merchant's live campaigns."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from tests.support.builders import TENANT, a_caller, a_deadline, a_profile
from tests.support.discounts import NOON, a_campaign, a_case, a_line
from tests.support.fakes import FakeDiscounts, FakeProfiles
from tests.support.memory_ledger import MemoryLedger
from tillbridge.domain.caller import Caller
from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.case import Customer, Settings
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.discounts.receipt import answer
from tillbridge.domain.discounts.record import campaign_of
from tillbridge.domain.limitations import Limitation
from tillbridge.domain.limits import Deadline
from tillbridge.services.ask_discounts import AskDiscounts
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import Decided, EvaluateDiscounts
from tillbridge.services.ledger import Ledger

BASKET = {"currency": "DKK", "lines": [a_line()]}
GOLD = {"kind": "tier", "any_of": ["gold"]}


@dataclass
class FakeFacts:
    """Tells a tier, and remembers what was asked for."""

    tier: str = "gold"
    needed: list[frozenset[str]] = field(default_factory=list)

    def __call__(
        self,
        _caller: Caller,
        given: Customer,
        needed: frozenset[str],
        _currency: str,
        _deadline: Deadline,
    ) -> tuple[Customer, tuple[Limitation, ...]]:
        self.needed.append(needed)
        return given.model_copy(update={"tier": self.tier}), ()


def decided(
    *campaigns: dict[str, Any],
    facts: FakeFacts | None = None,
    unusable: tuple[str, ...] = (),
    settings: Settings | None = None,
    **request: Any,
) -> Decided:
    records = Campaigns(map(campaign_of, campaigns), unusable)
    live = Discounts(records, settings or Settings(), "DKK")
    ask = AskDiscounts(
        FakeDiscounts({TENANT: live}),
        FakeProfiles({TENANT: a_profile()}),
        cast("CustomerFacts", facts or FakeFacts()),
    )
    use_case = EvaluateDiscounts(
        ask,
        Ledger(MemoryLedger()),
        lambda: datetime(2026, 11, 25, 12, tzinfo=UTC),
    )
    asked = EvaluationRequest.model_validate({"basket": BASKET, **request})
    return use_case(a_caller(channel="pos"), asked, a_deadline())


def test_a_sale_gets_what_the_engine_gives_with_the_receipt_of_the_same_case() -> None:
    """So that anybody can decide it again with `python -m tillbridge.evaluate`."""
    campaigns = (a_campaign("b"), a_campaign("a", enabled=False))
    case = a_case(
        campaigns=campaigns, basket={"channel": "pos"}, customer={"id": "jane", "tier": "gold"}
    )

    got = decided(*campaigns, customer={"id": "jane"})

    assert {"receipt": got.receipt(), **got.evaluation.as_json()} == answer(case)


def test_only_facts_are_asked_for_that_a_campaign_of_this_place_and_time_asks_for() -> None:
    ended = {"until": "2026-01-01T00:00:00Z"}
    facts = FakeFacts()

    decided(
        a_campaign("tier", condition={"kind": "all", "of": [GOLD]}),
        a_campaign("ended", condition={"kind": "nth_order", "n": 2}, active=ended),
        a_campaign("off", condition={"kind": "birthday"}, enabled=False),
        a_campaign("web", condition={"kind": "birthday"}, channels=["web"]),
        a_campaign("eur", condition={"kind": "birthday"}, currencies=["EUR"]),
        facts=facts,
        customer={"id": "jane"},
    )

    assert facts.needed == [frozenset({"tier"})]


def test_every_kind_of_fact_is_asked_for_within_any_and_not() -> None:
    facts = FakeFacts()
    of = [
        {"kind": "not", "of": {"kind": "group", "any_of": ["staff"]}},
        {"kind": "customer_tag", "any_of": ["vip"]},
        {"kind": "member_for", "days": 30},
        {"kind": "birthday"},
        {"kind": "last_purchase", "within_days": 30},
        {"kind": "customer_present"},
    ]

    decided(a_campaign(condition={"kind": "any", "of": of}), facts=facts, customer={"id": "jane"})

    assert facts.needed == [frozenset({"groups", "tags", "member_since", "birthday", "history"})]


def test_without_a_customer_nobody_is_asked_about() -> None:
    facts = FakeFacts()

    got = decided(a_campaign(condition=GOLD), facts=facts)

    assert facts.needed == []
    assert got.evaluation.campaigns[0].reasons == (("customer_missing",),)


@pytest.mark.requirement("K4")
def test_a_member_price_needs_a_customer_on_the_sale() -> None:
    for_members = a_campaign(condition={"kind": "customer_present"})

    assert decided(for_members).evaluation.discount_minor == 0
    assert decided(for_members, customer={"id": "jane"}).evaluation.discount_minor == 100


def test_another_instant_can_be_asked_about() -> None:
    december = a_campaign(active={"from": "2026-12-01T00:00:00Z"})

    assert decided(december).evaluation.discount_minor == 0
    assert decided(december, as_of="2026-12-24T12:00:00Z").evaluation.discount_minor == 100
    assert decided(december).receipt()["as_of"] == NOON


def test_days_are_the_merchants() -> None:
    hours = {"hours": [{"from": "13:00", "until": "14:00"}]}

    assert decided(a_campaign(active=hours)).evaluation.discount_minor == 0
    copenhagen = Settings(time_zone="Europe/Copenhagen")
    assert decided(a_campaign(active=hours), settings=copenhagen).evaluation.discount_minor == 100


def test_a_campaign_that_cannot_be_read_is_said_and_costs_itself_alone() -> None:
    got = decided(a_campaign(), unusable=("new-kind",))

    assert got.evaluation.discount_minor == 100
    (told,) = got.limitations
    assert (told.code, told.message) == (
        "campaigns_misconfigured",
        "Campaigns that could not be used: new-kind.",
    )


def test_campaigns_are_compiled_and_hashed_once_for_all_sales() -> None:
    campaigns = Campaigns([campaign_of(a_campaign())])

    assert campaigns.ready("DKK") is campaigns.ready("DKK")
    assert campaigns.ready("DKK") is not campaigns.ready("EUR")
    assert campaigns.versions is campaigns.versions
