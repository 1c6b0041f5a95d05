"""What customer lookup runs on: live records, the tenants' systems and, for merchants who ask for
it, the ledger."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.look_up_customers import LookUpCustomers, TellStatus


@cache
def look_up_customers() -> LookUpCustomers:
    records = LiveRecords(dynamodb_client(), settings().tenants_table)
    return LookUpCustomers(records.profile, records.integration, tenant_system(), _tell_status)


def _tell_status() -> TellStatus:
    # Imported by who needs it: it would be a cold start's for nothing.
    from tillbridge.entrypoint.wiring.status import tell_status

    return tell_status()
