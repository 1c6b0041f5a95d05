"""Loyalty without a table or a network: the real use cases on the ledger in memory, with a clock
that moves when a test says so."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from tests.support.builders import TENANT, a_caller, a_programme
from tests.support.fakes import FakeClock, FakeProgrammes, FakeRewards
from tests.support.memory_ledger import MemoryLedger
from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.redemption import Receipt
from tillbridge.domain.loyalty_requests import (
    AccrualRequest,
    AdjustmentRequest,
    CaptureRequest,
    RedemptionRequest,
    RefundRequest,
    ReversalRequest,
    VoidRequest,
    VoidUnansweredRequest,
)
from tillbridge.domain.programme import RewardRecord
from tillbridge.services.expire_holds import ExpireHolds
from tillbridge.services.ledger import Ledger
from tillbridge.services.offer_rewards import OfferRewards
from tillbridge.services.points import Points
from tillbridge.services.redemptions import Redemptions

CUSTOMER = "C-1"
# 2026-11-25, noon, UTC.
NOON_S = 1_795_608_000.0


def a_redemption_request(**changes: Any) -> RedemptionRequest:
    parts = {"customer_id": CUSTOMER, "points": 100, "store_id": "shop", "sale_ref": "sale-1"}
    return RedemptionRequest.model_validate({**parts, **changes})


@dataclass
class LoyaltyShop:
    """A merchant's tills, all of one principal, and the sweeper."""

    store: MemoryLedger = field(default_factory=MemoryLedger)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON_S))
    programmes: FakeProgrammes = field(
        default_factory=lambda: FakeProgrammes({TENANT: a_programme()})
    )
    rewards: FakeRewards = field(default_factory=FakeRewards)
    caller: Caller = field(
        default_factory=lambda: a_caller(scopes=frozenset({Scope.REDEEM, Scope.ADJUST}))
    )

    def __post_init__(self) -> None:
        ledger = Ledger(self.store, pause=lambda _failures: None)
        self.redemptions = Redemptions(ledger, self.programmes, self.rewards, self.clock)
        self.offer_rewards = OfferRewards(self.rewards, self.clock)
        self.points = Points(ledger, self.programmes, self.store.entries, self.clock)
        self.sweeper = ExpireHolds(ledger, self.store.due, self.programmes, self.clock)
        self._numbers = count(1)

    def run_programme(self, time_zone: str = "UTC", **rules: Any) -> None:
        """Run this programme from now on."""
        programme = a_programme(**rules)
        self.programmes.programmes[TENANT] = replace(programme, time_zone=time_zone)

    def offer(self, *rewards: dict[str, Any]) -> None:
        """Offer these rewards, as they are stored, from now on."""
        self.rewards.rewards[TENANT] = tuple(map(RewardRecord.model_validate, rewards))

    def new_key(self) -> str:
        return f"key-of-a-tills-{next(self._numbers):04}"

    def earn(self, points: int, order_ref: str | None = None, **changes: Any) -> Account | None:
        order = order_ref or f"order-{next(self._numbers)}"
        request = AccrualRequest.model_validate(
            {"points": points, "store_id": "shop", "order_ref": order, **changes}
        )
        return self.points.accrue(self.caller, CUSTOMER, request).account

    def take_back(self, order_ref: str, points: int | None = None, return_ref: str = "r") -> Any:
        request = ReversalRequest(
            store_id="shop", order_ref=order_ref, return_ref=return_ref, points=points
        )
        return self.points.reverse(self.caller, CUSTOMER, request)

    def adjust(
        self, points: int, key: str | None = None, customer: str = CUSTOMER, **changes: Any
    ) -> Any:
        request = AdjustmentRequest(points=points, reason="goodwill", staff_id="staff-7", **changes)
        return self.points.adjust(self.caller, key or self.new_key(), customer, request)

    def redeem(self, key: str | None = None, **changes: Any) -> Receipt:
        request = a_redemption_request(**changes)
        return self.redemptions.redeem(self.caller, key or self.new_key(), request)

    def capture(self, receipt: Receipt) -> Receipt:
        return self.redemptions.capture(
            self.caller, receipt.redemption.redemption_id, CaptureRequest()
        )

    def void(self, receipt: Receipt) -> Receipt:
        return self.redemptions.void(self.caller, receipt.redemption.redemption_id, VoidRequest())

    def void_unanswered(self, **by: Any) -> Receipt:
        return self.redemptions.void_unanswered(self.caller, VoidUnansweredRequest(**by))

    def refund(self, receipt: Receipt, points: int, refund_ref: str = "return-1") -> Receipt:
        request = RefundRequest(points=points, refund_ref=refund_ref)
        return self.redemptions.refund(self.caller, receipt.redemption.redemption_id, request)

    def account(self) -> Account:
        account = self.points.account(self.caller, CUSTOMER)
        assert account is not None
        return account

    def journal(self) -> list[tuple[str, int]]:
        """Kind and delta of every entry, in the order of their keys."""
        entries = (item for key, item in sorted(self.store.items.items()) if "delta" in item)
        return [(entry["kind"], entry["delta"]) for entry in entries if "kind" in entry]

    def balances_hold(self) -> bool:
        """Whether the journal says what the account says (I2)."""
        return sum(delta for _kind, delta in self.journal()) == self.account().balance


def sale(**changes: Any) -> dict[str, Any]:
    """A sale as a query names it."""
    return {"customer_id": CUSTOMER, "store_id": "shop", "sale_ref": "sale-1", **changes}
