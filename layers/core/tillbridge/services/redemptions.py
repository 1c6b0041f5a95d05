"""Redemption by the built-in ledger: what a till asks, as a decision, to its outcome."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.caller import Caller
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.find import Find, FindBySale
from tillbridge.domain.ledger.finish import Capture, Void, VoidKey, VoidSale
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.keys import account_id, fingerprint, redemption_id
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.ledger.refund import Refund
from tillbridge.domain.loyalty_requests import (
    LoyaltyRequest,
    RedemptionQuery,
    RedemptionRequest,
    RefundRequest,
    VoidUnansweredRequest,
)
from tillbridge.domain.programme import Programme
from tillbridge.domain.programme.pricing import RewardPricing
from tillbridge.domain.programme.reasons import Reason
from tillbridge.domain.programme.rewards import Basket
from tillbridge.errors import (
    InsufficientPoints,
    NotEnrolled,
    PointsRefused,
    RedemptionExists,
    RewardNotAvailable,
)
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import ReadProgramme, ReadRewards

_REFUSALS = {error.code: error for error in (NotEnrolled, InsufficientPoints, RedemptionExists)}


@dataclass(frozen=True, slots=True)
class Redemptions:
    """Every method raises `TenantError`s, `RecordsUnavailable`, and `Undecided` when the same
    request must be sent again; and the `LoyaltyError`s of its decision."""

    ledger: Ledger
    read_programme: ReadProgramme
    read_rewards: ReadRewards
    now_s: Callable[[], float] = time.time

    def redeem(self, caller: Caller, key: str, request: RedemptionRequest) -> Receipt:
        """Hold or burn points. Raises `IdempotencyMismatch` as well."""
        programme = self.read_programme(caller.tenant_id)
        account = account_id(programme.pseudonym_key, request.customer_id)
        # With the pseudonym, so that the fingerprint leads back to nobody either.
        content = {**request.content(), "customer_id": account}
        hold = Hold(
            Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id),
            account,
            redemption_id(caller.tenant_id, caller.principal, key),
            fingerprint("redeem", caller.tenant_id, caller.principal, content),
            points=request.points or 0,
            store_id=request.store_id,
            sale_ref=request.sale_ref,
            mode=request.mode,
            hold_ttl_s=programme.rules.hold_ttl_s,
            supersedes=request.supersedes,
            pricing=self._pricing(caller, programme, request),
            points_label=programme.rules.points_label,
        )
        return accepted(self.ledger.settle(hold, hold.redemption_id))

    def _pricing(
        self, caller: Caller, programme: Programme, request: RedemptionRequest
    ) -> RewardPricing | None:
        """What the reward costs, None where only points are asked for."""
        if request.reward_id is None:
            return None
        rewards = {reward.id: reward for reward in self.read_rewards(caller.tenant_id)}
        return RewardPricing(
            programme,
            rewards.get(request.reward_id),
            programme.local(self.now_s()),
            Basket(request.currency_code or programme.currency, request.subtotal_minor),
            request.points,
        )

    def capture(self, caller: Caller, redemption: str, request: LoyaltyRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        return self.ledger.settle(Capture(actor, redemption), redemption)

    def void(self, caller: Caller, redemption: str, request: LoyaltyRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        void = Void(actor, redemption, programme.rules.refund_grace_days)
        return self.ledger.settle(void, redemption)

    def void_unanswered(self, caller: Caller, request: VoidUnansweredRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        grace_days = programme.rules.refund_grace_days
        if request.idempotency_key is not None:
            key = redemption_id(caller.tenant_id, caller.principal, request.idempotency_key)
            return self.ledger.settle(VoidKey(actor, key, grace_days), key)
        account, store_id, sale_ref = sale_of(programme.pseudonym_key, request)
        void = VoidSale(actor, account, store_id, sale_ref, grace_days)
        return self.ledger.settle(void)

    def refund(self, caller: Caller, redemption: str, request: RefundRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        refund = Refund(
            Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id),
            redemption,
            request.refund_ref,
            request.points,
            programme.rules.refund_grace_days,
        )
        return self.ledger.settle(refund, redemption)

    def find(self, caller: Caller, redemption: str) -> Receipt:
        return self.ledger.settle(Find(caller.tenant_id, redemption))

    def find_unanswered(self, caller: Caller, query: RedemptionQuery) -> Receipt:
        if query.idempotency_key is not None:
            key = redemption_id(caller.tenant_id, caller.principal, query.idempotency_key)
            return self.find(caller, key)
        sale = sale_of(self.read_programme(caller.tenant_id).pseudonym_key, query)
        return self.ledger.settle(FindBySale(caller.tenant_id, *sale))


def sale_of(pseudonym_key: str, query: RedemptionQuery) -> tuple[str, str, str]:
    """The account, the shop and the sale that a query without a key names, whole."""
    account = account_id(pseudonym_key, str(query.customer_id))
    return account, str(query.store_id), str(query.sale_ref)


def accepted(receipt: Receipt) -> Receipt:
    """The receipt, unless it is a rejection: that is the same whenever it is asked for. Why a
    merchant's own system has refused is its `reason`, where we have no words for it."""
    redemption = receipt.redemption
    if redemption.state is not State.REJECTED:
        return receipt
    facts: dict[str, Any] = {
        "operation_ref": redemption.redemption_id,
        "operation_state": str(redemption.state),
        "points": redemption.points,
        **redemption.refusal,
    }
    code = facts.pop("code")
    if code == RewardNotAvailable.code:
        label, refusal = redemption.points_label, redemption.refusal
        raise reward_not_available(refusal, label, replayed=receipt.replayed, **facts)
    if code in _REFUSALS:
        raise _REFUSALS[code](replayed=receipt.replayed, **facts)
    raise PointsRefused(replayed=receipt.replayed, reason=code, **facts)


def reward_not_available(
    refusal: Mapping[str, Any], points_label: str, *, replayed: bool, **facts: Any
) -> RewardNotAvailable:
    """What a stored refusal of a reward is, in words as well."""
    why = {name: fact for name, fact in refusal.items() if name != "code"}
    detail = Reason(str(why.pop("reason")), why, points_label).message
    return RewardNotAvailable(detail, replayed=replayed, **facts)
