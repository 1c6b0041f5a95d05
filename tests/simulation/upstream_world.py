"""Merchants whose own systems keep the points: as `world`, with a system behind each that fails in
every way there is, and what must be true of it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from greenlet import getcurrent, greenlet

from tests.simulation.faults import Crashed
from tests.simulation.violation import require
from tests.simulation.world import HOLD_TTL_S, Customer, World
from tests.support.builders import an_upstream_programme
from tests.support.fakes import FakeSecrets
from tests.support.loyalty_system import FAULTS, NEVER_SENT, NO_FAULT, Fault, LoyaltySystem
from tests.support.memory_ledger import MemoryLedger
from tests.support.upstream_loyalty import CAPABILITIES, FOREVER, Integrations, promises_keys
from tillbridge.domain.ledger.keys import MANUAL_SHARD, redemption_key
from tillbridge.domain.ledger.writes import Key, Write
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.errors import UpstreamError
from tillbridge.services.credentials import Credentials
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.resolve_calls import ResolveCalls
from tillbridge.services.tenant_system import TenantSystem
from tillbridge.services.upstream_points import UpstreamPoints
from tillbridge.services.upstream_redemptions import LegRunner, UpstreamRedemptions

MAX_PROCESSING_S = 20
# A zombie is done at last; a system that breaks its own promise takes longer than anybody waits.
_ZOMBIE_S = 60.0
_PROMISE_BROKEN_S = 3_000.0
_SILENT_FOR_S = 3.5
_ENDED_AFTER_S = 8.0
# The rest is certainly never sent.
_UNCLEAR_SHARE = 0.9

# Compiled once: a seed is short.
_RECORDS = Integrations(origin_of=lambda tenant_id: f"https://{tenant_id}.example.com")

_BIRTHS = {"unknown", "voided", "rejected"}
_MOVES = {
    ("unknown", "held"),
    ("unknown", "captured"),
    ("unknown", "rejected"),
    ("unknown", "voided"),
    ("held", "captured"),
    ("held", "voided"),
    ("held", "expired"),
    ("expired", "captured"),
    ("expired", "voided"),
    ("captured", "voided"),
}


class CheckedCalls(MemoryLedger):
    """A table that lets nothing wrong be written of what is kept elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.log: Callable[[str], None] = lambda _line: None

    def transact(self, writes: Sequence[Write]) -> None:
        before = {write.key: self.items.get(write.key) for write in writes}
        super().transact(writes)
        tenants = {key.pk.split("#")[1] for key in before}
        require(len(tenants) == 1, f"I12: one transaction touches tenants {tenants}")
        for key in before:
            self.log(f"written: {key.pk[2:]} {self.items[key]}")
            if key.sk == "R":
                self._check(key, before[key], self.items[key])

    def of_kind(self, sort_key: str) -> dict[Key, dict[str, Any]]:
        return {key: item for key, item in self.items.items() if key.sk == sort_key}

    def next_due_s(self) -> float | None:
        """When the index names anything next, but for what only a person can go on with."""
        times = [at for shard, at in self._due.values() if shard != MANUAL_SHARD]
        return datetime.fromisoformat(min(times)).timestamp() if times else None

    def _check(self, key: Key, before: Mapping[str, Any] | None, item: dict[str, Any]) -> None:
        state = item["state"]
        require(0 <= item["refundable"] <= item["points"], f"I6: {item}")
        legs = item.get("legs", [])
        waiting = [leg for leg in legs if leg["state"] in ("due", "sent", "unknown")]
        manual = any(leg["state"] == "manual" for leg in legs)
        has_time = "due_at" in item
        require(has_time or not (waiting or manual), f"I7: nobody looks at it again: {item}")
        if before is None:
            require(state in _BIRTHS, f"a redemption begins as {state}")
        elif before["state"] != state:
            require((before["state"], state) in _MOVES, f"{before['state']} becomes {state}: {key}")
        if "sale_ref" in item:
            self._check_register(key, item)

    def _check_register(self, key: Key, item: dict[str, Any]) -> None:
        """A live redemption has its sale."""
        tenant, rid = key.pk.split("#R#")
        sale = Key(f"{tenant}#N#{item['store_id']}#{item['sale_ref']}", item["account"])
        registered = self.items.get(sale, {})
        live = item["state"] in ("unknown", "held", "captured")
        is_own = registered.get("rid") == rid
        require(is_own or not live, f"a live redemption without its sale: {item}")
        require(not is_own or registered["closed"] != live, f"{registered} of {item}")


