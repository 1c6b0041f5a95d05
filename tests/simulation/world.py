"""A merchants' world for one seed: environments with wrong clocks, the gateway in front of them,
and what is known outside of the table of every sale, order and adjustment."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.simulation import campaigns
from tests.simulation.faults import Crashed, FaultyStore, Weather
from tests.simulation.invariants import CheckedLedger
from tests.simulation.scheduler import Box, Scheduler
from tests.simulation.violation import Violation, require
from tests.support.applications import nobodys_facts
from tests.support.builders import a_caller, a_profile, a_programme
from tests.support.fakes import FakeDiscounts, FakeProfiles, FakeProgrammes, FakeRewards
from tests.support.loyalty import NOON_S
from tillbridge.domain.applications.application import Applied
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.keys import account_id, account_key
from tillbridge.domain.ledger.redemption import Receipt
from tillbridge.domain.limits import Deadline
from tillbridge.errors import (
    LedgerInconsistent,
    LoyaltyError,
    RecordsUnavailable,
    TillbridgeError,
    Undecided,
    UpstreamError,
)
from tillbridge.services.applications import Applications
from tillbridge.services.ask_discounts import AskDiscounts
from tillbridge.services.expire_holds import ExpireHolds
from tillbridge.services.ledger import Ledger
from tillbridge.services.points import Points
from tillbridge.services.redemptions import Redemptions

HOLD_TTL_S = 900
_PATIENCE_S = 5.0
_SKEWS_S = (-5.0, -1.5, 0.0, 2.0, 5.0)
FOREVER = Deadline(float("inf"))

# What a till takes for no answer.
UNANSWERED = (Undecided, RecordsUnavailable, UpstreamError)
# So long a window that nothing is dropped: what counts is what orders have left of it.
_TIERS = {"window_months": 36, "levels": [{"code": "gold", "label": "Gold", "points": 100}]}
_ZONES = ("UTC", "Europe/Copenhagen", "Pacific/Auckland")


@dataclass(frozen=True)
class Environment:
    """One of the function's execution environments, with a clock of its own."""

    applications: Applications
    redemptions: Redemptions
    points: Points
    sweeper: ExpireHolds


Operation = Callable[[Environment], Any]


@dataclass
class Customer:
    """`expected` is what the tills were told of the balance; only what expires is not in it."""

    tenant: str
    name: str
    expected: int = 0


@dataclass
class Sale:
    """`given` and `returned` say by redemption how many points were given off, and went back to the
    customer; of what is in `off` nothing counts any more, since the customer pays in full. Once
    the sale `is_off` that is so of `burnt` as well, whose ids its void may not have named."""

    customer: Customer
    ref: str
    store: str = "shop"
    given: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    burnt: set[str] = field(default_factory=set)
    is_over: bool = False
    is_off: bool = False

    @property
    def discount(self) -> int:
        """What stands, in points."""
        undone = self.off | self.burnt if self.is_off else self.off
        return sum(self.left_of(rid) for rid in self.given if rid not in undone)

    def left_of(self, rid: str) -> int:
        return self.given[rid] - self.returned.get(rid, 0)


@dataclass
class DiscountSale:
    """`told` is what tills were told of an application, `points` what it took of them; of those in
    `given` the customer had the discounts, and `returned` some of the goods by line since, for what
    is `refunded`."""

    customer: Customer
    ref: str
    store: str = "shop"
    told: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    points: dict[str, int] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    returned: dict[str, dict[str, int]] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    is_over: bool = False


