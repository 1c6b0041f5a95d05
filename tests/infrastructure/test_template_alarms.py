"""The alarms: one for each way to fail a till, and a page of the runbook for each."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.template import all_of, authorizer, functions, properties_of, template

ALARMS = all_of("AWS::CloudWatch::Alarm")
each_alarm = pytest.mark.parametrize("alarm", ALARMS)
each_function = pytest.mark.parametrize("function", functions())

RUNBOOK_ENTRY = re.compile(r"docs/runbook\.md#([a-z0-9-]+)$")


def dimensions(alarm: dict[str, Any]) -> dict[str, Any]:
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def alarms_on(metric: str, **watched: Any) -> list[dict[str, Any]]:
    """The alarms on a metric of one function or API."""
    return [
        alarm
        for alarm in ALARMS.values()
        if alarm.get("MetricName") == metric and dimensions(alarm) == watched
    ]


def alarms_of(function: str, metric: str) -> list[dict[str, Any]]:
    found = alarms_on(metric, FunctionName={"Ref": function})
    assert all(alarm["Namespace"] == "AWS/Lambda" for alarm in found)
    return found


def api_alarms(metric: str) -> list[dict[str, Any]]:
    api = properties_of("Api")
    found = alarms_on(metric, ApiName=api["Name"], Stage=api["StageName"])
    assert all(alarm["Namespace"] == "AWS/ApiGateway" for alarm in found)
    return found


@each_alarm
def test_an_alarm_tells_someone_and_silence_is_no_alarm(alarm: str) -> None:
    assert ALARMS[alarm]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert ALARMS[alarm]["TreatMissingData"] == "notBreaching"
    assert ALARMS[alarm]["ComparisonOperator"].startswith("GreaterThan")


def test_someone_can_subscribe_to_the_alarms() -> None:
    assert template()["Resources"]["AlarmTopic"]["Type"] == "AWS::SNS::Topic"
    assert template()["Outputs"]["AlarmTopic"]["Value"] == {"Ref": "AlarmTopic"}


@pytest.mark.parametrize("function", functions().keys() - {authorizer()})
def test_one_crash_of_a_function_is_an_alarm(function: str) -> None:
    """It answers every foreseen failure with words, so an error is one that nobody foresaw."""
    (alarm,) = alarms_of(function, "Errors")
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 0)


def test_the_authorizers_errors_are_no_alarm() -> None:
    """Lambda counts each refused credential as one: a till with an old key would page someone."""
    assert alarms_of(authorizer(), "Errors") == []


@each_function
def test_one_throttled_call_of_a_function_is_an_alarm(function: str) -> None:
    (alarm,) = alarms_of(function, "Throttles")
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 0)


@each_function
def test_a_slow_hundredth_is_an_alarm_before_a_function_is_killed(function: str) -> None:
    (alarm,) = alarms_of(function, "Duration")
    assert alarm["ExtendedStatistic"] == "p99"
    assert 0 < alarm["Threshold"] < functions()[function]["Timeout"] * 1_000


def test_our_own_failures_are_an_alarm_as_a_share() -> None:
    """A merchant's system that is down is no reason to wake anyone here."""
    alarm = ALARMS["ApiServerErrorAlarm"]
    (share,) = (one for one in alarm["Metrics"] if "Expression" in one)
    others = {one["Id"]: one for one in alarm["Metrics"] if one is not share}
    metrics = {name: one["MetricStat"]["Metric"] for name, one in others.items()}
    counted = {name: (one["MetricName"], dimensions(one)) for name, one in metrics.items()}
    api = {"ApiName": properties_of("Api")["Name"], "Stage": properties_of("Api")["StageName"]}
    assert share["Expression"] == "(failed - FILL(merchants, 0)) / requests"
    assert counted == {
        "failed": ("5XXError", api),
        "requests": ("Count", api),
        "merchants": ("MerchantFaults", {"service": {"Ref": "AWS::StackName"}}),
    }
    assert all(one["ReturnData"] is False for one in others.values())
    assert 0 < alarm["Threshold"] < 1


def test_every_alarm_but_one_is_on_the_emulator_too_and_all_are_in_the_cloud() -> None:
    conditional = {
        name: resource["Condition"]
        for name, resource in template()["Resources"].items()
        if name in ALARMS and "Condition" in resource
    }
    assert conditional == {"ApiServerErrorAlarm": "HasMetricMath"}
    assert template()["Parameters"]["OnEmulator"]["Default"] == "false"


def test_slow_requests_are_an_alarm() -> None:
    (alarm,) = api_alarms("Latency")
    assert alarm["ExtendedStatistic"] == "p99"


def test_every_alarm_has_its_entry_in_the_runbook_and_every_entry_an_alarm(root: Path) -> None:
    runbook = (root / "docs" / "runbook.md").read_text()
    titles = re.findall(r"^## (.+)$", runbook, re.MULTILINE)
    named = {
        entry.group(1) if (entry := RUNBOOK_ENTRY.search(alarm["AlarmDescription"])) else name
        for name, alarm in ALARMS.items()
    }
    assert named == {title.lower().replace(" ", "-") for title in titles}
