"""What whoever moves points runs on: the ledger's table and the tenants' live programmes."""

from functools import cache
from typing import TYPE_CHECKING

from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.ledger_table import LedgerTable
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.domain.limits import Deadline
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.entrypoint.settings import settings
from tillbridge.services.customer_accounts import CustomerAccounts
from tillbridge.services.expire_holds import ExpireHolds
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.offer_rewards import OfferRewards
from tillbridge.services.points import Points
from tillbridge.services.redemptions import Redemptions
from tillbridge.services.resolve_calls import ResolveCalls
from tillbridge.services.upstream_points import UpstreamPoints
from tillbridge.services.upstream_redemptions import LegRunner, UpstreamRedemptions

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@cache
def ledger() -> Ledger:
    return Ledger(_table())


@cache
def redemptions() -> Redemptions:
    return Redemptions(ledger(), _records().programme, _records().rewards)


@cache
def points() -> Points:
    return Points(ledger(), _records().programme, _table().entries)


def upstream_redemptions(deadline: Deadline) -> UpstreamRedemptions:
    """For a merchant whose own system keeps the points, until then."""
    programme = _records().upstream_programme
    return UpstreamRedemptions(Ledger(_table()), programme, _calls(), deadline)


def upstream_points(deadline: Deadline) -> UpstreamPoints:
    return UpstreamPoints(Ledger(_table()), _records().upstream_programme, _calls(), deadline)


def keeps_points_itself(tenant_id: str) -> bool:
    """Whether the merchant's own system keeps its points."""
    return isinstance(_records().any_programme(tenant_id), UpstreamProgramme)


@cache
def resolve_calls() -> ResolveCalls:
    runner = LegRunner(Ledger(_table()), _calls())
    return ResolveCalls(runner, _table().due, _records().upstream_programme)


@cache
def _calls() -> LoyaltyCalls:
    # Only who calls a merchant's system loads what that takes.
    from tillbridge.entrypoint.wiring.tenant_systems import tenant_system

    return LoyaltyCalls(_records().integration, tenant_system())


@cache
def customer_accounts() -> CustomerAccounts:
    return CustomerAccounts(ledger(), _records().programme, _records().customer_account)


@cache
def offer_rewards() -> OfferRewards:
    return OfferRewards(_records().rewards)


@cache
def expire_holds() -> ExpireHolds:
    return ExpireHolds(ledger(), _table().due, _records().programme)


@cache
def _table() -> LedgerTable:
    return LedgerTable(_client(), settings().ledger_table)


@cache
def _records() -> LiveRecords:
    return LiveRecords(_client(), settings().tenants_table)


@cache
def _client() -> "DynamoDBClient":
    # One try each: whoever decides tries again by itself, within the till's patience.
    return dynamodb_client(attempts=1)
