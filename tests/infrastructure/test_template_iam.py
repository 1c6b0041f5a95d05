"""What each function may do: exactly what it needs, on exactly what it needs it on."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.template import (
    all_of,
    api_functions,
    authorizer,
    functions,
    leading_keys,
    properties_of,
    role_of,
    statements,
)

each_function = pytest.mark.parametrize("function", functions())

# Never Scan, which has no leading key: `ForAllValues` is true of none.
ON_ITEMS = {
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:Query",
}
ON_STREAMS = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
# Functions with an operation that lists items; the others read by key alone.
MAY_QUERY = frozenset(
    {
        "CustomerDetailsFunction",
        "DiscountApplicationFunction",
        "HoldSweeperFunction",
        "LoyaltyRedemptionFunction",
        "SaleWorkerFunction",
        "UpstreamResolverFunction",
    }
)


def on_items(function: str) -> Iterator[dict[str, Any]]:
    """The statements about a table's items."""
    for statement in statements(function):
        actions = {action for action in statement["Action"] if action.startswith("dynamodb:")}
        if actions - ON_STREAMS:
            yield statement


def all_leading_keys(function: str) -> set[str]:
    return {pattern for statement in on_items(function) for pattern in leading_keys(statement)}


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [role_of(function) for function in functions()]
    assert len(roles) == len(set(roles))


@each_function
def test_a_role_is_lambdas_and_holds_its_own_statements_only(function: str) -> None:
    role = properties_of(role_of(function))
    assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert trust["Action"] == "sts:AssumeRole"
    # SAM would add them to the role.
    assert "Policies" not in functions()[function]


@each_function
def test_actions_are_exact(function: str) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys()
        for action in statement["Action"]:
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action)


@each_function
def test_only_traces_go_to_any_resource(function: str) -> None:
    for statement in statements(function):
        if set(statement["Action"]) == TRACING:
            continue
        for resource in statement["Resource"]:
            assert isinstance(resource, dict), statement["Sid"]
            arn = resource.get("Fn::Sub", "")
            assert not arn.endswith(":*"), statement["Sid"]


@each_function
def test_a_function_may_write_its_traces(function: str) -> None:
    tracing = [one for one in statements(function) if TRACING & set(one["Action"])]
    assert [set(one["Action"]) for one in tracing] == [TRACING]


@each_function
def test_a_function_may_write_to_its_own_log_alone(function: str) -> None:
    group = functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]
    logging = [one for one in statements(function) if LOGGING & set(one["Action"])]
    assert [set(one["Action"]) for one in logging] == [LOGGING]
    assert logging[0]["Resource"] == [{"Fn::GetAtt": [group, "Arn"]}]


@each_function
def test_a_function_reads_and_writes_items_by_key(function: str) -> None:
    allowed = ON_ITEMS if function in MAY_QUERY else ON_ITEMS - {"dynamodb:Query"}
    for statement in on_items(function):
        assert set(statement["Action"]) <= allowed, statement["Sid"]


@each_function
def test_a_function_is_confined_to_its_kinds_of_key(function: str) -> None:
    """A pattern ends in the delimiter: `KEY*` would be `KEYS#` as well."""
    for statement in on_items(function):
        assert statement["Condition"].keys() == {"ForAllValues:StringLike"}, statement["Sid"]
        assert leading_keys(statement), statement["Sid"]
        for pattern in leading_keys(statement):
            assert re.fullmatch(r"[A-Z]+#\*", pattern), statement["Sid"]


@pytest.mark.parametrize("function", [*api_functions(), authorizer()])
def test_what_answers_a_till_never_reaches_a_draft(function: str) -> None:
    assert not all_leading_keys(function) & {"TENANT#*", "VERSION#*"}


def test_only_the_config_guard_reads_drafts_and_writes_verdicts_and_live_records() -> None:
    """A record that was never judged is never live."""
    writing = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    for function in functions().keys() - {"ConfigGuardFunction"}:
        assert not all_leading_keys(function) & {"TENANT#*", "VERSION#*"}
        for statement in on_items(function):
            if writing & set(statement["Action"]):
                assert "LIVE#*" not in leading_keys(statement)
    assert all_leading_keys("ConfigGuardFunction") == {"TENANT#*", "VERSION#*", "LIVE#*"}


def test_nobody_writes_a_draft_but_people() -> None:
    for function in functions():
        for statement in on_items(function):
            if "TENANT#*" in leading_keys(statement):
                assert statement["Action"] == ["dynamodb:GetItem"]


def test_only_the_authorizer_reads_keys_and_with_it_the_webhooks_shops() -> None:
    for function in functions().keys() - {authorizer()}:
        assert "KEY#*" not in all_leading_keys(function)
    for function in functions().keys() - {authorizer(), "SaleIntakeFunction"}:
        assert "SHOP#*" not in all_leading_keys(function)
    assert all_leading_keys(authorizer()) <= {"KEY#*", "SHOP#*"}


def test_sale_intake_reads_nothing_of_a_tenant_and_writes_no_item() -> None:
    """What a POS was told is stored hangs on the queue alone."""
    (statement,) = on_items("SaleIntakeFunction")
    assert statement["Action"] == ["dynamodb:GetItem"]
    assert leading_keys(statement) == ["SHOP#*"]


@each_function
def test_a_function_reads_the_secrets_that_it_is_told_of(function: str) -> None:
    """The tenants', under their prefix, or the apps', which are outside of it."""
    told = functions()[function]["Environment"]["Variables"]
    expected = []
    if "SECRETS_PREFIX" in told:
        expected.append(f"{told['SECRETS_PREFIX']['Fn::Sub']}/*")
    if "SHOPIFY_APPS_SECRET" in told:
        # Secrets Manager adds six characters of its own to a name.
        expected.append(f"{told['SHOPIFY_APPS_SECRET']['Fn::Sub']}-??????")
    reading = [
        statement
        for statement in statements(function)
        if any(action.startswith("secretsmanager:") for action in statement["Action"])
    ]
    for statement in reading:
        assert statement["Action"] == ["secretsmanager:GetSecretValue"]
    resources = [resource["Fn::Sub"] for one in reading for resource in one["Resource"]]
    assert sorted(arn.partition(":secret:")[2] for arn in resources) == sorted(expected)


def test_the_authorizer_does_not_reach_the_tenants_secrets() -> None:
    assert "SECRETS_PREFIX" not in functions()[authorizer()]["Environment"]["Variables"]


def test_the_apps_secret_is_outside_of_the_tenants_prefix() -> None:
    told = [one["Environment"]["Variables"] for one in functions().values()]
    prefixes = {one["SECRETS_PREFIX"]["Fn::Sub"] for one in told if "SECRETS_PREFIX" in one}
    apps = {one["SHOPIFY_APPS_SECRET"]["Fn::Sub"] for one in told if "SHOPIFY_APPS_SECRET" in one}
    assert len(prefixes) == len(apps) == 1
    assert not apps.pop().startswith(f"{prefixes.pop()}/")


def test_every_role_but_the_gateways_is_a_functions() -> None:
    """API Gateway's log role is the account's, with the managed policy that AWS keeps for it."""
    roles = {role_of(function) for function in functions()} | {"ApiGatewayLogRole"}
    assert all_of("AWS::IAM::Role").keys() == roles
    assert not all_of("AWS::IAM::ManagedPolicy")
