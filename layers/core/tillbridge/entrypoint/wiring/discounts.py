"""What discounts run on: the tenants' live campaigns, and what is known of their customers."""

from functools import cache

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.services.customer_discounts import CustomerDiscounts
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import EvaluateDiscounts


@cache
def evaluate_discounts() -> EvaluateDiscounts:
    return EvaluateDiscounts(_campaigns(), CustomerFacts())


@cache
def customer_discounts() -> CustomerDiscounts:
    return CustomerDiscounts(_campaigns(), CustomerFacts())


@cache
def _campaigns() -> LiveCampaigns:
    client, table = dynamodb_client(), settings().tenants_table
    return LiveCampaigns(client, table, LiveRecords(client, table).profile)
