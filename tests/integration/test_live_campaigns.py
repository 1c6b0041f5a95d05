"""A merchant's live campaigns, read from a table by moto, and kept for as long as they are the
same."""

from typing import TYPE_CHECKING

import pytest

from tests.support.aws import TABLE, failing, put
from tests.support.builders import TENANT
from tests.support.discounts import a_campaign, percentage
from tests.support.fakes import FakeClock
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.errors import (
    NotConfigured,
    RecordsUnavailable,
    RecordUnusable,
    TenantSuspended,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

FRESH_S, STALE_S = 30, 15 * 60
LIVE = f"LIVE#{TENANT}#"


@pytest.fixture
def campaigns(dynamodb: "DynamoDBClient", clock: FakeClock) -> LiveCampaigns:
    put(dynamodb, LIVE, "PROFILE", name="Acme", time_zone="Europe/Copenhagen", currency="DKK")
    put(dynamodb, LIVE, "CAMPAIGN#a", **a_campaign("a"), examples=[])
    put(dynamodb, LIVE, "INTEGRATION#x", operation="x")
    profile = LiveRecords(dynamodb, TABLE, clock).profile
    return LiveCampaigns(dynamodb, TABLE, profile, clock)


def test_campaigns_rules_and_what_the_profile_adds_are_read_together(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns
) -> None:
    put(dynamodb, LIVE, "DISCOUNTS", strategy="best_for_customer", saved_by="me")
    put(dynamodb, LIVE, "CAMPAIGN#b", **a_campaign("b", benefit=percentage(500)), saved_at="now")
    put(dynamodb, "LIVE#acme-corp#", "CAMPAIGN#c", **a_campaign("c"))

    discounts = campaigns(TENANT)

    assert [one.id for one in discounts.campaigns.records] == ["a", "b"]
    assert discounts.settings.strategy == "best_for_customer"
    assert (discounts.settings.time_zone, discounts.currency) == ("Europe/Copenhagen", "DKK")


def test_a_merchant_without_campaigns_has_none(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns
) -> None:
    put(dynamodb, "LIVE#zeta#", "PROFILE", name="Zeta")

    assert campaigns("zeta").campaigns.records == ()
    assert campaigns("zeta").settings.strategy == "priority"


def test_what_is_worked_out_stays_for_as_long_as_no_campaign_changes(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns, clock: FakeClock
) -> None:
    first = campaigns(TENANT).campaigns
    clock.now_s += FRESH_S

    assert campaigns(TENANT).campaigns is first
    put(dynamodb, LIVE, "CAMPAIGN#a", **a_campaign("a", benefit=percentage(500)))
    assert campaigns(TENANT).campaigns is first
    clock.now_s += FRESH_S
    changed = campaigns(TENANT).campaigns
    assert changed.versions != first.versions
    dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": LIVE}, "sk": {"S": "CAMPAIGN#a"}})
    clock.now_s += FRESH_S
    assert campaigns(TENANT).campaigns.records == ()


def test_many_campaigns_are_read_to_the_last_page(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns
) -> None:
    # More than the megabyte that DynamoDB gives at once.
    for number in range(8):
        put(dynamodb, LIVE, f"CAMPAIGN#big-{number}", **a_campaign(f"big-{number}"), examples=BIG)

    assert len(campaigns(TENANT).campaigns.records) == 9


BIG = ["x" * 180_000]


def test_one_that_cannot_be_read_costs_itself_alone(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns
) -> None:
    unknown = a_campaign("new", benefit={"kind": "of a later release"})
    put(dynamodb, LIVE, "CAMPAIGN#new", **unknown)

    found = campaigns(TENANT).campaigns

    assert ([one.id for one in found.records], found.unusable) == (["a"], ("new",))


def test_rules_that_cannot_be_read_are_said(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns
) -> None:
    put(dynamodb, LIVE, "DISCOUNTS", strategy="random")

    with pytest.raises(RecordUnusable, match="DISCOUNTS is wrong at strategy"):
        campaigns(TENANT)


def test_a_suspended_merchants_tills_get_none(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns
) -> None:
    put(dynamodb, LIVE, "PROFILE", name="Acme", status="suspended")

    with pytest.raises(TenantSuspended):
        campaigns(TENANT)
    with pytest.raises(NotConfigured):
        campaigns("nobody")


def test_campaigns_are_remembered_while_the_table_is_silent(
    dynamodb: "DynamoDBClient", campaigns: LiveCampaigns, clock: FakeClock
) -> None:
    known = campaigns(TENANT).campaigns
    clock.now_s += FRESH_S

    with failing(dynamodb, "get_item"):
        assert campaigns(TENANT).campaigns is known
        clock.now_s += STALE_S
        with pytest.raises(RecordsUnavailable):
            campaigns(TENANT)
