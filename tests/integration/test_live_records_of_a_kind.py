"""All of a tenant's live records of one kind, read from a table by moto and remembered together."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.aws import TABLE, a_client_of_nobody, failing, put
from tests.support.builders import TENANT
from tests.support.fakes import FakeClock
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.errors import RecordsUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

FRESH_S = 30
LIVE = f"LIVE#{TENANT}#"
FIVE_OFF: dict[str, Any] = {
    "points": 100,
    "gain": {"kind": "amount_off", "amount": {"DKK": 500}},
}


@pytest.fixture
def records(dynamodb: "DynamoDBClient", clock: FakeClock) -> LiveRecords:
    return LiveRecords(dynamodb, TABLE, clock)


def put_reward(dynamodb: "DynamoDBClient", name: str, pk: str = LIVE, **changes: Any) -> None:
    put(dynamodb, pk, f"REWARD#{name}", **{"id": name, **FIVE_OFF, **changes})


def ids(records: LiveRecords) -> list[str]:
    return [reward.id for reward in records.rewards(TENANT)]


def test_they_are_all_the_tenants_own_live_ones(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    for name in ("b", "a"):
        put_reward(dynamodb, name, content_hash="0" * 64)
    put_reward(dynamodb, "anothers", pk="LIVE#another#")
    put_reward(dynamodb, "draft", pk=f"TENANT#{TENANT}#")
    put(dynamodb, LIVE, "REWARDS", name="of no kind")
    put(dynamodb, LIVE, "PROFILE", name="Acme")

    assert ids(records) == ["a", "b"]


def test_there_may_be_none(records: LiveRecords) -> None:
    assert records.rewards(TENANT) == ()


def test_more_than_a_page_of_them_are_read(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    label, examples = "x" * 60, [{"name": "n" * 60, "given": {"available": 1}, "expect": {}}] * 50
    for number in range(400):
        put_reward(dynamodb, f"r{number:03}", label=label, examples=examples)

    assert len(ids(records)) == 400


def test_one_that_cannot_be_used_costs_itself_alone_and_is_logged(
    dynamodb: "DynamoDBClient", records: LiveRecords, caplog: pytest.LogCaptureFixture
) -> None:
    put_reward(dynamodb, "good")
    put_reward(dynamodb, "bad", points="hunter2")

    assert ids(records) == ["good"]
    (logged,) = caplog.records
    assert "REWARD#bad" in str(vars(logged))
    assert "hunter2" not in str(vars(logged))


def test_numbers_with_a_fraction_are_the_decimals_that_were_written(
    dynamodb: "DynamoDBClient", records: LiveRecords
) -> None:
    line = {"amount_minor": 100, "quantity": Decimal("0.275")}
    example = {"name": "n", "sale": {"currency": "DKK", "lines": [line]}, "expect": 1}
    rates = {"DKK": {"points": 1, "per_minor": 100}}
    put(dynamodb, LIVE, "PROFILE", name="Acme", pseudonym_key="k" * 32, currency="DKK")
    put(dynamodb, LIVE, "PROGRAM", earn={"rates": rates}, examples={"earning": [example]})

    (known,) = records.programme(TENANT).rules.examples.earning
    assert known.sale.lines[0].quantity == Decimal("0.275")


def test_a_change_is_seen_after_half_a_minute_and_no_sooner(
    dynamodb: "DynamoDBClient", records: LiveRecords, clock: FakeClock
) -> None:
    put_reward(dynamodb, "a")
    assert ids(records) == ["a"]
    put_reward(dynamodb, "b")
    clock.now_s += FRESH_S - 1
    assert ids(records) == ["a"]

    clock.now_s += 1
    assert ids(records) == ["a", "b"]


def test_points_are_not_spent_on_rewards_that_are_only_remembered(
    dynamodb: "DynamoDBClient", records: LiveRecords, clock: FakeClock
) -> None:
    put_reward(dynamodb, "a")
    ids(records)
    clock.now_s += FRESH_S

    with failing(dynamodb, "query"), pytest.raises(RecordsUnavailable):
        records.rewards(TENANT)


def test_without_dynamodb_there_are_not_none() -> None:
    with pytest.raises(RecordsUnavailable):
        LiveRecords(a_client_of_nobody("dynamodb"), TABLE).rewards(TENANT)
