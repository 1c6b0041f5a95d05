"""The ports of `services/ports.py`, in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tillbridge.domain.credential import Secret
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Settings
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.drafts import Draft, DraftKey, Judgement, Turn
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration import Integration
from tillbridge.domain.limits import Deadline
from tillbridge.domain.pos_key import PosKeyRecord
from tillbridge.domain.programme import Programme, RewardRecord
from tillbridge.domain.shop import Shop
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import CustomerNotFound, NotConfigured, SecretUnavailable, TillbridgeError


class FakeExchange:
    """A tenant's system that answers or fails by a script, its last line again and again, and
    remembers what it was sent and until when it had to answer."""

    def __init__(self, *script: UpstreamAnswer | TillbridgeError) -> None:
        self._script = script
        self.requests: list[OutboundRequest] = []
        self.deadlines: list[Deadline] = []

    def __call__(self, request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        outcome = self._script[min(len(self.requests), len(self._script) - 1)]
        self.requests.append(request)
        self.deadlines.append(deadline)
        if isinstance(outcome, TillbridgeError):
            raise outcome
        return outcome


@dataclass
class FakeProfiles:
    """Tenants' profiles by tenant."""

    profiles: dict[str, TenantProfile]

    def __call__(self, tenant_id: str) -> TenantProfile:
        if tenant_id not in self.profiles:
            raise NotConfigured
        return self.profiles[tenant_id]


@dataclass
class FakeProgrammes:
    """Tenants' loyalty programmes by tenant."""

    programmes: dict[str, Programme] = field(default_factory=dict)

    def __call__(self, tenant_id: str) -> Programme:
        if tenant_id not in self.programmes:
            raise NotConfigured
        return self.programmes[tenant_id]


@dataclass
class FakeDiscounts:
    """Tenants' live campaigns by tenant."""

    discounts: dict[str, Discounts] = field(default_factory=dict)

    def __call__(self, tenant_id: str) -> Discounts:
        return self.discounts.get(tenant_id, Discounts(Campaigns(()), Settings()))

    def run(self, tenant_id: str, *campaigns: Mapping[str, Any], **settings: Any) -> None:
        """These campaigns are live from now on."""
        records = Campaigns(map(Campaign.model_validate, campaigns))
        self.discounts[tenant_id] = Discounts(records, Settings(**settings))


@dataclass
class FakeRewards:
    """Tenants' rewards by tenant."""

    rewards: dict[str, tuple[RewardRecord, ...]] = field(default_factory=dict)

    def __call__(self, tenant_id: str) -> tuple[RewardRecord, ...]:
        return self.rewards.get(tenant_id, ())


@dataclass
class FakeIntegrations:
    """Tenants' integrations by tenant and operation."""

    integrations: Mapping[tuple[str, str], Integration]

    def __call__(self, tenant_id: str, operation: str) -> Integration:
        if (tenant_id, operation) not in self.integrations:
            raise NotConfigured(operation=operation)
        return self.integrations[tenant_id, operation]


@dataclass
class FakeOwnIds:
    """A merchant's identifiers by Shopify's numbers, from a system that fails as long as there is a
    `failure`."""

    own_ids: dict[str, str] = field(default_factory=dict)
    failure: TillbridgeError | None = None

    def __call__(self, _tenant_id: str, customer_id: str, _deadline: Deadline) -> str:
        if self.failure is not None:
            raise self.failure
        if customer_id not in self.own_ids:
            raise CustomerNotFound
        return self.own_ids[customer_id]


@dataclass
class FakeSecrets:
    """Tenants' secrets by tenant and name."""

    secrets: Mapping[tuple[str, str], Secret] = field(default_factory=dict)

    def __call__(self, tenant_id: str, name: str) -> Secret:
        if (tenant_id, name) not in self.secrets:
            raise SecretUnavailable
        return self.secrets[tenant_id, name]


@dataclass
class FakePosKeys:
    """POS keys by tenant and key id, from a table that answers or from memory."""

    records: Mapping[tuple[str, str], PosKeyRecord]
    remembered: bool = False

    def __call__(self, tenant_id: str, key_id: str) -> tuple[PosKeyRecord | None, bool]:
        return self.records.get((tenant_id, key_id)), self.remembered


@dataclass
class FakeShops:
    """Shops by domain, from a table that answers or from memory."""

    shops: Mapping[str, Shop]
    remembered: bool = False

    def __call__(self, domain: str) -> tuple[Shop | None, bool]:
        return self.shops.get(domain), self.remembered


@dataclass
class FakeAppSecrets:
    """Apps' client secrets: what is remembered, and what is found when they are read anew."""

    apps: Mapping[str, tuple[str, ...]]
    rotated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, client_id: str, *, anew: bool = False) -> tuple[str, ...]:
        known = {**self.apps, **self.rotated} if anew else self.apps
        return known.get(client_id, ())


@dataclass
class FakeClock:
    """A clock that moves when a test says so."""

    now_s: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


class Killed(BaseException):
    """The process ends here."""


class FakeDraftStore:
    """`ports.DraftStore` in memory, with the conditions of the table: reads are consistent, a
    conclusion is all or nothing and fails when its turn is over. `before` runs before each call,
    and `after_conclusion` when one is written, so that a test can let things happen in between."""

    def __init__(self) -> None:
        self.drafts: dict[DraftKey, Draft] = {}
        self.live: dict[DraftKey, Draft] = {}
        self.turns: dict[DraftKey, Turn] = {}
        self.versions: dict[tuple[DraftKey, str], Judgement] = {}
        self.before: Callable[[], None] = lambda: None
        self.after_conclusion: Callable[[], None] = lambda: None

    def turn(self, key: DraftKey) -> Turn:
        self.before()
        return self.turns.get(key, Turn())

    def draft(self, key: DraftKey) -> Draft | None:
        self.before()
        return self.drafts.get(key)

    def conclude(self, key: DraftKey, turn: Turn, judgement: Judgement | None) -> bool:
        self.before()
        if self.turns.get(key, Turn()) != turn:
            return False
        live_hash = turn.live_hash
        if judgement is None:
            self.live.pop(key, None)
            live_hash = None
        else:
            self.versions[key, judgement.draft.content_hash] = judgement
            if judgement.verdict == "good":
                self.live[key] = judgement.draft
                live_hash = judgement.draft.content_hash
        self.turns[key] = Turn(turn.number + 1, live_hash)
        self.after_conclusion()
        return True

    def note(self, key: DraftKey, judgement: Judgement) -> None:
        self.before()
        self.versions[key, judgement.draft.content_hash] = judgement
