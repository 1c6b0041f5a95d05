"""What sales are counted on: the ledger's table, the tenants' live programmes, and their systems,
which know whose number at Shopify is whose."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.count_sales import CountSales
from tillbridge.services.ledger import Ledger
from tillbridge.services.shopify_customers import ShopifyCustomers


@cache
def count_sales() -> CountSales:
    # One try each: what fails comes again by itself.
    client = dynamodb_client(attempts=1)
    records = LiveRecords(client, settings().tenants_table)
    customers = ShopifyCustomers(records.profile, records.integration, tenant_system())
    table = LedgerTable(client, settings().ledger_table)
    return CountSales(Ledger(table), records.any_programme, customers.of_shopify, table.sort_keys)
