"""What customer lookup runs on: live records, secrets, and the tenants' systems."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.adapters.outbound_http import OutboundHttp
from tillbridge.adapters.secrets import Secrets, secrets_manager_client
from tillbridge.entrypoint.observability import count_drift
from tillbridge.entrypoint.settings import settings
from tillbridge.services.credentials import Credentials
from tillbridge.services.look_up_customers import LookUpCustomers
from tillbridge.services.tenant_system import TenantSystem


@cache
def look_up_customers() -> LookUpCustomers:
    records = LiveRecords(dynamodb_client(), settings().tenants_table)
    secrets = Secrets(secrets_manager_client(), settings().secrets_prefix)
    http = OutboundHttp(allowed_private_origins=settings().allowed_private_origins)
    system = TenantSystem(http.send, Credentials(secrets.read, http.send), count_drift=count_drift)
    return LookUpCustomers(records.profile, records.integration, system)
