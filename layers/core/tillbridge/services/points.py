"""Points that come and go without a redemption, and what there is of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from tillbridge.domain.caller import Caller
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.adjust import Adjustment
from tillbridge.domain.ledger.earn import Accrual, Booked, Reversal
from tillbridge.domain.ledger.find import Balance
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.keys import account_id, account_key, adjustment_id, fingerprint
from tillbridge.domain.loyalty_requests import (
    AccrualRequest,
    AdjustmentRequest,
    ReversalRequest,
)
from tillbridge.domain.programme import Programme, Standing
from tillbridge.errors import InsufficientPoints
from tillbridge.services.ledger import Ledger
from tillbridge.services.ports import ReadEntries, ReadProgramme


@dataclass(frozen=True, slots=True)
class Points:
    """Every method raises `TenantError`s, `RecordsUnavailable`, and `Undecided` when the same
    request must be sent again; and the `LoyaltyError`s of its decision."""

    ledger: Ledger
    read_programme: ReadProgramme
    read_entries: ReadEntries
    now_s: Callable[[], float] = time.time
    # Whether they buy rewards.
    rewards: ClassVar[bool] = True

    def accrue(self, caller: Caller, customer_id: str, request: AccrualRequest) -> Booked:
        """Raises `IdempotencyMismatch`, and `InvalidRequest` for points that are over already."""
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        earned_at_s = request.earned_at.timestamp() if request.earned_at else actor.now_s
        day = programme.day_of(earned_at_s)
        counting = request.points if request.tier_points is None else request.tier_points
        accrual = Accrual(
            actor,
            account_id(programme.pseudonym_key, customer_id),
            request.store_id,
            request.order_ref,
            request.points,
            expires_on=str(request.expires_on or programme.expiry_from(day)),
            qualifying=programme.qualifying(counting, day),
        )
        return _called(self.ledger.settle(accrual), programme)

    def reverse(self, caller: Caller, customer_id: str, request: ReversalRequest) -> Booked:
        """Raises `IdempotencyMismatch`."""
        programme = self.read_programme(caller.tenant_id)
        reversal = Reversal(
            Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id),
            account_id(programme.pseudonym_key, customer_id),
            request.store_id,
            request.order_ref,
            request.return_ref,
            request.points,
        )
        return _called(self.ledger.settle(reversal), programme)

    def adjust(
        self, caller: Caller, key: str, customer_id: str, request: AdjustmentRequest
    ) -> Booked:
        """Raises `IdempotencyMismatch`, `InvalidRequest` for points that are over already, and
        `InsufficientPoints` as often as it is asked."""
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        account = account_id(programme.pseudonym_key, customer_id)
        content = {**request.content(), "customer_id": account}
        adjustment = Adjustment(
            actor,
            account,
            adjustment_id(caller.tenant_id, caller.principal, key),
            fingerprint("adjust", caller.tenant_id, caller.principal, content),
            points=request.points,
            reason=request.reason,
            store_id=request.store_id,
            expires_on=str(request.expires_on or programme.expiry_from(actor.today)),
        )
        booked = self.ledger.settle(adjustment, adjustment.adjustment_id)
        if booked.refused is not None:
            raise InsufficientPoints(
                replayed=booked.replayed,
                operation_ref=adjustment.adjustment_id,
                points=-request.points,
                available=booked.refused,
            )
        return _called(booked, programme)

    def account(self, caller: Caller, customer_id: str) -> Account | None:
        """The account as it is today, None before its first entry."""
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), None)
        account = account_id(programme.pseudonym_key, customer_id)
        return self.ledger.settle(Balance(actor, account))

    def standing(self, caller: Caller, customer_id: str) -> Standing:
        """What the customer has and is today: points, tier, and what is missing to the next."""
        programme = self.read_programme(caller.tenant_id)
        today = programme.day_of(self.now_s())
        return Standing.of(programme, self.account(caller, customer_id), today)

    def history(
        self, caller: Caller, customer_id: str, at_most: int, before: Mapping[str, str] | None
    ) -> Entries:
        """The customer's journal, newest first."""
        programme = self.read_programme(caller.tenant_id)
        account = account_id(programme.pseudonym_key, customer_id)
        return self.read_entries(account_key(caller.tenant_id, account).pk, at_most, before)


def _called(booked: Booked, programme: Programme) -> Booked:
    """It, with what the merchant calls points."""
    return replace(booked, points_label=programme.rules.points_label)
