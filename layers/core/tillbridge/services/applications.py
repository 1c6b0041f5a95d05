"""Discounts applied to sales: what a till asks, as a decision, to its outcome."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tillbridge.domain.applications.application import Applied
from tillbridge.domain.applications.apply import Apply
from tillbridge.domain.applications.find import Find, FindBySale
from tillbridge.domain.applications.finish import Capture, Void, VoidKey, VoidSale
from tillbridge.domain.applications.returning import GiveBack, Returned
from tillbridge.domain.caller import Caller
from tillbridge.domain.discount_requests import (
    ApplicationQuery,
    ApplicationRequest,
    ReturnRequest,
    VoidApplicationRequest,
)
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.keys import (
    application_id,
    application_points_id,
    fingerprint,
)
from tillbridge.domain.ledger.redemption import Mode, State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import LoyaltyRequest
from tillbridge.domain.programme.pricing import RewardPricing
from tillbridge.domain.programme.rewards import Basket
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.errors import (
    ApplicationExists,
    DiscountsChanged,
    InsufficientPoints,
    NotEnrolled,
    PointsApart,
    RecordUnusable,
    RedemptionExists,
    RewardNotAvailable,
    TenantSuspended,
)
from tillbridge.services.ask_discounts import AskDiscounts, Asked
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import ReadAnyProgramme, ReadProfile, ReadRewards
from tillbridge.services.redemptions import reward_not_available

_REFUSALS = {
    error.code: error
    for error in (
        ApplicationExists,
        DiscountsChanged,
        InsufficientPoints,
        NotEnrolled,
        RedemptionExists,
    )
}

# Of the till's patience, kept free for the ledger.
_HOLDING_TAKES_S = 1.5


@dataclass(frozen=True, slots=True)
class Applications:
    """Every method raises `TenantError`s, `RecordsUnavailable`, and `Undecided` when the same
    request must be sent again; and the `LoyaltyError`s of its decision."""

    ledger: Ledger
    ask: AskDiscounts
    read_profile: ReadProfile
    read_programme: ReadAnyProgramme
    read_rewards: ReadRewards
    now_s: Callable[[], float] = time.time

    def apply(
        self, caller: Caller, key: str, request: ApplicationRequest, deadline: Deadline
    ) -> Applied:
        """Decide a sale's discounts, and hold what is limited. Raises `IdempotencyMismatch` as
        well."""
        actor = self._actor(caller, request)
        asked = self._ask(caller, request, actor, deadline.earlier_by(_HOLDING_TAKES_S))
        application = application_id(caller.tenant_id, caller.principal, key)
        apply = Apply(
            actor,
            application,
            fingerprint("apply", caller.tenant_id, caller.principal, _content(request, asked)),
            request.store_id,
            request.sale_ref,
            asked.account or "",
            asked.offering,
            tuple(limitation.model_dump() for limitation in asked.limitations),
            asked.hold_ttl_s,
            cart=request.shopify,
            hold=self._hold(actor, application, asked, request),
            supersedes=request.supersedes,
            most_total_minor=request.most_total_minor,
        )
        return self._accepted(self.ledger.settle(apply, application))

    def _accepted(self, applied: Applied) -> Applied:
        """What was applied, unless that is a refusal: it is the same whenever it is asked for."""
        application = applied.application
        if application.state is not State.REJECTED:
            return applied
        facts: dict[str, Any] = {**application.facts, **application.refusal}
        code = facts.pop("code")
        if code == RewardNotAvailable.code:
            label = self.read_programme(application.tenant_id).rules.points_label
            refusal = application.refusal
            raise reward_not_available(refusal, label, replayed=applied.replayed, **facts)
        raise _REFUSALS[code](replayed=applied.replayed, **facts)

    def capture(self, caller: Caller, application: str, request: LoyaltyRequest) -> Applied:
        capture = Capture(self._actor(caller, request), application)
        return self.ledger.settle(capture, application)

    def void(self, caller: Caller, application: str, request: LoyaltyRequest) -> Applied:
        void = Void(self._actor(caller, request), application)
        return self.ledger.settle(void, application)

    def void_unanswered(self, caller: Caller, request: VoidApplicationRequest) -> Applied:
        actor = self._actor(caller, request)
        if request.idempotency_key is not None:
            key = application_id(caller.tenant_id, caller.principal, request.idempotency_key)
            return self.ledger.settle(VoidKey(actor, key), key)
        return self.ledger.settle(VoidSale(actor, str(request.store_id), str(request.sale_ref)))

    def give_back(self, caller: Caller, application: str, request: ReturnRequest) -> Returned:
        """Goods come back, with their share of what the sale was given."""
        content = request.content()
        give_back = GiveBack(
            self._actor(caller, request),
            application,
            request.return_ref,
            fingerprint("return", caller.tenant_id, application, content),
            request.lines,
            request.policy,
        )
        return self.ledger.settle(give_back, application)

    def find(self, caller: Caller, application: str) -> Applied:
        return self.ledger.settle(Find(caller.tenant_id, application))

    def find_unanswered(self, caller: Caller, query: ApplicationQuery) -> Applied:
        if query.idempotency_key is not None:
            key = application_id(caller.tenant_id, caller.principal, query.idempotency_key)
            return self.find(caller, key)
        sale = (str(query.store_id), str(query.sale_ref))
        return self.ledger.settle(FindBySale(caller.tenant_id, *sale))

    def _actor(self, caller: Caller, request: LoyaltyRequest) -> Actor:
        profile = self.read_profile(caller.tenant_id)
        if profile.status == "suspended":
            raise TenantSuspended
        return Actor.of(caller, profile.time_zone, self.now_s(), request.staff_id)

    def _ask(
        self, caller: Caller, request: ApplicationRequest, actor: Actor, deadline: Deadline
    ) -> Asked:
        basket = request.basket
        if basket.shop_id is None:
            basket = basket.model_copy(update={"shop_id": request.store_id})
        as_of = datetime.fromtimestamp(actor.now_s, UTC)
        sale = f"{request.store_id} {request.sale_ref}"
        asked = self.ask(caller, basket, request.customer, as_of, deadline, sale)
        if request.customer is not None and asked.account is None:
            raise RecordUnusable("the live profile has no pseudonym_key: applications need one")
        return asked

    def _hold(
        self, actor: Actor, application: str, asked: Asked, request: ApplicationRequest
    ) -> Callable[[int], Hold] | None:
        """The hold of the points that come with it, for a sale that comes to so much. Raises
        `PointsApart` where it takes a call to hold them."""
        wanted, account = request.redemption, asked.account
        if wanted is None or account is None:
            return None
        programme = self.read_programme(actor.tenant_id)
        if isinstance(programme, UpstreamProgramme):
            raise PointsApart
        hold = Hold(
            actor,
            account,
            application_points_id(actor.tenant_id, application),
            fingerprint("apply-points", actor.tenant_id, application, {}),
            points=wanted.points or 0,
            store_id=request.store_id,
            sale_ref=request.sale_ref,
            mode=Mode.HOLD,
            hold_ttl_s=asked.hold_ttl_s,
            supersedes=wanted.supersedes,
            points_label=programme.rules.points_label,
        )
        if wanted.reward_id is None:
            return lambda _total_minor: hold
        rewards = {reward.id: reward for reward in self.read_rewards(actor.tenant_id)}
        reward, currency = rewards.get(wanted.reward_id), request.basket.currency
        now = datetime.fromtimestamp(actor.now_s, UTC)

        def priced(total_minor: int) -> Hold:
            sale = Basket(currency, total_minor)
            return replace(hold, pricing=RewardPricing(programme, reward, now, sale, wanted.points))

        return priced


def _content(request: ApplicationRequest, asked: Asked) -> dict[str, Any]:
    """With the pseudonym, so that the fingerprint leads back to nobody."""
    content = request.content()
    if asked.account is not None:
        content["customer"] = {**content["customer"], "id": asked.account}
    return content
