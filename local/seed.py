"""Demo tenants into the deployed tables: records as drafts, which the deployed config guard makes
live, secrets bound to the demo CRM's origin, and a fresh POS key each."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from local.demo_tenants import DEMO_TENANTS, DemoTenant
from local.emulator import Emulator
from local.errors import LocalStackError
from tillbridge.domain.caller import PosKey, Scope
from tools.operator_store import OperatorStore

SECRETS_PREFIX = "tillbridge/dev"
SHOPIFY_APPS = "tillbridge-apps/dev/shopify"
_KEY_LIVES_S = 30 * 24 * 3_600
# The guard's first start on a busy machine.
_JUDGED_WITHIN_S = 60


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


def _records(tenant: DemoTenant, demo_crm: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "PROFILE", tenant.profile()
    if (programme := tenant.programme()) is not None:
        yield "PROGRAM", programme
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
    _store(emulator, table).put_item(pk, sk, content)


def put_secret(
    emulator: Emulator, tenant_id: str, name: str, value: str, origins: list[str]
) -> None:
    """Store a tenant's secret with the origins that it may be sent to."""
    _store(emulator).put_secret(tenant_id, name, value, origins)


def create_key(
    emulator: Emulator,
    table: str,
    tenant_id: str,
    scopes: frozenset[Scope] = frozenset(
        {Scope.LOOKUP, Scope.REDEEM, Scope.DISCOUNT, Scope.ADJUST, Scope.SERVICE}
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
    _store(emulator, table).put_key(key, record | changes)
    return key


def _store(emulator: Emulator, table: str = "") -> OperatorStore:
    clients = (emulator.client("dynamodb"), emulator.client("secretsmanager"))
    return OperatorStore(*clients, table, SECRETS_PREFIX, SHOPIFY_APPS)
