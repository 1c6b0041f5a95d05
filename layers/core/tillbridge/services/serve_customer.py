"""What is done for a customer other than with points: preferences and consent, service requests.
Each leaves a record, and its key is good for once."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer_requests import CustomerRequest, ProfileChange, ServiceRequest
from tillbridge.domain.faults import similar
from tillbridge.domain.integration import Integration
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.interaction import (
    SOURCES,
    Begin,
    Begun,
    Finish,
    Interaction,
    InteractionKind,
    Result,
    Starts,
    page_of,
)
from tillbridge.domain.ledger.keys import (
    account_id,
    account_key,
    fingerprint,
    interaction_key,
    request_id,
)
from tillbridge.domain.ledger.writes import Item
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem
from tillbridge.domain.placeholders import gives
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import (
    CustomerNotFound,
    InvalidRequest,
    NotConfigured,
    OutcomeUnknown,
    RecordUnusable,
    ServiceError,
    TenantSuspended,
    TillbridgeError,
    UpstreamError,
    UpstreamRejected,
    UpstreamThrottled,
    UpstreamTlsFailed,
    UpstreamUnauthorized,
)
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import ReadEntries, ReadIntegration, ReadProfile
from tillbridge.services.tenant_system import TenantSystem

logger = logging.getLogger(__name__)

# After these it is certain that the system has done nothing.
_NOT_DONE = (UpstreamRejected, UpstreamUnauthorized, UpstreamThrottled, UpstreamTlsFailed)
# A record that sends it lets its system know the same request again.
_REQUEST_ID = "request_id"


@dataclass(frozen=True, slots=True)
class Served:
    """What was done: `name` and `reference` are the system's words, where it has any."""

    interaction_id: str
    result: Result
    name: str | None = None
    reference: str | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class ServeCustomer:
    """Every method raises `TenantError`s, `RecordsUnavailable` and `Undecided`; those that change
    something `UpstreamError`s, `CustomerNotFound`, `IdempotencyMismatch`, `IdempotencyInFlight`
    and `OutcomeUnknown` too."""

    read_profile: ReadProfile
    read_integration: ReadIntegration
    system: TenantSystem
    ledger: Ledger
    read_entries: ReadEntries
    now_s: Callable[[], float] = time.time

    def change_profile(
        self, caller: Caller, key: str, customer_id: str, change: ProfileChange, deadline: Deadline
    ) -> Served:
        """Raises `NotConfigured` where the merchant has no `profile_update`, and `InvalidRequest`
        for a preference that the merchant's profile does not list."""
        _require_known(change, self._profile(caller))
        integration = self.read_integration(caller.tenant_id, InteractionKind.PROFILE_UPDATE)
        consents = [one.stated(self.now_s(), change.staff_id) for one in change.communication]
        # A preference's value may say who somebody is; the merchant's system has it.
        facts = {"changed": sorted(change.preferences), "communication": consents}
        interaction = self._interaction(
            InteractionKind.PROFILE_UPDATE, caller, key, customer_id, change, facts
        )
        inputs = {"preferences": dict(change.preferences), "communication": consents}
        # Setting a value twice sets it once.
        return self._sent(interaction, integration, customer_id, inputs, deadline, repeatable=True)

    def request_service(
        self, caller: Caller, key: str, customer_id: str, asked: ServiceRequest, deadline: Deadline
    ) -> Served:
        """Through the merchant's `service_request`; where there is none it is recorded with its
        text, for the merchant's people to read."""
        kind, facts = InteractionKind.SERVICE_REQUEST, {"subject": asked.subject}
        try:
            integration = self.read_integration(caller.tenant_id, kind)
        except NotConfigured:
            recorded = self._interaction(
                kind, caller, key, customer_id, asked, facts | {"text": asked.text}
            )
            begun = self.ledger.settle(Begin(recorded, True, Result.RECORDED))
            return Served(recorded.request_id, begun.result, replayed=begun.replayed)
        interaction = self._interaction(kind, caller, key, customer_id, asked, facts)
        inputs = {"subject": asked.subject, "text": asked.text}
        repeatable = gives(integration.record.request.parts, _REQUEST_ID)
        return self._sent(interaction, integration, customer_id, inputs, deadline, repeatable)

    def interactions(
        self, caller: Caller, customer_id: str, at_most: int, starts: Starts | None = None
    ) -> tuple[list[Item], Starts | None]:
        """What was done for the customer, with points and without, the newest first, and where the
        next page begins."""
        account = account_id(_pseudonym_key(self._profile(caller)), customer_id)
        places = {
            "journal": account_key(caller.tenant_id, account).pk,
            "interactions": interaction_key(caller.tenant_id, account, "").pk,
        }
        begin: Starts = dict.fromkeys(SOURCES) if starts is None else starts
        sources: dict[str, Entries] = {
            name: self.read_entries(places[name], at_most, begin[name]) for name in begin
        }
        return page_of(sources, begin, at_most)

    def last_interactions(self, caller: Caller, customer_id: str, at_most: int) -> list[Item]:
        """The last few; none where the merchant's customers have no pseudonyms."""
        if self._profile(caller).pseudonym_key is None:
            return []
        items, _ = self.interactions(caller, customer_id, at_most)
        return items

    def _profile(self, caller: Caller) -> TenantProfile:
        profile = self.read_profile(caller.tenant_id)
        if profile.status == "suspended":
            raise TenantSuspended
        return profile

    def _interaction(
        self,
        kind: InteractionKind,
        caller: Caller,
        key: str,
        customer_id: str,
        asked: CustomerRequest,
        facts: Mapping[str, Any],
    ) -> Interaction:
        profile = self._profile(caller)
        account = account_id(_pseudonym_key(profile), customer_id)
        content = {**asked.content(), "customer_id": account}
        shop = {} if asked.store_id is None else {"store_id": asked.store_id}
        return Interaction(
            Actor.of(caller, profile.time_zone, self.now_s(), asked.staff_id),
            account,
            request_id(kind, caller.tenant_id, caller.principal, key),
            fingerprint(kind, caller.tenant_id, caller.principal, content),
            kind,
            {**shop, **facts},
        )

    def _sent(
        self,
        interaction: Interaction,
        integration: Integration,
        customer_id: str,
        inputs: Mapping[str, Any],
        deadline: Deadline,
        repeatable: bool,
    ) -> Served:
        begun = self.ledger.settle(Begin(interaction, repeatable))
        if begun.is_over:
            reference = begun.facts.get("reference")
            return Served(interaction.request_id, begun.result, None, reference, replayed=True)
        actor = interaction.actor
        by_whom = {
            "customer_id": customer_id,
            "request_id": interaction.request_id,
            "at": actor.at,
            "staff_id": actor.staff_id,
            "store_id": interaction.facts.get("store_id"),
        }
        try:
            answer = self._told(actor.tenant_id, integration, {**by_whom, **inputs}, deadline)
        except TillbridgeError as error:
            is_open = isinstance(error, UpstreamError) and not isinstance(error, _NOT_DONE)
            result = Result.UNKNOWN if is_open else Result.FAILED
            self._finish(interaction, begun, result, {"code": error.code})
            if is_open and not repeatable:
                raise OutcomeUnknown(operation_ref=interaction.request_id) from error
            raise
        reference = answer.get("reference")
        self._finish(interaction, begun, Result.DONE, {"reference": reference})
        return Served(interaction.request_id, Result.DONE, answer.get("name"), reference)

    def _told(
        self,
        tenant_id: str,
        integration: Integration,
        inputs: Mapping[str, Any],
        deadline: Deadline,
    ) -> dict[str, Any]:
        """What the system says beyond yes. Raises `CustomerNotFound`."""
        items = self.system.ask(tenant_id, integration, inputs, deadline, at_most=1)
        if not items.first:
            raise CustomerNotFound
        (said,) = items.first
        if isinstance(said, BadItem):
            logger.warning("could not use what a system said beyond yes", extra=asdict(said))
            return {}
        return dict(said)

    def _finish(
        self, interaction: Interaction, begun: Begun, result: Result, facts: Mapping[str, Any]
    ) -> None:
        """A record that cannot be completed says that it does not know, which is true."""
        try:
            self.ledger.settle(Finish(interaction, begun.attempt, result, facts))
        except ServiceError as error:
            logger.warning("an interaction's record is not complete", extra={"code": error.code})


def _require_known(change: ProfileChange, profile: TenantProfile) -> None:
    for name in change.preferences:
        if name not in profile.preferences:
            hint = similar(name, profile.preferences)
            raise InvalidRequest(
                f"preferences.{name}: the merchant's profile lists no such preference. {hint}",
                field=f"preferences.{name}",
            )


def _pseudonym_key(profile: TenantProfile) -> str:
    if profile.pseudonym_key is None:
        raise RecordUnusable("the live profile has no pseudonym_key: records of customers need one")
    return profile.pseudonym_key
