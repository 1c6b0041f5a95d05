"""Points that come and go without a redemption in a merchant's own system, and what there is of
them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from tillbridge.domain.caller import Caller
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.keys import account_id, accrual_id
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import AccrualRequest, AdjustmentRequest, ReversalRequest
from tillbridge.domain.programme import Standing
from tillbridge.domain.programmes import built_in
from tillbridge.domain.upstream.course import ACCRUE, REVERSE
from tillbridge.domain.upstream.earn import Accrue, TakeBack, refused
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.errors import InvalidRequest, NotConfigured
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.ports import ReadUpstreamProgramme
from tillbridge.services.upstream_redemptions import LegRunner


@dataclass(frozen=True, slots=True)
class UpstreamPoints:
    """As `Points`, and until `deadline`."""

    ledger: Ledger
    read_programme: ReadUpstreamProgramme
    calls: LoyaltyCalls
    deadline: Deadline
    now_s: Callable[[], float] = time.time
    # What points buy is the merchant's own system's to say.
    rewards: ClassVar[bool] = False

    def accrue(self, caller: Caller, customer_id: str, request: AccrualRequest) -> Booked:
        """What is not answered is `pending`: the resolver sees to it. Raises
        `IdempotencyMismatch`, `PointsRefused`."""
        if request.expires_on is not None:
            raise InvalidRequest(
                "expires_on: the merchant's own system says how long points are good",
                field="expires_on",
            )
        programme = self.read_programme(caller.tenant_id)
        rules = programme.rules
        self.calls.record(caller.tenant_id, ACCRUE, rules)
        accrue = Accrue(
            Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id),
            account_id(programme.pseudonym_key, customer_id),
            customer_id,
            request.store_id,
            request.order_ref,
            request.points,
            rules,
        )
        written = self.ledger.settle(accrue)
        receipt = self._runner.looked_after(written, programme, self.deadline)
        if receipt.redemption.state is State.REJECTED:
            raise refused(receipt.redemption)
        return _booked(receipt, request.points, rules, replayed=written.replayed)

    def reverse(self, caller: Caller, customer_id: str, request: ReversalRequest) -> Booked:
        """Raises `IdempotencyMismatch`, `AccrualNotFound`, `NotReversible`, `RedemptionUnknown`,
        and `NotConfigured` where the system takes nothing back."""
        programme = self.read_programme(caller.tenant_id)
        rules = programme.rules
        if rules.reverse == "none":
            raise NotConfigured("the programme says that nothing is reversed", operation=REVERSE)
        self.calls.record(caller.tenant_id, REVERSE, rules)
        account = account_id(programme.pseudonym_key, customer_id)
        accrual = accrual_id(caller.tenant_id, account, request.store_id, request.order_ref)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        take_back = TakeBack(actor, accrual, request.return_ref, request.points, rules)
        written = self.ledger.settle(take_back)
        points = written.redemption.returns[request.return_ref]
        receipt = self._runner.looked_after(written, programme, self.deadline)
        return _booked(receipt, -points, rules, replayed=written.replayed)

    def adjust(
        self, caller: Caller, _key: str, _customer_id: str, _request: AdjustmentRequest
    ) -> Booked:
        """Raises `NotConfigured`: whoever keeps the points adjusts them."""
        self.read_programme(caller.tenant_id)
        raise NotConfigured(
            "adjust points in the merchant's own system", operation="loyalty_adjust"
        )

    def standing(self, caller: Caller, customer_id: str) -> Standing:
        """What the system says that the customer has; no tier, which is its own affair."""
        programme = self.read_programme(caller.tenant_id)
        return Standing(built_in(programme), self.account(caller, customer_id))

    def account(self, caller: Caller, customer_id: str) -> Account | None:
        """None where the system knows no such customer."""
        said = self.calls.balance(caller.tenant_id, customer_id, self.deadline)
        return None if said is None else said.account

    def history(
        self, _caller: Caller, _customer_id: str, _at_most: int, _before: Mapping[str, str] | None
    ) -> Entries:
        """Nothing: the journal is the system's own."""
        return Entries(())

    @property
    def _runner(self) -> LegRunner:
        return LegRunner(self.ledger, self.calls, self.now_s)


def _booked(
    receipt: Receipt, delta: int, rules: UpstreamProgrammeRecord, *, replayed: bool
) -> Booked:
    pending = receipt.redemption.leg is not None
    return Booked(delta, replayed, pending=pending, points_label=rules.points_label)
