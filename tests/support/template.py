"""template.yaml as the tests read it: what a function, its role and its events come to."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from local.template import load_template, resources_of

API_GATEWAY_MAX_TIMEOUT_MS = 29_000

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ApiEvent:
    """One method of one path, as a function's `Events` declare it."""

    method: str
    path: str
    auth: Mapping[str, Any] | None
    timeout_ms: int

    @property
    def is_preflight(self) -> bool:
        return self.method == "OPTIONS"


@cache
def template() -> Mapping[str, Any]:
    return load_template()


def properties_of(name: str) -> dict[str, Any]:
    """The properties of one resource, by its logical id."""
    return dict(template()["Resources"][name]["Properties"])


def all_of(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of each resource of a type, by logical id."""
    found = resources_of(dict(template()), kind)
    return {name: resource["Properties"] for name, resource in found.items()}


@cache
def functions() -> Mapping[str, Properties]:
    """Each function's properties by logical id, with the Globals that SAM merges into them."""
    common = template()["Globals"]["Function"]
    own = all_of("AWS::Serverless::Function")
    return {name: _merged(common, properties) for name, properties in own.items()}


def _merged(common: Any, own: Any) -> Any:
    if isinstance(common, dict) and isinstance(own, dict):
        shared = {name: _merged(common[name], own[name]) for name in common.keys() & own.keys()}
        return {**common, **own, **shared}
    if isinstance(common, list) and isinstance(own, list):
        return [*common, *own]
    return own


def api_events(function: str) -> list[ApiEvent]:
    """What a function answers on the API."""
    found = []
    for event in functions()[function].get("Events", {}).values():
        if event["Type"] == "Api":
            declared = event["Properties"]
            timeout_ms = declared.get("TimeoutInMillis", API_GATEWAY_MAX_TIMEOUT_MS)
            auth = declared.get("Auth")
            found.append(ApiEvent(declared["Method"], declared["Path"], auth, timeout_ms))
    return found


def api_functions() -> list[str]:
    """The functions behind the API, without its authorizer."""
    return [name for name in functions() if api_events(name)]


def authorizer() -> str:
    """The logical id of the function that the API's one authorizer asks."""
    (declared,) = properties_of("Api")["Auth"]["Authorizers"].values()
    name, _ = declared["FunctionArn"]["Fn::GetAtt"]
    return str(name)


def handler_of(function: str) -> ModuleType:
    folder = functions()[function]["CodeUri"]
    return importlib.import_module(f"{folder.replace('/', '.')}.handler")


def role_of(function: str) -> str:
    """The logical id of a function's role."""
    name, attribute = functions()[function]["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    return str(name)


def statements(function: str) -> list[dict[str, Any]]:
    """All that a function's role allows; actions and resources always as lists."""
    found = []
    for policy in properties_of(role_of(function))["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            as_lists = {key: _listed(statement[key]) for key in ("Action", "Resource")}
            found.append({**statement, **as_lists})
    return found


def leading_keys(statement: Mapping[str, Any]) -> list[str]:
    """The patterns of partition keys that a statement is confined to, none when it is not."""
    matches = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return _listed(matches.get("dynamodb:LeadingKeys", []))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def queue_alarm(queue: str, metric: str) -> dict[str, Any]:
    """The one alarm on a queue's metric."""
    watched = [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    (alarm,) = (
        alarm
        for alarm in all_of("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == metric and alarm["Dimensions"] == watched
    )
    assert alarm["Namespace"] == "AWS/SQS"
    return dict(alarm)
