"""Demo tenants into the deployed tables: records as drafts, which the deployed config guard makes
live, secrets bound to the demo CRM's origin, a fresh POS key each, and a shop of Shopify's."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from secrets import token_hex
from typing import Any

from local.demo_tenants import DEMO_TENANTS, DemoTenant
from local.emulator import Emulator
from local.errors import LocalStackError
from tillbridge.domain.caller import Scope
from tillbridge.domain.pos_key import PosKey
from tools.operator_store import OperatorStore

SECRETS_PREFIX = "tillbridge/dev"
SHOPIFY_APPS = "tillbridge-apps/dev/shopify"
_KEY_LIVES_S = 30 * 24 * 3_600
# The guard's first start on a busy machine.
_JUDGED_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A demo tenant's shop at Shopify, and the app that it has installed."""

    domain: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)

    def description(self) -> dict[str, str]:
        return asdict(self)


def seed(emulator: Emulator, table: str, demo_crm: str) -> dict[str, PosKey]:
    """All demo tenants; a POS key for each by tenant id."""
    keys = {}
    drafts: list[tuple[str, str]] = []
    for tenant in DEMO_TENANTS:
        tenant_id = tenant.tenant_id
        # Before the records that name them: a record is judged as soon as it is written.
        for name, value in tenant.secrets.items():
            put_secret(emulator, tenant_id, name, value, [demo_crm])
        for name, record in _records(tenant, demo_crm):
            put_item(emulator, table, f"TENANT#{tenant_id}#", name, record)
            drafts.append((tenant_id, name))
        keys[tenant_id] = create_key(emulator, table, tenant_id)
    for tenant_id, name in drafts:
        latest = wait_for_verdict(emulator, table, tenant_id, name)
        if latest["verdict"]["S"] != "good":
            reasons = json.dumps(latest["reasons"], ensure_ascii=False)
            raise LocalStackError(f"{tenant_id}'s {name} was not made live: {reasons}")
    return keys


def create_shop(emulator: Emulator, table: str, domain: str, tenant_id: str) -> DemoShop:
    """A shop of the tenant's, with an app of its own."""
    store = operator_store(emulator, table)
    shop = DemoShop(domain, tenant_id, token_hex(16), f"shpss_{token_hex(16)}")
    store.put_app_secret(shop.client_id, shop.client_secret)
    store.add_shop(domain, {"tenant_id": tenant_id, "client_id": shop.client_id})
    return shop


def seed_shop(emulator: Emulator, table: str) -> DemoShop:
    """The shop of the demo tenant that has one."""
    shops = [(one.shop, one.tenant_id) for one in DEMO_TENANTS if one.shop is not None]
    ((domain, tenant_id),) = shops
    return create_shop(emulator, table, domain, tenant_id)


def _records(tenant: DemoTenant, demo_crm: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "PROFILE", tenant.profile()
    if (programme := tenant.programme()) is not None:
        yield "PROGRAM", programme
    for reward in tenant.rewards():
        yield f"REWARD#{reward['id']}", reward
    if (account := tenant.customer_account()) is not None:
        yield "CUSTOMER_ACCOUNT", account
    if (discounts := tenant.discounts()) is not None:
        yield "DISCOUNTS", discounts
    for campaign in tenant.campaigns():
        yield f"CAMPAIGN#{campaign['id']}", campaign
    for record in tenant.integrations(demo_crm):
        yield f"INTEGRATION#{record['operation']}", record


def wait_for_verdict(
    emulator: Emulator, table: str, tenant_id: str, name: str, after_turn: int = 0
) -> dict[str, Any]:
    """The last judgement of a record, in DynamoDB's form, once there is one later than the turn."""
    dynamodb = emulator.client("dynamodb")
    key = {"pk": {"S": f"VERSION#{tenant_id}#"}, "sk": {"S": f"LATEST#{name}"}}
    give_up_s = time.monotonic() + _JUDGED_WITHIN_S
    while time.monotonic() < give_up_s:
        item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        if item is not None and int(item["turn"]["N"]) > after_turn:
            return dict(item)
        time.sleep(0.02)
    raise LocalStackError(f"{tenant_id}'s {name} got no verdict in {_JUDGED_WITHIN_S} s.")


def put_item(emulator: Emulator, table: str, pk: str, sk: str, content: Mapping[str, Any]) -> None:
    """Write one item; its content is JSON-like data."""
    operator_store(emulator, table).put_item(pk, sk, content)


def put_secret(
    emulator: Emulator, tenant_id: str, name: str, value: str, origins: list[str]
) -> None:
    """Store a tenant's secret with the origins that it may be sent to."""
    operator_store(emulator).put_secret(tenant_id, name, value, origins)


def create_key(
    emulator: Emulator,
    table: str,
    tenant_id: str,
    scopes: frozenset[Scope] = frozenset(
        {Scope.LOOKUP, Scope.REDEEM, Scope.EARN, Scope.DISCOUNT, Scope.ADJUST, Scope.SERVICE}
    ),
    **changes: Any,
) -> PosKey:
    """A new POS key of the tenant's; `changes` are attributes of its record."""
    key = PosKey.mint(tenant_id)
    record = {
        "principal": "demo-pos",
        "channel": "pos",
        "scopes": sorted(scopes),
        "expires_at_s": int(time.time()) + _KEY_LIVES_S,
        "revoked": False,
    }
    operator_store(emulator, table).put_key(key, record | changes)
    return key


def operator_store(emulator: Emulator, table: str = "") -> OperatorStore:
    """What an operator writes with; without a table, secrets alone."""
    clients = (emulator.client("dynamodb"), emulator.client("secretsmanager"))
    return OperatorStore(*clients, table, SECRETS_PREFIX, SHOPIFY_APPS)
