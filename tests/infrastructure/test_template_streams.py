"""The way from a draft to its verdict: nothing is lost on it, nothing blocks it, nothing loops."""

import json
from typing import Any

import pytest

from tests.support.template import all_of, functions, properties_of, queue_alarm, statements
from tillbridge.domain.examples import RUN_WITHIN_S

GUARD = "ConfigGuardFunction"
# One draft: its secrets from a silent store, its expressions, its examples twice (for what they
# say, and for what they hold), and the same of a draft that overtook it.
ONE_DRAFT_S = 2 * (2.2 + 0.5 + 2 * (RUN_WITHIN_S + 0.5))
ALARMS = all_of("AWS::CloudWatch::Alarm")


def source() -> dict[str, Any]:
    (event,) = functions()[GUARD]["Events"].values()
    assert event["Type"] == "DynamoDB"
    return dict(event["Properties"])


def passes(pk: str) -> bool:
    """Whether the event source's filter lets an item with this key through."""
    (one,) = source()["FilterCriteria"]["Filters"]
    pattern = json.loads(one["Pattern"])
    # Of keys alone: what is below an absent attribute matches on AWS, but not on the emulator.
    (rule,) = pattern.pop("dynamodb")["Keys"].pop("pk")["S"]
    assert (pattern, rule.keys()) == ({}, {"prefix"})
    return pk.startswith(rule["prefix"])


def test_every_draft_is_told_of_and_what_is_said_of_it_is_not() -> None:
    assert passes("TENANT#acme#")
    assert not any(map(passes, ("LIVE#acme#", "VERSION#acme#", "KEY#acme#", "SHOP#x", "TENANTS#a")))


def test_the_stream_is_the_tenants_tables_and_shows_what_was_written() -> None:
    assert source()["Stream"] == {"Fn::GetAtt": ["TenantsTable", "StreamArn"]}
    stream = properties_of("TenantsTable")["StreamSpecification"]
    assert stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert source()["StartingPosition"] == "TRIM_HORIZON"


def test_one_draft_that_fails_holds_up_no_other() -> None:
    assert source()["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source()["BisectBatchOnFunctionError"] is True
    assert source()["ParallelizationFactor"] == 10
    assert 0 < source()["MaximumRetryAttempts"] < 100
    assert 60 <= source()["MaximumRecordAgeInSeconds"] <= 3_600


def test_a_draft_that_is_given_up_is_kept_and_someone_is_told() -> None:
    destination = source()["DestinationConfig"]["OnFailure"]
    queue, attribute = destination["Destination"]["Fn::GetAtt"]
    assert (destination["Type"], attribute) == ("SQS", "Arn")
    assert properties_of(queue)["MessageRetentionPeriod"] == 14 * 24 * 3_600
    assert properties_of(queue)["SqsManagedSseEnabled"] is True
    (sending,) = (one for one in statements(GUARD) if "sqs:SendMessage" in one["Action"])
    assert sending["Resource"] == [{"Fn::GetAtt": [queue, "Arn"]}]
    assert queue_alarm(queue, "ApproximateNumberOfMessagesVisible")["Threshold"] == 0


def test_drafts_that_wait_are_an_alarm() -> None:
    (alarm,) = (a for a in ALARMS.values() if a.get("MetricName") == "IteratorAge")
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": GUARD}}]
    assert alarm["Threshold"] < source()["MaximumRecordAgeInSeconds"] * 1_000


def test_drift_is_an_alarm_on_the_sum_of_the_stack() -> None:
    alarm = ALARMS["DriftAlarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Tillbridge", "DriftedAnswers")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]
    assert alarm["Statistic"] == "Sum"


def test_a_batch_of_the_slowest_records_is_judged_in_time() -> None:
    assert source()["BatchSize"] * ONE_DRAFT_S < functions()[GUARD]["Timeout"] <= 900


def test_the_guard_has_the_room_that_a_till_gives_an_expression() -> None:
    assert functions()[GUARD]["MemorySize"] == functions()["CustomerLookupFunction"]["MemorySize"]


@pytest.mark.parametrize("name", ["ALLOWED_PRIVATE_ORIGINS", "SECRETS_PREFIX"])
def test_the_guard_judges_by_what_a_lookup_obeys(name: str) -> None:
    guard, lookup = (
        functions()[function]["Environment"]["Variables"][name]
        for function in (GUARD, "CustomerLookupFunction")
    )
    assert guard == lookup


def test_no_function_but_the_guard_reads_a_stream() -> None:
    for function in functions().keys() - {GUARD}:
        actions = {action for one in statements(function) for action in one["Action"]}
        assert not {a for a in actions if "Stream" in a and a.startswith("dynamodb:")}
