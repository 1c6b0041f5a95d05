"""What discounts run on: the tenants' live campaigns, what is known of their customers, and the
ledger, which counts what is limited."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring.ledger import ledger, points
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.applications import Applications
from tillbridge.services.ask_discounts import AskDiscounts
from tillbridge.services.customer_discounts import CustomerDiscounts
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import EvaluateDiscounts


@cache
def evaluate_discounts() -> EvaluateDiscounts:
    return EvaluateDiscounts(_ask(), ledger())


@cache
def applications() -> Applications:
    records = _records()
    return Applications(ledger(), _ask(), records.profile, records.any_programme, records.rewards)


@cache
def customer_discounts() -> CustomerDiscounts:
    return CustomerDiscounts(_campaigns(), customer_facts())


@cache
def customer_facts() -> CustomerFacts:
    return CustomerFacts(_records().integration, tenant_system(), points().standing)


@cache
def _ask() -> AskDiscounts:
    return AskDiscounts(_campaigns(), _records().profile, customer_facts())


@cache
def _campaigns() -> LiveCampaigns:
    return LiveCampaigns(dynamodb_client(), settings().tenants_table, _records().profile)


@cache
def _records() -> LiveRecords:
    return LiveRecords(dynamodb_client(), settings().tenants_table)
