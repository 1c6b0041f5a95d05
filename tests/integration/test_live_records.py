"""A tenant's live records, read from a table by moto, and remembered while it is silent."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import TABLE, a_client_of_nobody, failing, put
from tests.support.builders import ORIGIN, TENANT, a_profile, a_record
from tests.support.fakes import FakeClock
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.domain.expected_fields import ExpectedField
from tillbridge.errors import NotConfigured, RecordsUnavailable, RecordUnusable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

FRESH_S, STALE_S = 30, 15 * 60
OPERATION = "customer_lookup"
LIVE = f"LIVE#{TENANT}#"


@pytest.fixture
def records(dynamodb: "DynamoDBClient", clock: FakeClock) -> LiveRecords:
    return LiveRecords(dynamodb, TABLE, clock)


def test_a_profile_is_what_the_table_holds(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    put(dynamodb, LIVE, "PROFILE", name="Acme", currency="DKK", result_cap=20)

    assert records.profile(TENANT) == a_profile(currency="DKK", result_cap=20)


def test_an_integration_is_compiled_from_what_the_table_holds(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    response = {"items": "hits", "fields": {"identifier": "id", "balance": {"balance": "cents"}}}
    stored = a_record(
        auth={"kind": "bearer", "secret": "crm"},
        outcomes=[{"when": {"status": 404}, "is": "not_found"}],
        response=response,
    )
    stored["request"] |= {"timeout_ms": 900, "body": {"deep": [None, True, 5, "{x?}", {}]}}
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **stored)

    integration = records.integration(TENANT, OPERATION)

    assert integration.record.operation == OPERATION
    assert integration.request.origin == ORIGIN
    assert integration.record.request.timeout_ms == 900
    assert integration.record.request.body == {"deep": [None, True, 5, "{x?}", {}]}
    assert integration.record.outcomes[0].when.status == 404
    assert integration.mapping.expression_of("balance.balance") == "cents"


def test_what_the_guard_says_of_a_live_record_is_no_part_of_it(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    said = {"content_hash": "0", "judged_at": "now", "saved_at": "before", "saved_by": "me"}
    fields = {"identifier": {"types": ["string"], "count": 2, "always": True}}
    put(dynamodb, LIVE, "PROFILE", name="Acme", **said)
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **a_record(), **said, expected_fields=fields)

    assert records.profile(TENANT) == a_profile()
    assert records.integration(TENANT, OPERATION).expected == {
        "identifier": ExpectedField(frozenset({"string"}), 2, always=True)
    }


@pytest.mark.parametrize(
    "pk", ["LIVE#other#", f"TENANT#{TENANT}#", f"LIVE#{TENANT}", "LIVE#acme-2#"]
)
def test_what_is_not_live_or_anothers_is_not_configured(
    dynamodb: "DynamoDBClient", records: LiveRecords, pk: str
) -> None:
    put(dynamodb, pk, "PROFILE", name="Acme")
    put(dynamodb, pk, f"INTEGRATION#{OPERATION}", **a_record())

    with pytest.raises(NotConfigured):
        records.profile(TENANT)
    with pytest.raises(NotConfigured) as refused:
        records.integration(TENANT, OPERATION)
    assert refused.value.facts == {"operation": OPERATION}


def test_a_record_of_another_operation_is_not_this_ones(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    put(dynamodb, LIVE, "INTEGRATION#profile_update", **a_record(operation="profile_update"))

    with pytest.raises(NotConfigured):
        records.integration(TENANT, OPERATION)


def test_a_disabled_record_is_not_configured(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **a_record(enabled=False))

    with pytest.raises(NotConfigured):
        records.integration(TENANT, OPERATION)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "Acme", "status": "hunter2"}, "status"),
        ({"name": "Acme", "currency": "hunter2"}, "currency"),
        ({"name": "Acme", "result_cap": 0}, "result_cap"),
        ({"name": "Acme", "result_cap": 10**20}, "result_cap"),
        ({"name": b"hunter2"}, "binary"),
    ],
)
def test_an_unusable_profile_says_where_and_not_what(
    dynamodb: "DynamoDBClient", records: LiveRecords, content: dict[str, Any], place: str
) -> None:
    put(dynamodb, LIVE, "PROFILE", **content)

    with pytest.raises(RecordUnusable, match=place) as unusable:
        records.profile(TENANT)

    assert "hunter2" not in unusable.value.detail


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"operation": OPERATION}, "request"),
        (a_record(response={"items": "a["}), "response.items"),
        (a_record(auth={"kind": "hunter2"}), "auth"),
        (a_record(request={"url": "hunter2"}), "request.url"),
        (a_record(request=["hunter2"]), "request"),
    ],
)
def test_an_unusable_record_says_where_each_time_it_is_read(
    dynamodb: "DynamoDBClient", records: LiveRecords, content: dict[str, Any], place: str
) -> None:
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **content)

    for _ in range(2):
        with pytest.raises(RecordUnusable, match=place) as unusable:
            records.integration(TENANT, OPERATION)
        assert "hunter2" not in unusable.value.detail


def test_a_change_is_seen_after_half_a_minute_and_no_sooner(
    dynamodb: "DynamoDBClient", records: LiveRecords, clock: FakeClock
) -> None:
    put(dynamodb, LIVE, "PROFILE", name="Acme")
    records.profile(TENANT)
    put(dynamodb, LIVE, "PROFILE", name="Acme", status="suspended")
    clock.now_s += FRESH_S - 1
    assert records.profile(TENANT).status == "active"

    clock.now_s += 1
    assert records.profile(TENANT).status == "suspended"

    put(dynamodb, LIVE, "PROFILE", name="Acme")
    clock.now_s += FRESH_S
    assert records.profile(TENANT).status == "active"


def test_a_record_that_is_mended_is_seen_after_half_a_minute(
    dynamodb: "DynamoDBClient", records: LiveRecords, clock: FakeClock
) -> None:
    with pytest.raises(NotConfigured):
        records.integration(TENANT, OPERATION)
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **a_record(response={"items": "a["}))
    clock.now_s += FRESH_S
    with pytest.raises(RecordUnusable):
        records.integration(TENANT, OPERATION)
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **a_record())
    clock.now_s += FRESH_S

    assert records.integration(TENANT, OPERATION).record.enabled


def test_what_is_fresh_is_not_read_again(dynamodb: "DynamoDBClient", records: LiveRecords) -> None:
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **a_record())
    first = records.integration(TENANT, OPERATION)

    with failing(dynamodb, "get_item"):
        assert records.integration(TENANT, OPERATION) is first


@pytest.mark.parametrize("code", ["InternalServerError", "ProvisionedThroughputExceededException"])
def test_without_dynamodb_a_known_record_is_good_for_a_quarter_of_an_hour(
    dynamodb: "DynamoDBClient", records: LiveRecords, clock: FakeClock, code: str
) -> None:
    put(dynamodb, LIVE, "PROFILE", name="Acme")
    put(dynamodb, LIVE, f"INTEGRATION#{OPERATION}", **a_record())
    profile, integration = records.profile(TENANT), records.integration(TENANT, OPERATION)

    with failing(dynamodb, "get_item", code):
        clock.now_s += STALE_S - 1
        assert records.profile(TENANT) == profile
        assert records.integration(TENANT, OPERATION) is integration
        clock.now_s += 1
        with pytest.raises(RecordsUnavailable):
            records.profile(TENANT)
        with pytest.raises(RecordsUnavailable):
            records.integration(TENANT, OPERATION)

    assert records.profile(TENANT) == profile


def test_without_dynamodb_what_is_not_known_is_not_missing() -> None:
    records = LiveRecords(a_client_of_nobody("dynamodb"), TABLE)

    with pytest.raises(RecordsUnavailable):
        records.profile(TENANT)
    with pytest.raises(RecordsUnavailable):
        records.integration(TENANT, OPERATION)
