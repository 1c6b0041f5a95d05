"""Loyalty by a merchant's own system, without a network: the real use cases on the table in memory,
and a system whose faults a test chooses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.builders import ORIGIN, a_caller, an_upstream_programme
from tests.support.fakes import FakeClock, FakeSecrets
from tests.support.loyalty import NOON_S, a_redemption_request
from tests.support.loyalty_system import (
    CUSTOMER,
    FAULTS,
    NO_FAULT,
    Fault,
    LoyaltySystem,
    a_loyalty_record,
    integration,
)
from tests.support.memory_ledger import MemoryLedger
from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.integration import Integration
from tillbridge.domain.ledger.redemption import Receipt, Redemption
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import (
    AccrualRequest,
    CaptureRequest,
    RefundRequest,
    ReversalRequest,
    VoidRequest,
    VoidUnansweredRequest,
)
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.errors import NotConfigured
from tillbridge.services.credentials import Credentials
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.resolve_calls import ResolveCalls, Resolved
from tillbridge.services.tenant_system import TenantSystem
from tillbridge.services.upstream_points import UpstreamPoints
from tillbridge.services.upstream_redemptions import LegRunner, UpstreamRedemptions

KEY = {"kind": "key", "key_window_s": 86_400}
QUERY = {"kind": "query"}
NONE = {"kind": "none", "accept_manual_work": True}
RESERVATION_TTL_S = 1_200
RESERVE = {"kind": "reserve", "reservation_ttl_s": RESERVATION_TTL_S, "otherwise": KEY}
CAPABILITIES: dict[str, dict[str, Any]] = {
    "key": KEY,
    "query": QUERY,
    "none": NONE,
    "reserve": RESERVE,
    "reserve, query": {**RESERVE, "otherwise": QUERY},
    "reserve, none": {**RESERVE, "otherwise": NONE},
}
FOREVER = Deadline(float("inf"))


def promises_keys(capability: dict[str, Any]) -> bool:
    return KEY in (capability, capability.get("otherwise"))


@dataclass
class Integrations:
    """Every record of a merchant's system, but for those that are `missing`; the `nameless` send no
    reference."""

    missing: set[str] = field(default_factory=set)
    nameless: set[str] = field(default_factory=set)
    origin_of: Callable[[str], str] = lambda _tenant_id: ORIGIN
    _loaded: dict[tuple[str, str], Integration] = field(default_factory=dict)

    def __call__(self, tenant_id: str, operation: str) -> Integration:
        if operation in self.missing:
            raise NotConfigured(operation=operation)
        if operation in self.nameless:
            record = a_loyalty_record(operation, self.origin_of(tenant_id))
            del record["request"]["body"]["reference"]
            return Integration.load(record)
        known = (tenant_id, operation)
        if known not in self._loaded:
            self._loaded[known] = integration(operation, self.origin_of(tenant_id))
        return self._loaded[known]


@dataclass
class UpstreamShop:
    """A merchant's tills, all of one principal, and the resolver. `faults` are those of the next
    calls, in order; what is applied late is `pending` until a test lets it happen."""

    capability: dict[str, Any] = field(default_factory=lambda: KEY)
    rules: dict[str, Any] = field(default_factory=dict)
    points: int = 150
    store: MemoryLedger = field(default_factory=MemoryLedger)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON_S))
    deadline: Deadline = FOREVER
    faults: list[Fault] = field(default_factory=list)
    pending: list[Any] = field(default_factory=list)
    caller: Caller = field(
        default_factory=lambda: a_caller(scopes=frozenset({Scope.REDEEM, Scope.ADJUST}))
    )

    def __post_init__(self) -> None:
        self.records = Integrations()
        self.system = LoyaltySystem(
            self.clock,
            honours_keys=promises_keys(self.capability),
            fault=lambda _operation: self.faults.pop(0) if self.faults else NO_FAULT,
            later=lambda run, _reference: self.pending.append(run),
            balances={CUSTOMER: self.points},
        )
        self._numbers = count(1)
        self.programme: UpstreamProgramme = an_upstream_programme(
            capability=self.capability, **self.rules
        )
        asked = TenantSystem(self.system, Credentials(FakeSecrets(), self.system))
        self.calls = LoyaltyCalls(self.records, asked)
        self.ledger = Ledger(self.store, pause=lambda _failures: None)

    @property
    def redemptions(self) -> UpstreamRedemptions:
        return UpstreamRedemptions(
            self.ledger, lambda _tenant: self.programme, self.calls, self.deadline, self.clock
        )

    @property
    def earning(self) -> UpstreamPoints:
        return UpstreamPoints(
            self.ledger, lambda _tenant: self.programme, self.calls, self.deadline, self.clock
        )

    def resolve(self) -> Resolved:
        runner = LegRunner(self.ledger, self.calls, self.clock)
        resolver = ResolveCalls(runner, self.store.due, lambda _tenant: self.programme, self.clock)
        return resolver(FOREVER)

    def wait(self, seconds: float) -> None:
        """Time passes, and the resolver runs."""
        self.clock.now_s += seconds
        self.resolve()

    def settle(self) -> None:
        """Time enough for everything that becomes known by itself."""
        for seconds in (5, 10, 60, 60, 120, 600, 3_600, 90_000, 90_000):
            self.wait(seconds)

    def happens_late(self) -> None:
        """What was given up is done after all."""
        while self.pending:
            self.pending.pop(0)()

    def redeem(self, key: str | None = None, **changes: Any) -> Receipt:
        key = key or f"key-of-a-tills-{next(self._numbers):04}"
        return self.redemptions.redeem(self.caller, key, a_redemption_request(**changes))

    def capture(self, receipt: Receipt) -> Receipt:
        rid = receipt.redemption.redemption_id
        return self.redemptions.capture(self.caller, rid, CaptureRequest())

    def void(self, receipt: Receipt) -> Receipt:
        rid = receipt.redemption.redemption_id
        return self.redemptions.void(self.caller, rid, VoidRequest())

    def void_unanswered(self, **by: Any) -> Receipt:
        return self.redemptions.void_unanswered(self.caller, VoidUnansweredRequest(**by))

    def refund(self, receipt: Receipt, points: int, ref: str = "return-1") -> Receipt:
        request = RefundRequest(points=points, refund_ref=ref)
        return self.redemptions.refund(self.caller, receipt.redemption.redemption_id, request)

    def find(self, receipt: Receipt) -> Redemption:
        rid = receipt.redemption.redemption_id
        return self.redemptions.find(self.caller, rid).redemption

    def earn(self, points: int, order_ref: str = "order-1") -> Any:
        request = AccrualRequest(points=points, store_id="shop", order_ref=order_ref)
        return self.earning.accrue(self.caller, CUSTOMER, request)

    def take_back(self, points: int | None = None, ref: str = "r", order: str = "order-1") -> Any:
        request = ReversalRequest(store_id="shop", order_ref=order, return_ref=ref, points=points)
        return self.earning.reverse(self.caller, CUSTOMER, request)

    @property
    def balance(self) -> int:
        """What the customer has in the merchant's system."""
        self.system.net("")
        return self.system.balances[CUSTOMER]


def fault(name: str) -> Fault:
    """One of the faults, such as `silence, before`."""
    return next(each for each in FAULTS if each.name == name)
