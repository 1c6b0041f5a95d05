"""What discounts run on: the tenants' live campaigns, and what is known of their customers."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring.ledger import points
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.customer_discounts import CustomerDiscounts
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import EvaluateDiscounts


@cache
def evaluate_discounts() -> EvaluateDiscounts:
    return EvaluateDiscounts(_campaigns(), customer_facts())


@cache
def customer_discounts() -> CustomerDiscounts:
    return CustomerDiscounts(_campaigns(), customer_facts())


@cache
def customer_facts() -> CustomerFacts:
    return CustomerFacts(_records().integration, tenant_system(), points().standing)


@cache
def _campaigns() -> LiveCampaigns:
    return LiveCampaigns(dynamodb_client(), settings().tenants_table, _records().profile)


@cache
def _records() -> LiveRecords:
    return LiveRecords(dynamodb_client(), settings().tenants_table)
