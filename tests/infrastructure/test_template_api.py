"""The API in the template: its routes are the functions', who may call them, what is logged."""

import json
import re
from collections import defaultdict

import pytest

from tests.support.template import (
    ApiEvent,
    all_of,
    api_events,
    api_functions,
    functions,
    handler_of,
    properties_of,
    template,
)
from tillbridge.entrypoint.api import Operation

API = properties_of("Api")
EVENTS = [(name, event) for name in api_functions() for event in api_events(name)]
each_event = pytest.mark.parametrize(
    ("function", "event"), EVENTS, ids=[f"{event.method} {event.path}" for _, event in EVENTS]
)
OPERATIONS = [(function, event) for function, event in EVENTS if not event.is_preflight]
each_operation = pytest.mark.parametrize(
    ("function", "event"),
    OPERATIONS,
    ids=[f"{event.method} {event.path}" for _, event in OPERATIONS],
)
each_api_function = pytest.mark.parametrize("function", api_functions())

# A health check tells nothing, and a webhook proves itself by its signature.
OPEN_PATHS = re.compile(r"/v1/(health|webhooks/.+)")
# A request's id, its route, and how it went. Not its path, query, address, agent or identity.
LOGGED = {
    "requestId",
    "httpMethod",
    "resourcePath",
    "status",
    "authorizer.tenant_id",
    "authorizer.principal",
    "responseLatency",
    "integrationLatency",
    "error.responseType",
}


def operations(function: str) -> dict[tuple[str, str], Operation]:
    """A function's operations by method and path, the path in API Gateway's spelling."""
    to_braces = str.maketrans("<>", "{}")
    declared = handler_of(function).api.operations
    return {(one.method, one.path.translate(to_braces)): one for one in declared}


def test_there_is_one_explicit_api() -> None:
    assert list(all_of("AWS::Serverless::Api")) == ["Api"]
    assert API["EndpointConfiguration"] == {"Type": "REGIONAL"}
    for properties in functions().values():
        for event in properties.get("Events", {}).values():
            assert event["Type"] != "HttpApi"
            if event["Type"] == "Api":
                assert event["Properties"]["RestApiId"] == {"Ref": "Api"}


# --- Routes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", functions())
def test_a_function_is_behind_the_api_when_its_handler_declares_operations(function: str) -> None:
    assert hasattr(handler_of(function), "api") == (function in api_functions())


@each_api_function
def test_a_functions_events_are_its_handlers_operations(function: str) -> None:
    routed = {(event.method, event.path) for event in api_events(function)}
    preflights = {("OPTIONS", path) for _, path in operations(function)}
    assert routed == operations(function).keys() | preflights


def test_no_method_of_a_path_is_routed_twice() -> None:
    routes = [(event.method, event.path) for _, event in EVENTS]
    assert len(routes) == len(set(routes))


def test_a_path_belongs_to_one_function() -> None:
    """A preflight names the methods of its own function."""
    owners = defaultdict(set)
    for function, event in EVENTS:
        owners[event.path].add(function)
    assert {path: names for path, names in owners.items() if len(names) > 1} == {}


def test_a_path_parameter_has_one_name_in_its_place() -> None:
    """API Gateway refuses two variables below the same parent, when the stack is deployed."""
    names = defaultdict(set)
    for _, event in EVENTS:
        parent, *rest = re.split(r"(?=/\{)", event.path)
        for segment in rest:
            name = segment.split("}")[0]
            names[parent].add(name)
            parent += segment
    assert {parent: found for parent, found in names.items() if len(found) > 1} == {}


@each_event
def test_methods_are_explicit(function: str, event: ApiEvent) -> None:
    assert event.method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, function


@each_operation
def test_the_api_waits_longer_than_an_operation_takes_and_not_longer_than_its_function(
    function: str, event: ApiEvent
) -> None:
    operation = operations(function)[event.method, event.path]
    assert operation.deadline_s * 1_000 < event.timeout_ms
    if operation.scope is not None:
        assert event.timeout_ms <= functions()[function]["Timeout"] * 1_000


