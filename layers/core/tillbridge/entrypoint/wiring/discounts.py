"""What discounts run on: the tenants' live campaigns, what is known of their customers, and the
ledger, which counts what is limited."""

from functools import cache
from typing import TYPE_CHECKING

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.entrypoint.settings import settings
from tillbridge.services.applications import Applications
from tillbridge.services.ask_discounts import AskDiscounts
from tillbridge.services.customer_facts import CustomerFacts
from tillbridge.services.evaluate_discounts import EvaluateDiscounts
from tillbridge.services.ledger import Ledger

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@cache
def evaluate_discounts() -> EvaluateDiscounts:
    return EvaluateDiscounts(_ask(), _ledger())


@cache
def applications() -> Applications:
    return Applications(_ledger(), _ask(), _records().profile, _records().programme)


@cache
def _ask() -> AskDiscounts:
    profile = _records().profile
    campaigns = LiveCampaigns(_client(), settings().tenants_table, profile)
    return AskDiscounts(campaigns, profile, CustomerFacts())


@cache
def _ledger() -> Ledger:
    # One try each: whoever decides tries again by itself, within the till's patience.
    return Ledger(LedgerTable(dynamodb_client(attempts=1), settings().ledger_table))


@cache
def _records() -> LiveRecords:
    return LiveRecords(_client(), settings().tenants_table)


@cache
def _client() -> "DynamoDBClient":
    return dynamodb_client()