class World:
    def __init__(self, seed: int, *, log: Callable[[str], None] | None = None) -> None:
        # The sweeper's order of shards, and nothing else.
        random.seed(seed)
        self.rng = rng = random.Random(seed)
        self.weather = Weather(rng, rng.choice((0.0, 0.05, 0.15, 0.3)))
        self.scheduler = Scheduler(rng, NOON_S + rng.random() * 86_400)
        tenants = [f"tenant-{number}" for number in range(rng.randint(1, 2))]
        self.table = self._new_table(tenants)
        self.store = FaultyStore(self.table, self.scheduler, self.weather)
        self.log = log or _say_nothing
        self.table.log = self.log
        self.operations = 0
        self.sales: list[Sale] = []
        self.discount_sales: list[DiscountSale] = []
        self.programmes = FakeProgrammes()
        self.discounts, self.profiles = FakeDiscounts(), FakeProfiles({})
        self.rewards = FakeRewards()
        self.customers = [
            Customer(tenant, f"customer-{number}")
            for tenant in tenants
            for number in range(rng.randint(1, 2))
        ]
        for customer in self.customers:
            self._open_for(customer)
        self._give_discounts()
        self.environments = [self._environment(skew_s) for skew_s in _SKEWS_S]
        self._sent: list[Callable[[], None]] = []
        self._told: dict[tuple[str, str], set[bool]] = defaultdict(set)

    def _new_table(self, tenants: list[str]) -> Any:
        return CheckedLedger(
            lambda: self.scheduler.now_s, campaigns.LIMITS, campaigns.counted_before(tenants)
        )

    def _open_for(self, customer: Customer) -> None:
        """The customer's merchant runs a programme."""
        rules = {
            "hold_ttl_s": HOLD_TTL_S,
            "points_good_for_days": self.rng.choice((None, 1, 20)),
            "refund_grace_days": self.rng.choice((0, 30)),
            "tiers": _TIERS,
        }
        programme = replace(a_programme(**rules), time_zone=self.rng.choice(_ZONES))
        self.programmes.programmes.setdefault(customer.tenant, programme)

    def _give_discounts(self) -> None:
        for tenant, programme in self.programmes.programmes.items():
            self.discounts.run(tenant, *campaigns.CAMPAIGNS, time_zone=programme.time_zone)
            self.profiles.profiles[tenant] = a_profile(
                pseudonym_key=programme.pseudonym_key, time_zone=programme.time_zone
            )

    def new_name(self, kind: str) -> str:
        return f"{kind}-{self.rng.getrandbits(64):016x}"

    def call(self, what: str, operation: Operation) -> Any:
        """One request as a till sends it: its answer, a `LoyaltyError` where that is no, None when
        it cannot be told. It may be lost, late, doubled, or run on when nobody listens any more."""
        box, weather = Box(), self.weather
        environment = self.rng.choice(self.environments)

        def run() -> None:
            self._invoke(what, environment, operation, box)

        self._sent.append(run)
        patience_s = _PATIENCE_S
        if not weather.strikes(0.5):
            self.scheduler.spawn(run)
        elif weather.strikes():
            self.log(f"{what}: lost on the way")
        else:
            self.scheduler.spawn(run, self.rng.expovariate(0.3))
            patience_s = self.rng.random() * 2
        if weather.strikes(0.5):
            self.scheduler.spawn(run, self.rng.expovariate(0.3))
        answer = self.scheduler.wait(box, patience_s)
        if answer is None:
            self.log(f"{what}: no answer")
        return None if isinstance(answer, UNANSWERED) else answer

    def insist(self, what: str, operation: Operation) -> Any:
        """A request that a till has written down, sent until it is answered."""
        while (answer := self.call(what, operation)) is None:
            self.scheduler.sleep(self.rng.random() * 3)
        return answer

    def sweep(self) -> None:
        """One run of the sweeper, which may be killed anywhere."""
        environment = self.rng.choice(self.environments)
        self._invoke("sweep", environment, lambda env: env.sweeper(FOREVER), Box())

    def pass_time(self, seconds: float) -> None:
        """All at once, for everybody."""
        self.scheduler.now_s += seconds

    def repeat(self) -> None:
        """Requests from before arrive once more, long after they were answered."""
        for run in self.rng.sample(self._sent, min(len(self._sent), 12)):
            self.scheduler.spawn(run)

    def remember(self, customer: Customer, key: str, *, accepted: bool) -> None:
        """What a till was told of a key (I5)."""
        told = self._told[customer.tenant, key]
        told.add(accepted)
        require(len(told) == 1, f"I5: {key} was accepted, and rejected")

    def account_of(self, customer: Customer) -> tuple[Account, int]:
        """The account as it is in the table, and how many points have expired in it."""
        pseudonym = account_id("k" * 32, customer.name)
        key = account_key(customer.tenant, pseudonym)
        item = self.table.items.get(key)
        expired = sum(
            entry["delta"]
            for place, entry in self.table.items.items()
            if place.pk == key.pk and place.sk.startswith("E#expire#")
        )
        return (Account() if item is None else Account.of(item)), expired

    def _environment(self, skew_s: float) -> Any:
        scheduler, rng = self.scheduler, self.rng

        def now_s() -> float:
            return scheduler.now_s + skew_s

        def pause(failures: int) -> None:
            scheduler.sleep(rng.random() * 0.02 * 2**failures)

        ledger = Ledger(self.store, pause, clock_s=now_s)
        ask = AskDiscounts(self.discounts, self.profiles, nobodys_facts())
        return Environment(
            Applications(ledger, ask, self.profiles, self.programmes, self.rewards, now_s),
            Redemptions(ledger, self.programmes, self.rewards, now_s),
            Points(ledger, self.programmes, self.table.entries, now_s),
            ExpireHolds(ledger, self.store.due, self.programmes, now_s),
        )

    def _invoke(self, what: str, environment: Environment, operation: Operation, box: Box) -> None:
        self.operations += 1
        self.log(f"{what}: begins")
        try:
            answer = operation(environment)
        except Crashed:
            self.log(f"{what}: crashed")
            return
        except (LoyaltyError, *UNANSWERED) as error:
            answer = error
        except LedgerInconsistent as error:
            raise Violation(f"the ledger contradicts itself in {what}") from error
        except TillbridgeError as error:
            raise Violation(f"no till asked for this: {what}: {error!r}") from error
        self.log(f"{what}: {_in_short(answer)}")
        box.put(answer, self.scheduler)


def caller_of(customer: Customer) -> Any:
    return a_caller(tenant_id=customer.tenant)


def _in_short(answer: Any) -> str:
    if isinstance(answer, TillbridgeError):
        return answer.code
    match answer:
        case Receipt(redemption=redemption):
            return f"{redemption.redemption_id} {redemption.state}"
        case Applied(application=application):
            return f"{application.application_id} {application.state}"
    return str(answer)


def _say_nothing(_line: str) -> None:
    """Where nobody reads it."""