@dataclass
class _Late:
    """What a system does after it was given up, once."""

    due_s: float
    run: Callable[[], object] | None

    def __call__(self) -> None:
        run, self.run = self.run, None
        if run is not None:
            run()


@dataclass(frozen=True)
class UpstreamEnvironment:
    """See `world.Environment`."""

    redemptions: UpstreamRedemptions
    points: UpstreamPoints
    sweeper: ResolveCalls


class UpstreamWorld(World):
    """`capability` None lets the seed choose."""

    def __init__(
        self,
        seed: int,
        *,
        capability: str | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.systems: dict[str, LoyaltySystem] = {}
        self.rules: dict[str, UpstreamProgramme] = {}
        self.capabilities: dict[str, str] = {}
        self.overdrawn: dict[str, list[str]] = defaultdict(list)
        self.broke_promise: set[str] = set()
        self._late: list[_Late] = []
        self._decided_at_s: dict[greenlet, float] = {}
        self._capability = capability
        self._records = _RECORDS
        super().__init__(seed, log=log)

    def _new_table(self, _tenants: list[str]) -> CheckedCalls:
        return CheckedCalls()

    def _give_discounts(self) -> None:
        """What points buy is the systems' own affair."""

    def _open_for(self, customer: Customer) -> None:
        tenant = customer.tenant
        if tenant not in self.systems:
            self._open(tenant)
        self.systems[tenant].balances[customer.name] = self.rng.choice((0, 40, 100, 400))
        customer.expected = self.systems[tenant].balances[customer.name]

    def _open(self, tenant: str) -> None:
        rng = self.rng
        name = self._capability or rng.choice(list(CAPABILITIES))
        self.capabilities[tenant] = name
        self.rules[tenant] = an_upstream_programme(
            capability=CAPABILITIES[name],
            reverse=rng.choice(("by_tx", "by_ref")),
            partial_reverse=True,
            credits=rng.random() < 0.5,
            max_processing_s=MAX_PROCESSING_S,
            hold_ttl_s=HOLD_TTL_S,
            may_overdraw=rng.random() < 0.3,
        )
        refuses = rng.choice((0.0, 0.0, 0.1))
        self.systems[tenant] = LoyaltySystem(
            lambda: self.scheduler.now_s,
            honours_keys=promises_keys(CAPABILITIES[name]),
            may_overdraw=self.rules[tenant].rules.may_overdraw,
            reverses=lambda: rng.random() >= refuses,
            fault=lambda operation: self._fault(operation),
            later=lambda run, reference: self._do_late(run, self._lateness_s(tenant, reference)),
            before=self._arrive,
            after=self._leave,
            overdrawn=self.overdrawn[tenant].append,
        )

    def _fault(self, operation: str) -> Fault:
        if not self.weather.strikes():
            return NO_FAULT
        fault = self.rng.choice(FAULTS) if self.rng.random() < _UNCLEAR_SHARE else NEVER_SENT
        if operation in ("loyalty_balance", "loyalty_query"):
            # Asking has no effect. What is well formed and false is no fault but a lie.
            is_lie = fault.name.startswith("an empty list") or not _is_upstreams(fault)
            return Fault(fault.name, "never", None if is_lie else fault.answer)
        return fault

    def _lateness_s(self, tenant: str, reference: str) -> float:
        """What a system does so late that nobody could know is looked for once more: of what a till
        waited for, not of what made it good, or of an order."""
        is_tills = "-" not in reference and not self._is_accrual(tenant, reference)
        is_querys = self.capabilities[tenant] == "query"
        is_honest = not (is_tills and is_querys) or self.rng.random() < 0.9
        if is_honest:
            return self.rng.random() * _ZOMBIE_S + 0.01
        self.broke_promise.add(tenant)
        return self.rng.random() * _PROMISE_BROKEN_S + 0.01

    def _do_late(self, run: Callable[[], object], lateness_s: float) -> None:
        late = _Late(self.scheduler.now_s + lateness_s, run)
        self._late.append(late)
        self.scheduler.spawn(late, lateness_s)

    def pass_time(self, seconds: float) -> None:
        """Whatever stands still here, systems do in time what they have promised to."""
        for late in sorted(self._late, key=lambda each: each.due_s):
            if late.due_s <= self.scheduler.now_s + seconds:
                late()
        super().pass_time(seconds)

    def _is_accrual(self, tenant: str, reference: str) -> bool:
        return "order_ref" in self.table.items[redemption_key(tenant, reference)]

    def _arrive(self) -> None:
        self.scheduler.hand_over()
        # One that has slept between deciding to send and sending is ended, as Lambda does.
        slept_s = self.scheduler.now_s - self._decided_at_s.get(getcurrent(), self.scheduler.now_s)
        if slept_s > _ENDED_AFTER_S or self.weather.strikes(0.1):
            raise Crashed

    def _leave(self, fault: Fault) -> None:
        if fault.name.startswith("silence"):
            self.scheduler.sleep(_SILENT_FOR_S)
        else:
            self.scheduler.sleep(self.rng.random() * 0.5 + 0.01)
        if self.weather.strikes(0.1):
            raise Crashed

    def _environment(self, skew_s: float) -> UpstreamEnvironment:
        scheduler, rng = self.scheduler, self.rng

        def now_s() -> float:
            """What an execution decides by from here on."""
            self._decided_at_s[getcurrent()] = scheduler.now_s
            return scheduler.now_s + skew_s

        def pause(failures: int) -> None:
            scheduler.sleep(rng.random() * 0.02 * 2**failures)

        ledger = Ledger(self.store, pause, clock_s=lambda: scheduler.now_s + skew_s)
        calls = LoyaltyCalls(
            self._records, TenantSystem(self._exchange, Credentials(FakeSecrets(), self._exchange))
        )

        def programme(tenant_id: str) -> UpstreamProgramme:
            return self.rules[tenant_id]

        return UpstreamEnvironment(
            UpstreamRedemptions(ledger, programme, calls, FOREVER, now_s),
            UpstreamPoints(ledger, programme, calls, FOREVER, now_s),
            ResolveCalls(LegRunner(ledger, calls, now_s), self.store.due, programme, now_s),
        )

    def _exchange(self, request: Any, deadline: Any) -> Any:
        """To the system that has the customer: customers' names say whose they are."""
        tenant = request.url.partition("//")[2].partition(".")[0]
        return self.systems[tenant](request, deadline)


def _is_upstreams(fault: Fault) -> bool:
    return not isinstance(fault.answer, Exception) or isinstance(fault.answer, UpstreamError)


def tally(world: UpstreamWorld) -> dict[str, list[int]]:
    """By capability: redemptions; how many of them only a person can go on with; and of how many of
    those it is not even known whether the points were taken."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, item in world.table.of_kind("R").items():
        if not item.get("legs") or "order_ref" in item:
            continue
        count = counts[world.capabilities[key.pk.split("#")[1]]]
        count[0] += 1
        count[1] += any(leg["state"] == "manual" for leg in item["legs"])
        count[2] += item["legs"][0]["state"] == "manual"
    return dict(counts)
