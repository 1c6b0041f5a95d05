"""What campaigns want to know of the customer on the sale, and nothing else: from the request, the
points ledger and the merchant's systems."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer_details import CustomerDetails, Part, Purchase
from tillbridge.domain.discounts.case import Customer
from tillbridge.domain.discounts.known import history_of, known_of, unknown_kinds
from tillbridge.domain.limitations import Limitation, incomplete, limitation
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import Items
from tillbridge.errors import (
    AnswerUnmappable,
    CustomerNotFound,
    NotConfigured,
    TillbridgeError,
)
from tillbridge.services.ports import ReadIntegration, ReadStanding
from tillbridge.services.tenant_system import MAPPING_TAKES_S, Question, TenantSystem
from tillbridge.services.together import together

_LEDGER = "the points ledger"
_SYSTEM = "the merchant's system"
_PURCHASES_READ = 1_000
# Kept free for the decision itself.
_DECIDING_TAKES_S = 0.2


@dataclass
class _Found:
    """What was read so far. `details` and `purchases` are None where they were not, or not asked
    for."""

    members: dict[str, Any] = field(default_factory=dict)
    details: CustomerDetails | None = None
    purchases: list[Purchase] | None = None
    skipped: int = 0
    limitations: list[Limitation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    read_integration: ReadIntegration
    system: TenantSystem
    read_standing: ReadStanding

    def __call__(
        self,
        caller: Caller,
        given: Customer,
        needed: frozenset[str],
        currency: str,
        deadline: Deadline,
    ) -> tuple[Customer, tuple[Limitation, ...]]:
        """The customer with as much of what is `needed` as there is. A system that is slow or down
        costs what it would have said, never the sale."""
        missing = needed - given.model_fields_set
        if not missing:
            return given, ()
        found = _Found()
        if "tier" in missing:
            self._read_tier(caller, given.id, found)
        parts = _parts_for(missing - found.members.keys())
        inputs = {"customer_id": given.id, "currency_code": currency}
        self._read_systems(caller.tenant_id, parts, inputs, deadline, found)
        if found.details is not None:
            found.members = {**known_of(found.details), **found.members}
        if "history" in missing:
            is_all = not found.skipped
            history = history_of(found.details, found.purchases, currency, is_all=is_all)
            found.members["history"] = history
        members = {name: value for name, value in found.members.items() if name in missing}
        unknown = (*given.unknown, *unknown_kinds(missing - members.keys()))
        return given.model_copy(update={**members, "unknown": unknown}), tuple(found.limitations)

    def _read_tier(self, caller: Caller, customer_id: str, found: _Found) -> None:
        """From the built-in ledger, where the merchant's programme has tiers."""
        try:
            standing = self.read_standing(caller, customer_id)
        except NotConfigured:
            return
        except TillbridgeError as error:
            found.limitations.append(limitation("loyalty", error, _LEDGER))
            return
        if standing.programme.rules.tiers is not None:
            found.members["tier"] = None if standing.tier is None else standing.tier.code

    def _read_systems(
        self,
        tenant_id: str,
        parts: tuple[Part, ...],
        inputs: Mapping[str, Any],
        deadline: Deadline,
        found: _Found,
    ) -> None:
        """Expressions run here, before and after the threads."""
        asked = {part: self._question(tenant_id, part, inputs) for part in parts}
        by = deadline.earlier_by(MAPPING_TAKES_S + _DECIDING_TAKES_S)
        calls: dict[str, Callable[[], Any]] = {
            part: partial(self.system.answer, question, by)
            for part, question in asked.items()
            if isinstance(question, Question)
        }
        answers = together(calls, by)
        for part, question in asked.items():
            try:
                items = self._items(question, answers.get(part))
                _take(part, items, found)
            except TillbridgeError as error:
                found.limitations.append(limitation(part, error, _name_of(question)))

    def _question(
        self, tenant_id: str, operation: str, inputs: Mapping[str, Any]
    ) -> Question | TillbridgeError:
        try:
            integration = self.read_integration(tenant_id, operation)
            return self.system.question(tenant_id, integration, inputs)
        except TillbridgeError as error:
            return error

    def _items(self, question: Question | TillbridgeError, answer: Any) -> Items:
        if isinstance(question, TillbridgeError):
            raise question
        if isinstance(answer, TillbridgeError):
            raise answer
        return self.system.items(question, answer, _PURCHASES_READ)


def _parts_for(missing: frozenset[str]) -> tuple[Part, ...]:
    """The systems that can tell. How often a customer has bought, both may."""
    if "history" in missing:
        return ("customer_details", "purchase_history")
    return ("customer_details",) if missing else ()


def _take(part: Part, items: Items, found: _Found) -> None:
    """Raises `CustomerNotFound`, and `AnswerUnmappable` where no item can be used."""
    if part == "customer_details":
        if not items.first:
            raise CustomerNotFound
        known = [item for item in items.first if isinstance(item, CustomerDetails)]
        if not known:
            raise AnswerUnmappable
        found.details = known[0]
        return
    purchases = [item for item in items.first if isinstance(item, Purchase)]
    if items.first and not purchases:
        raise AnswerUnmappable
    found.purchases, found.skipped = purchases, items.total - len(purchases)
    if found.skipped:
        found.limitations.append(incomplete(part, _SYSTEM, found.skipped))


def _name_of(question: Question | TillbridgeError) -> str:
    if isinstance(question, TillbridgeError):
        return _SYSTEM
    return question.integration.record.system or _SYSTEM
