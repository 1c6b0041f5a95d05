"""The customer's screen: its parts fetched at the same time, and what is missing said (S1-S3, S15,
S16, S19)."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer import Customer, as_customer
from tillbridge.domain.customer_actions import Loyalty, Sale, Situation, actions_for
from tillbridge.domain.customer_details import CustomerDetails, Part, Purchase, shown
from tillbridge.domain.customer_requests import ScreenQuery
from tillbridge.domain.customer_screen import CustomerScreen, InteractionShown, Status
from tillbridge.domain.customer_status import (
    patterns_shown,
    purchase_shown,
    status_line,
    status_of,
)
from tillbridge.domain.discounts.case import Basket
from tillbridge.domain.discounts.customer_offers import CampaignOffer, Told, campaign_offers
from tillbridge.domain.discounts.known import customer_of, history_of
from tillbridge.domain.integration import Integration
from tillbridge.domain.ledger.writes import Item
from tillbridge.domain.limitations import Limitation, incomplete, limitation, unusable_campaigns
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem, Items
from tillbridge.domain.programme import Standing
from tillbridge.domain.programmes import built_in
from tillbridge.domain.purchase_patterns import newest_first, patterns_of
from tillbridge.domain.tenant import CustomerView, TenantProfile
from tillbridge.domain.upstream.answers import LoyaltyBalance
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.errors import (
    AnswerUnmappable,
    CustomerNotFound,
    NotConfigured,
    RecordUnusable,
    TenantSuspended,
    TillbridgeError,
)
from tillbridge.services.loyalty_calls import BALANCE
from tillbridge.services.ports import (
    ReadAnyProgramme,
    ReadDiscounts,
    ReadIntegration,
    ReadProfile,
    ReadRewards,
    ReadStanding,
)
from tillbridge.services.tenant_system import MAPPING_TAKES_S, Question, TenantSystem
from tillbridge.services.together import together

logger = logging.getLogger(__name__)

_PURCHASES_READ = 100
_PURCHASES_SHOWN = 5
_INTERACTIONS_SHOWN = 5
_OURS = "the points ledger"
_RECORDS = "the merchant's records"

# The last so many things that were done for a customer, the newest first.
ReadInteractions = Callable[[Caller, str, int], list[Item]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One of the merchant's systems, with what it is asked, or why nothing can be."""

    system: str
    question: Question | TillbridgeError


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of a customer; an error stands for what was not."""

    details: CustomerDetails | TillbridgeError
    purchases: list[Purchase] | TillbridgeError
    loyalty: Loyalty | TillbridgeError
    interactions: list[Item] | TillbridgeError
    limitations: list[Limitation]
    skipped_purchases: int


@dataclass(frozen=True, slots=True)
class ShowCustomer:
    read_profile: ReadProfile
    read_integration: ReadIntegration
    system: TenantSystem
    read_programme: ReadAnyProgramme
    read_standing: ReadStanding
    read_rewards: ReadRewards
    read_interactions: ReadInteractions
    read_discounts: ReadDiscounts
    now_s: Callable[[], float] = time.time

    def __call__(
        self, caller: Caller, customer_id: str, query: ScreenQuery, deadline: Deadline
    ) -> CustomerScreen:
        """Raises `CustomerNotFound` when the merchant's system says so, `TenantSuspended`,
        `NotConfigured` without a profile, `RecordsUnavailable`, and `InvalidRequest`. Whatever else
        fails is a limitation of the screen."""
        profile = self.read_profile(caller.tenant_id)
        if profile.status == "suspended":
            raise TenantSuspended
        currency_code = query.currency_code or profile.currency
        sale = query.sale(currency_code)
        found = self._found(caller, customer_id, profile, currency_code, deadline)
        allowed = None if query.view is None else profile.views.get(query.view)
        details, loyalty = _allowed(_read(found.details), allowed), found.loyalty
        details = details and details.in_currency(currency_code)
        standing = loyalty.standing if isinstance(loyalty, Loyalty) else None
        status = status_of(details, standing, currency_code)
        customer = _customer(details, customer_id, query.view, allowed, status)
        situation = Situation(
            customer_id,
            customer.get("name"),
            caller.scopes,
            sale,
            datetime.fromtimestamp(self.now_s(), UTC),
            loyalty,
            self._system_for(caller.tenant_id, "profile_update", profile),
            _unless_recorded(self._system_for(caller.tenant_id, "service_request", profile)),
            self._campaigns(caller, customer_id, found, sale),
        )
        purchases, interactions = _read(found.purchases), _read(found.interactions)
        recent = None if purchases is None else newest_first(purchases)[:_PURCHASES_SHOWN]
        zone = profile.time_zone
        return CustomerScreen(
            customer=customer,
            view=query.view,
            status=status,
            recent_purchases=recent and [purchase_shown(one, zone) for one in recent],
            purchase_patterns=patterns_shown(patterns_of(details, purchases, zone)),
            actions=actions_for(situation),
            recent_interactions=interactions and [InteractionShown.of(one) for one in interactions],
            limitations=found.limitations,
            data_notice=profile.data_notice,
        )

    def _found(
        self,
        caller: Caller,
        customer_id: str,
        profile: TenantProfile,
        currency_code: str | None,
        deadline: Deadline,
    ) -> _Found:
        """Expressions run here, before and after the threads."""
        asked = self._asked(caller.tenant_id, customer_id, profile, currency_code)
        programme = self._programme_elsewhere(caller.tenant_id)
        if programme is not None:
            inputs = {"customer_id": customer_id}
            asked["loyalty"] = self._question(caller.tenant_id, BALANCE, inputs, profile)
        by = deadline.earlier_by(MAPPING_TAKES_S)
        parts: dict[str, Callable[[], Any]] = {
            "loyalty": partial(self._loyalty, caller, customer_id),
            **{part: partial(self._answer, question, by) for part, question in asked.items()},
        }
        parts["interactions"] = partial(
            self.read_interactions, caller, customer_id, _INTERACTIONS_SHOWN
        )
        answers = together(parts, by)
        details = self._details(asked["customer_details"], answers, customer_id, profile)
        purchases, skipped = self._purchases(asked["purchase_history"], answers)
        loyalty = answers["loyalty"]
        if programme is not None:
            loyalty = self._loyalty_elsewhere(programme, asked["loyalty"], loyalty)
        outcomes: dict[Part, Any] = {
            "customer_details": details,
            "purchase_history": purchases,
            "loyalty": loyalty,
            "interactions": answers["interactions"],
        }
        limitations = [
            limitation(part, outcome, asked[part].system if part in asked else _OURS)
            for part, outcome in outcomes.items()
            if isinstance(outcome, TillbridgeError) and not _is_kept_elsewhere(part, outcomes)
        ]
        if skipped:
            limitations.append(
                incomplete("purchase_history", asked["purchase_history"].system, skipped)
            )
        return _Found(details, purchases, loyalty, answers["interactions"], limitations, skipped)

    def _asked(
        self, tenant_id: str, customer_id: str, profile: TenantProfile, currency_code: str | None
    ) -> dict[Part, _Asked]:
        """A merchant without `customer_details` has customers looked up by their id."""
        inputs = {"customer_id": customer_id, "currency_code": currency_code}
        details = self._question(tenant_id, "customer_details", inputs, profile)
        if isinstance(details.question, NotConfigured):
            by_id = {"search_term": customer_id, "currency_code": currency_code}
            looked_up = self._question(tenant_id, "customer_lookup", by_id, profile)
            details = details if isinstance(looked_up.question, NotConfigured) else looked_up
        history = self._question(tenant_id, "purchase_history", inputs, profile)
        return {"customer_details": details, "purchase_history": history}

    def _question(
        self, tenant_id: str, operation: str, inputs: Mapping[str, Any], profile: TenantProfile
    ) -> _Asked:
        system = f"{profile.name}'s system"
        try:
            integration = self.read_integration(tenant_id, operation)
            system = _name_of(integration)
            return _Asked(system, self.system.question(tenant_id, integration, inputs))
        except TillbridgeError as error:
            return _Asked(system, error)

    def _answer(self, asked: _Asked, deadline: Deadline) -> Any:
        if isinstance(asked.question, TillbridgeError):
            raise asked.question
        return self.system.answer(asked.question, deadline)

    def _loyalty(self, caller: Caller, customer_id: str) -> Loyalty:
        standing = self.read_standing(caller, customer_id)
        return Loyalty(standing, self.read_rewards(caller.tenant_id))

    def _programme_elsewhere(self, tenant_id: str) -> UpstreamProgramme | None:
        """The programme, where the merchant's own system keeps the points. One that cannot be read
        fails again, as a part."""
        try:
            programme = self.read_programme(tenant_id)
        except TillbridgeError:
            return None
        return programme if isinstance(programme, UpstreamProgramme) else None

    def _loyalty_elsewhere(
        self, programme: UpstreamProgramme, asked: _Asked, answer: Any
    ) -> Loyalty | TillbridgeError:
        """What the merchant's own system says that there is; a customer whom it does not know
        collects no points."""
        items = self._items(asked, answer, at_most=1)
        if isinstance(items, TillbridgeError):
            return items
        said = items.first[0] if items.first else None
        if isinstance(said, BadItem):
            return AnswerUnmappable(f"{said.field}: {said.reason}", field=said.field)
        account = said.account if isinstance(said, LoyaltyBalance) else None
        return Loyalty(Standing(built_in(programme), account), is_kept_elsewhere=True)

    def _items(self, asked: _Asked, answer: Any, at_most: int) -> Items | TillbridgeError:
        if isinstance(asked.question, TillbridgeError):
            return asked.question
        if isinstance(answer, TillbridgeError):
            return answer
        try:
            return self.system.items(asked.question, answer, at_most)
        except TillbridgeError as error:
            return error

    def _details(
        self,
        asked: _Asked,
        answers: Mapping[str, Any],
        customer_id: str,
        profile: TenantProfile,
    ) -> CustomerDetails | TillbridgeError:
        """Raises `CustomerNotFound`."""
        items = self._items(asked, answers["customer_details"], profile.result_cap)
        if isinstance(items, TillbridgeError):
            return items
        known = [as_customer(item) for item in items.first if not isinstance(item, BadItem)]
        details = next((one for one in known if isinstance(one, CustomerDetails)), None)
        if details is None:
            same = (one for one in known if one.identifier == customer_id)
            details = next((_as_details(one) for one in same), None)
        if details is not None:
            return details
        bad = next((item for item in items.first if isinstance(item, BadItem)), None)
        if bad is None:
            raise CustomerNotFound
        logger.warning("could not use a tenant's answer", extra=asdict(bad))
        return AnswerUnmappable(f"the answer fails at {bad.field}: {bad.reason}", field=bad.field)

    def _purchases(
        self, asked: _Asked, answers: Mapping[str, Any]
    ) -> tuple[list[Purchase] | TillbridgeError, int]:
        """The purchases that can be used, and how many cannot."""
        items = self._items(asked, answers["purchase_history"], _PURCHASES_READ)
        if isinstance(items, TillbridgeError):
            return items, 0
        bad = [item for item in items.first if isinstance(item, BadItem)]
        for item in bad:
            logger.warning("skipped an item of a tenant's answer", extra=asdict(item))
        if bad and len(bad) == len(items.first):
            fault = f"no purchase could be used; the first fails at {bad[0].field}: {bad[0].reason}"
            return AnswerUnmappable(fault, field=bad[0].field), 0
        return [item for item in items.first if isinstance(item, Purchase)], len(bad)

    def _campaigns(
        self, caller: Caller, customer_id: str, found: _Found, sale: Sale
    ) -> list[CampaignOffer]:
        """What campaigns offer, by what the screen has read anyway. Those that cannot be read are a
        limitation of their own."""
        if sale.currency is None:
            return []
        try:
            discounts = self.read_discounts(caller.tenant_id)
        except TillbridgeError as error:
            found.limitations.append(limitation("campaigns", error, _RECORDS))
            return []
        found.limitations.extend(unusable_campaigns(discounts.campaigns.unusable))
        details, purchases = _read(found.details), _read(found.purchases)
        is_all = not found.skipped_purchases
        history = history_of(details, purchases, sale.currency, is_all=is_all)
        customer = customer_of(customer_id, details, history, _tier_in(found.loyalty))
        basket = Basket(currency=sale.currency, channel=caller.channel, lines=())
        told = Told(sale.subtotal_minor, sale.item_count)
        as_of = datetime.fromtimestamp(self.now_s(), UTC)
        return campaign_offers(discounts, customer, as_of, basket, told)

    def _system_for(
        self, tenant_id: str, operation: str, profile: TenantProfile
    ) -> str | TillbridgeError:
        """The name of the system that does it; what is done needs a record of the customer."""
        if profile.pseudonym_key is None:
            return RecordUnusable("the live profile has no pseudonym_key")
        try:
            return _name_of(self.read_integration(tenant_id, operation))
        except TillbridgeError as error:
            return error


def _unless_recorded(system: str | TillbridgeError) -> str | TillbridgeError | None:
    """None where no system takes service requests: then they are recorded."""
    return None if isinstance(system, NotConfigured) else system


def _allowed(
    details: CustomerDetails | None, allowed: Sequence[str] | None
) -> CustomerDetails | None:
    """What the screen may know of the customer: all, where the merchant has no list for it."""
    return details if details is None or allowed is None else details.only(allowed)


def _customer(
    details: CustomerDetails | None,
    customer_id: str,
    view: CustomerView | None,
    allowed: Sequence[str] | None,
    status: Status,
) -> dict[str, Any]:
    """What the screen may show of the customer; for Ka-ching's with what its own lookup shows."""
    if details is None:
        return {"identifier": customer_id}
    if view is CustomerView.KACHING:
        details = details.with_line(status_line(status))
    return shown(details, allowed)


def _tier_in(loyalty: Loyalty | TillbridgeError) -> dict[str, str | None]:
    """The tier of the built-in ledger, where the merchant's programme has tiers."""
    if isinstance(loyalty, TillbridgeError) or loyalty.standing.programme.rules.tiers is None:
        return {}
    tier = loyalty.standing.tier
    return {"tier": None if tier is None else tier.code}


def _as_details(customer: Customer) -> CustomerDetails:
    known = customer.model_dump(include=set(Customer.model_fields), exclude_none=True)
    return CustomerDetails.model_validate(known)


def _is_kept_elsewhere(part: Part, outcomes: Mapping[Part, Any]) -> bool:
    """Whether nothing is missing: the merchant's own system keeps points or tiers."""
    details = outcomes["customer_details"]
    return (
        part == "loyalty"
        and isinstance(outcomes[part], NotConfigured)
        and isinstance(details, CustomerDetails)
        and (details.points is not None or details.tier is not None)
    )


def _read(outcome: T | TillbridgeError) -> T | None:
    return None if isinstance(outcome, TillbridgeError) else outcome


def _name_of(integration: Integration) -> str:
    record = integration.record
    return record.system or urlsplit(record.request.url).hostname or "the merchant's system"
