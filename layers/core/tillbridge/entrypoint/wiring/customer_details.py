"""What the customer's screen runs on: live records, the tenants' systems and the ledger's table."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.ledger import Ledger
from tillbridge.services.points import Points
from tillbridge.services.serve_customer import ServeCustomer
from tillbridge.services.shopify_customers import ShopifyCustomers
from tillbridge.services.show_customer import ShowCustomer


@cache
def show_customer() -> ShowCustomer:
    points = Points(Ledger(_table()), _records().programme, _table().entries)
    return ShowCustomer(
        _records().profile,
        _records().integration,
        tenant_system(),
        _records().any_programme,
        points.standing,
        _records().rewards,
        serve_customer().last_interactions,
        LiveCampaigns(dynamodb_client(), settings().tenants_table, _records().profile),
    )


@cache
def serve_customer() -> ServeCustomer:
    return ServeCustomer(
        _records().profile,
        _records().integration,
        tenant_system(),
        Ledger(_table()),
        _table().entries,
    )


@cache
def shopify_customers() -> ShopifyCustomers:
    return ShopifyCustomers(_records().profile, _records().integration, tenant_system())


@cache
def _records() -> LiveRecords:
    return LiveRecords(dynamodb_client(), settings().tenants_table)


@cache
def _table() -> LedgerTable:
    # One try each: whoever decides tries again by itself, within the till's patience.
    return LedgerTable(dynamodb_client(attempts=1), settings().ledger_table)
