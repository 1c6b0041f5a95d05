"""The canonical events: well-formed, and answered in-process as `sam local` must answer them."""

import importlib
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.demo_crm.credentials import KACHING_KEY
from local.demo_tenants import TENANTS
from local.seed import SECRETS_PREFIX
from local.template import load_template, resources_of
from tests.support.aws import TABLE, a_tenants_table, create_table, put
from tests.support.gateway import forget_what_was_wired
from tillbridge.adapters.outbound_http import OutboundHttp
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.limits import Deadline
from tools.sam_local.events import (
    EVENTS,
    EXPECTED,
    TENANT_ID,
    is_expected,
    key_item,
    load_event,
    logical_id,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

REGION = "eu-west-1"
LEDGER_TABLE = "ledger"
CRM = "https://crm.fjord-outdoor.example"
ALL = [(function, name) for function, names in EXPECTED.items() for name in names]
DRAFTS = EXPECTED["config_guard"]
# What the stream, the clock or the queue calls is not behind the API.
INSIDE = {"config_guard", "hold_sweeper", "sale_worker", "upstream_resolver"}
OF_THE_API = [(function, name) for function, name in ALL if function not in INSIDE]
PROXIED = [(function, name) for function, name in OF_THE_API if function != "authorizer"]
CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=1024,
    invoked_function_arn=f"arn:aws:lambda:{REGION}:123456789012:function:function",
    aws_request_id="00000000-0000-4000-8000-000000000000",
)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo tenant in a table and a secret of the template's kind, its CRM, and an empty
    ledger, from which the events only read."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("TENANTS_TABLE", TABLE)
    monkeypatch.setenv("LEDGER_TABLE", LEDGER_TABLE)
    monkeypatch.setenv("SECRETS_PREFIX", SECRETS_PREFIX)
    monkeypatch.setattr(OutboundHttp, "send", crm_answer)
    with a_tenants_table() as table:
        fill(table)
        create_table(table, LEDGER_TABLE, "LedgerTable")
        boto3.client("secretsmanager").create_secret(
            Name=f"{SECRETS_PREFIX}/{TENANT_ID}/crm-key",
            SecretString=json.dumps({"value": KACHING_KEY, "origins": [CRM]}),
        )
        forget_what_was_wired()
        yield
    forget_what_was_wired()


def fill(table: "DynamoDBClient") -> None:
    live = f"LIVE#{TENANT_ID}#"
    folder = TENANTS / TENANT_ID
    record = content_of(folder / "integrations" / "customer_lookup.json")
    profile = content_of(folder / "profile.json")
    put(table, live, "PROFILE", **profile, pseudonym_key="0123456789abcdef" * 4)
    put(table, live, "PROGRAM", **content_of(folder / "programme.json"))
    put(table, live, "CUSTOMER_ACCOUNT", **content_of(folder / "customer_account.json"))
    put(table, live, "INTEGRATION#customer_lookup", **record)
    for file in (folder / "campaigns").glob("*.json"):
        put(table, live, f"CAMPAIGN#{file.stem}", **content_of(file))
    put(table, **key_item())


def content_of(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(), parse_float=Decimal))


def crm_answer(_http: OutboundHttp, request: OutboundRequest, _by: Deadline) -> UpstreamAnswer:
    is_hers = "q=jane" in request.url or "q=C-10001" in request.url
    found = [{"identifier": "C-10001", "name": "Jane Doe"}] if is_hers else []
    return UpstreamAnswer(200, {"content-type": "application/json"}, json.dumps(found).encode())


def answered(function: str, event: dict[str, Any]) -> dict[str, Any]:
    """What the handler returns, or Lambda's report of what it raises."""
    handler = importlib.import_module(f"functions.{function}.handler").lambda_handler
    try:
        return dict(handler(event, CONTEXT))
    except Exception as error:  # Lambda's own edge
        return {"errorMessage": str(error), "errorType": type(error).__name__}


