"""Discounts applied to sales without a table or a network: the real use cases on the ledger in
memory, campaigns as a test gives them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.builders import TENANT, a_deadline, a_profile
from tests.support.discounts import a_campaign, a_line, amount_off
from tests.support.fakes import (
    FakeDiscounts,
    FakeExchange,
    FakeIntegrations,
    FakeProfiles,
    FakeSecrets,
)
from tests.support.loyalty import CUSTOMER, LoyaltyShop
from tillbridge.domain.applications.application import Applied
from tillbridge.domain.applications.returning import Returned
from tillbridge.domain.caller import Caller
from tillbridge.domain.discount_requests import (
    ApplicationQuery,
    ApplicationRequest,
    EvaluationRequest,
    ReturnRequest,
    VoidApplicationRequest,
)
from tillbridge.domain.loyalty_requests import CaptureRequest, VoidRequest
from tillbridge.domain.programme.standing import Standing
from tillbridge.errors import NotConfigured
from tillbridge.services.applications import Applications
from tillbridge.services.ask_discounts import AskDiscounts
from tillbridge.services.credentials import Credentials
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import Decided, EvaluateDiscounts
from tillbridge.services.ledger import Ledger
from tillbridge.services.tenant_system import TenantSystem

SALE = {"store_id": "shop", "sale_ref": "sale-1"}


def a_basket(*lines: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """One line of 10.00 DKK, where nothing else is said."""
    return {"currency": "DKK", "lines": lines or (a_line(),), **changes}


def an_application_request(**changes: Any) -> ApplicationRequest:
    return ApplicationRequest.model_validate({"basket": a_basket(), **SALE, **changes})


def limited(campaign_id: str = "c", off_minor: int = 100, **limit: Any) -> dict[str, Any]:
    """A campaign that takes 1.00 DKK off a sale, once where nothing else is said."""
    limits = [limit or {"uses": 1}]
    return a_campaign(campaign_id, benefit=amount_off(off_minor), limits=limits)


@dataclass
class DiscountShop(LoyaltyShop):
    """A merchant's tills, for points and discounts."""

    discounts: FakeDiscounts = field(default_factory=FakeDiscounts)

    def __post_init__(self) -> None:
        super().__post_init__()
        profiles = FakeProfiles({TENANT: a_profile(pseudonym_key="k" * 32)})
        ledger = Ledger(self.store, pause=lambda _failures: None)
        ask = AskDiscounts(self.discounts, profiles, nobodys_facts())
        self.applications = Applications(
            ledger, ask, profiles, self.programmes, self.rewards, self.clock
        )
        self.evaluate_discounts = EvaluateDiscounts(ask, ledger, self._now)

    def run(self, *campaigns: Mapping[str, Any], **settings: Any) -> None:
        """Run these campaigns from now on."""
        self.discounts.run(TENANT, *campaigns, **settings)

    def evaluate(self, **changes: Any) -> Decided:
        request = EvaluationRequest.model_validate({"basket": a_basket(), **changes})
        return self.evaluate_discounts(self.caller, request, a_deadline())

    def apply(self, key: str | None = None, **changes: Any) -> Applied:
        request = an_application_request(**changes)
        return self.applications.apply(self.caller, key or self.new_key(), request, a_deadline())

    def capture_application(self, applied: Applied) -> Applied:
        application = applied.application.application_id
        return self.applications.capture(self.caller, application, CaptureRequest())

    def void_application(self, applied: Applied) -> Applied:
        application = applied.application.application_id
        return self.applications.void(self.caller, application, VoidRequest())

    def void_application_unanswered(self, **by: Any) -> Applied:
        return self.applications.void_unanswered(self.caller, VoidApplicationRequest(**by))

    def give_back(
        self, applied: Applied, *lines: Mapping[str, Any], return_ref: str = "r-1", **changes: Any
    ) -> Returned:
        request = ReturnRequest.model_validate(
            {"return_ref": return_ref, "lines": lines or ({"line_id": "1", "quantity": 1},)}
            | changes
        )
        application = applied.application.application_id
        return self.applications.give_back(self.caller, application, request)

    def application(self, applied: Applied) -> Applied:
        """It as it is now."""
        return self.applications.find(self.caller, applied.application.application_id)

    def application_by(self, **by: Any) -> Applied:
        return self.applications.find_unanswered(self.caller, ApplicationQuery(**by))

    def used(self, campaign_id: str = "c") -> int:
        """How often a campaign is held or used, whoever by and whenever."""
        return self._counted(campaign_id, "uses")

    def spent_minor(self, campaign_id: str = "c") -> int:
        return self._counted(campaign_id, "spent_DKK")

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now_s, UTC)

    def _counted(self, campaign_id: str, name: str) -> int:
        start = f"T#{TENANT}#U#{campaign_id}#"
        items = (item for key, item in self.store.items.items() if key.pk.startswith(start))
        return sum(item.get(name, 0) for item in items)


def nobodys_facts() -> CustomerFacts:
    """Of customers of whom nothing is known but what the till says."""
    system = TenantSystem(FakeExchange(), Credentials(FakeSecrets(), FakeExchange()))
    return CustomerFacts(FakeIntegrations({}), system, _nobodys_standing)


def _nobodys_standing(_caller: Caller, _customer_id: str) -> Standing:
    raise NotConfigured


def customer(**facts: Any) -> dict[str, Any]:
    return {"id": CUSTOMER, **facts}


def total_minor(applied: Applied) -> int:
    assert applied.decided is not None
    return int(applied.decided.answer["total_minor"])


def exhausted(applied: Applied) -> list[str]:
    assert applied.decided is not None
    return list(applied.decided.answer["exhausted"])
