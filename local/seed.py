"""Demo tenants into the deployed tables: live records that passed their own examples, secrets bound
to the demo CRM's origin, and a fresh POS key each."""

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from local.demo_tenants import DEMO_TENANTS, DemoTenant
from local.emulator import Emulator
from local.errors import LocalStackError
from tillbridge.domain.caller import PosKey, Scope
from tillbridge.domain.record_check import faults_of
from tillbridge.domain.tenant import TenantProfile

SECRETS_PREFIX = "tillbridge/dev"
_KEY_LIVES_S = 30 * 24 * 3_600


def seed(emulator: Emulator, table: str, demo_crm: str) -> dict[str, PosKey]:
    """All demo tenants; a POS key for each by tenant id."""
    return {
        tenant.tenant_id: _seed_tenant(emulator, table, tenant, demo_crm) for tenant in DEMO_TENANTS
    }


def _seed_tenant(emulator: Emulator, table: str, tenant: DemoTenant, demo_crm: str) -> PosKey:
    tenant_id = tenant.tenant_id
    profile = tenant.profile()
    TenantProfile.model_validate(profile)
    put_item(emulator, table, f"LIVE#{tenant_id}#", "PROFILE", profile)
    for record in tenant.integrations(demo_crm):
        if faults := faults_of(record, frozenset({demo_crm})):
            lines = "; ".join(map(str, faults))
            raise LocalStackError(f"{tenant_id}'s record must not go live: {lines}")
        put_item(
            emulator, table, f"LIVE#{tenant_id}#", f"INTEGRATION#{record['operation']}", record
        )
    for name, value in tenant.secrets.items():
        put_secret(emulator, tenant_id, name, value, [demo_crm])
    return create_key(emulator, table, tenant_id)


def put_item(emulator: Emulator, table: str, pk: str, sk: str, content: Mapping[str, Any]) -> None:
    """Write one item; its content is JSON-like data."""
    item = json.loads(json.dumps(content), parse_float=Decimal)
    serialize = TypeSerializer().serialize
    emulator.client("dynamodb").put_item(
        TableName=table, Item={n: serialize(v) for n, v in {"pk": pk, "sk": sk, **item}.items()}
    )


def put_secret(
    emulator: Emulator, tenant_id: str, name: str, value: str, origins: list[str]
) -> None:
    """Store a tenant's secret with the origins that it may be sent to."""
    emulator.client("secretsmanager").create_secret(
        Name=f"{SECRETS_PREFIX}/{tenant_id}/{name}",
        SecretString=json.dumps({"value": value, "origins": origins}),
    )


def create_key(
    emulator: Emulator,
    table: str,
    tenant_id: str,
    scopes: frozenset[Scope] = frozenset({Scope.LOOKUP, Scope.REDEEM, Scope.DISCOUNT}),
    **changes: Any,
) -> PosKey:
    """A new POS key of the tenant's; `changes` are attributes of its record."""
    key = PosKey.mint(tenant_id)
    record = {
        "secret_sha256": key.digest,
        "principal": "demo-pos",
        "channel": "pos",
        "scopes": sorted(scopes),
        "expires_at_s": int(time.time()) + _KEY_LIVES_S,
        "revoked": False,
    }
    put_item(emulator, table, f"KEY#{tenant_id}#", key.key_id, record | changes)
    return key
