"""What customer lookup runs on: live records and the tenants' systems."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.look_up_customers import LookUpCustomers


@cache
def look_up_customers() -> LookUpCustomers:
    records = LiveRecords(dynamodb_client(), settings().tenants_table)
    return LookUpCustomers(records.profile, records.integration, tenant_system())