def routes_of(*functions: str) -> dict[tuple[str, str], bool]:
    """Method and path of each of the functions' routes, and whether it asks for a credential."""
    resources = load_template()["Resources"]
    properties = [
        event["Properties"]
        for function in functions
        for event in resources[function]["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    ]
    return {(p["Method"], p["Path"]): p.get("Auth") != {"Authorizer": "NONE"} for p in properties}


def route_of(event: dict[str, Any]) -> tuple[str, str]:
    return event["httpMethod"], event["resource"]


def test_every_event_has_its_expected_answer() -> None:
    files = {(file.parent.name, file.stem) for file in EVENTS.glob("*/*.json")}

    assert files == set(ALL)


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(("function", "name"), ALL)
def test_a_handler_answers_as_expected(function: str, name: str) -> None:
    answer = answered(function, load_event(function, name))

    assert is_expected(function, name, answer), answer


@pytest.mark.parametrize(("function", "name"), PROXIED)
def test_a_proxied_event_is_of_a_route_of_its_function(function: str, name: str) -> None:
    event = load_event(function, name)
    asks_for_credential = routes_of(logical_id(function))[route_of(event)]

    assert ("authorizer" in event["requestContext"]) == asks_for_credential


@pytest.mark.parametrize("name", EXPECTED["authorizer"])
def test_an_authorizer_event_is_of_a_route_that_asks_for_a_credential(name: str) -> None:
    event = load_event("authorizer", name)
    functions = resources_of(load_template(), "AWS::Serverless::Function")

    assert event["type"] == "REQUEST"
    assert routes_of(*functions)[route_of(event)]


@pytest.mark.parametrize(("function", "name"), OF_THE_API)
def test_an_event_says_the_same_in_each_of_its_places(function: str, name: str) -> None:
    event = load_event(function, name)
    context = event["requestContext"]

    assert (context["httpMethod"], context["resourcePath"]) == route_of(event)
    assert context["path"] == f"/{context['stage']}{event['path']}"
    for one, many in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        assert event[many] == (event[one] and {n: [value] for n, value in event[one].items()})


@pytest.mark.parametrize(("function", "name"), PROXIED)
def test_an_authorizer_context_holds_strings_only(function: str, name: str) -> None:
    context = load_event(function, name)["requestContext"].get("authorizer", {})

    assert all(isinstance(value, str) for value in context.values())


@pytest.mark.usefixtures("cloud")
def test_the_context_in_the_events_is_what_the_authorizer_gives() -> None:
    accepted = answered("authorizer", load_event("authorizer", "bearer"))
    event = load_event("customer_lookup", "found_by_query")

    assert event["requestContext"]["authorizer"] == {
        **accepted["context"],
        "principalId": accepted["principalId"],
    }


def changes_of(name: str) -> list[dict[str, Any]]:
    return [record["dynamodb"] for record in load_event("config_guard", name)["Records"]]


@pytest.mark.parametrize("name", DRAFTS)
def test_a_stream_event_is_of_the_table_and_passes_the_filter(name: str) -> None:
    properties = load_template()["Resources"][logical_id("config_guard")]["Properties"]
    source = properties["Events"]["Drafts"]["Properties"]
    (pattern,) = (json.loads(one["Pattern"]) for one in source["FilterCriteria"]["Filters"])
    (prefix,) = (one["prefix"] for one in pattern["dynamodb"]["Keys"]["pk"]["S"])

    for change in changes_of(name):
        assert change["Keys"]["pk"]["S"].startswith(prefix)
        assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("name", "verdicts"),
    [("good_draft", ["good"]), ("bad_draft", ["bad"]), ("poison", ["bad"] * 5)],
)
def test_every_draft_of_an_event_gets_its_verdict(name: str, verdicts: list[str]) -> None:
    answered("config_guard", load_event("config_guard", name))

    client = boto3.client("dynamodb")
    items = client.scan(TableName=TABLE)["Items"]
    versions = [item for item in items if "content_hash" in item and "reasons" in item]
    assert [item["verdict"]["S"] for item in versions] == verdicts