# --- Who may call ----------------------------------------------------------------------------


@each_event
def test_an_event_has_no_authorizer_when_its_operation_has_no_scope(
    function: str, event: ApiEvent
) -> None:
    """A preflight carries no credential; everything else has the default authorizer."""
    is_open = event.is_preflight or operations(function)[event.method, event.path].scope is None
    assert event.auth == ({"Authorizer": "NONE"} if is_open else None)


@each_operation
def test_only_health_and_webhooks_answer_without_a_credential(
    function: str, event: ApiEvent
) -> None:
    assert event.auth is None or OPEN_PATHS.fullmatch(event.path), function


def test_every_method_has_the_authorizer_unless_it_says_otherwise() -> None:
    (name,) = API["Auth"]["Authorizers"]
    assert API["Auth"]["DefaultAuthorizer"] == name
    assert API["Auth"]["AddDefaultAuthorizerToCorsPreflight"] is False


def test_a_credential_is_one_header_and_its_answer_is_remembered_for_a_minute_at_most() -> None:
    """A second identity source would be one that every request has to carry."""
    (declared,) = API["Auth"]["Authorizers"].values()
    assert declared["FunctionPayloadType"] == "REQUEST"
    assert declared["Identity"].keys() == {"Headers", "ReauthorizeEvery"}
    assert declared["Identity"]["Headers"] == ["Authorization"]
    assert 0 < declared["Identity"]["ReauthorizeEvery"] <= 60


def test_preflights_are_answered_by_the_functions() -> None:
    """SAM's `Cors` would make mocks, with other headers than the functions' answers have."""
    assert "Cors" not in API
    assert "Api" not in template()["Globals"]


# --- Logs and limits -------------------------------------------------------------------------


def test_an_access_log_line_is_json() -> None:
    access_log = API["AccessLogSetting"]
    assert "\n" not in access_log["Format"]
    assert isinstance(json.loads(access_log["Format"]), dict)
    name, _ = access_log["DestinationArn"]["Fn::GetAtt"]
    assert "RetentionInDays" in all_of("AWS::Logs::LogGroup")[name]


def test_an_access_log_line_holds_nothing_of_a_person() -> None:
    line = API["AccessLogSetting"]["Format"]
    variables = re.findall(r"\$context\.([A-Za-z_.]+)", line)
    assert set(variables) <= LOGGED
    assert len(variables) == line.count("$")


def test_every_method_is_throttled_and_no_body_is_traced() -> None:
    (every_method,) = API["MethodSettings"]
    assert (every_method["HttpMethod"], every_method["ResourcePath"]) == ("*", "/*")
    assert every_method["DataTraceEnabled"] is False
    # The execution log writes paths and queries too.
    assert "LoggingLevel" not in every_method
    assert every_method["MetricsEnabled"] is True
    limits = {
        "ThrottlingRateLimit": "RequestsPerSecond",
        "ThrottlingBurstLimit": "RequestBurst",
    }
    for setting, limit in limits.items():
        assert every_method[setting] == {"Fn::FindInMap": ["PerStage", {"Ref": "Stage"}, limit]}


def test_every_stage_has_its_limits() -> None:
    per_stage = template()["Mappings"]["PerStage"]
    assert per_stage.keys() == set(template()["Parameters"]["Stage"]["AllowedValues"])
    for limits in per_stage.values():
        assert 0 < limits["RequestsPerSecond"] <= limits["RequestBurst"]
        assert limits["LogRetentionDays"] >= 14


def test_requests_are_traced_from_the_api_on() -> None:
    assert API["TracingEnabled"] is True


def test_the_accounts_log_role_outlives_the_stack() -> None:
    """It is the account's, not ours: another stack's access log may hang on it."""
    for name in ("ApiGatewayAccount", "ApiGatewayLogRole"):
        resource = template()["Resources"][name]
        assert resource["Condition"] == "SetsApiGatewayLogRole"
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
