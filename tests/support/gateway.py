"""The whole gateway in one process: the functions' own handlers behind an API Gateway of a few
lines, DynamoDB and Secrets Manager by moto with the template's tables, tenants' systems by a fake.
The ledger is the one in memory: moto loses updates.

For what needs many requests or the process's own output. What API Gateway and IAM do is seen on the
local stack.
"""

import base64
import importlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.template import ROOT
from tests.support.aws import TABLE, a_tenants_table, put
from tests.support.fakes import FakeClock
from tests.support.memory_ledger import MemoryLedger
from tests.support.template import properties_of
from tillbridge.adapters.live_campaigns import LiveCampaigns
from tillbridge.adapters.live_records import LiveRecords
from tillbridge.adapters.outbound_http import OutboundHttp
from tillbridge.domain.caller import Scope
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.limits import Deadline
from tillbridge.domain.pos_key import PosKey
from tillbridge.entrypoint.api import Operation
from tillbridge.entrypoint.settings import settings
from tillbridge.entrypoint.wiring import discounts
from tillbridge.entrypoint.wiring.tenant_systems import tenant_system
from tillbridge.services.applications import Applications
from tillbridge.services.count_sales import CountSales
from tillbridge.services.customer_accounts import CustomerAccounts
from tillbridge.services.expire_holds import ExpireHolds
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import LoyaltyCalls
from tillbridge.services.offer_rewards import OfferRewards
from tillbridge.services.points import Points
from tillbridge.services.redemptions import Redemptions
from tillbridge.services.resolve_calls import ResolveCalls
from tillbridge.services.serve_customer import ServeCustomer
from tillbridge.services.shopify_customers import ShopifyCustomers
from tillbridge.services.show_customer import ShowCustomer
from tillbridge.services.take_sales import TakeSales
from tillbridge.services.upstream_points import UpstreamPoints
from tillbridge.services.upstream_redemptions import LegRunner, UpstreamRedemptions
from tools.openapi import apis
from tools.operator_store import OperatorStore

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SECRETS_PREFIX = "tillbridge/test"
_SHOPIFY_APPS = "tillbridge-apps/test/shopify"
_REGION = "eu-west-1"

Respond = Callable[[OutboundRequest], UpstreamAnswer]


class LambdaContext:
    function_name = "function"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:function"
    aws_request_id = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class GatewayAnswer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def handlers() -> dict[str, ModuleType]:
    """Every function's handler module, by the name of its folder."""
    folders = sorted(file.parent.name for file in (ROOT / "functions").glob("*/handler.py"))
    return {name: importlib.import_module(f"functions.{name}.handler") for name in folders}


def operations() -> list[Operation]:
    """Every operation of every function: what a later route joins by being declared."""
    return [operation for api in apis().values() for operation in api.operations]


@dataclass
class Gateway:
    """`systems` answers for the tenants' systems; replace it at any time. `clock` is the ledger's
    alone; `ledger` holds its items, `sales` what is in the queue."""

    table: "DynamoDBClient"
    systems: Respond
    requests_sent: list[OutboundRequest] = field(default_factory=list)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    clock: FakeClock = field(default_factory=lambda: FakeClock(time.time()))
    sales: list[str] = field(default_factory=list)

    def add_tenant(
        self,
        tenant_id: str,
        *records: Mapping[str, Any],
        profile: Mapping[str, Any] | None = None,
        secrets: Mapping[str, tuple[str, str]] | None = None,
        programme: Mapping[str, Any] | None = None,
        customer_account: Mapping[str, Any] | None = None,
        campaigns: Iterable[Mapping[str, Any]] = (),
        rewards: Iterable[Mapping[str, Any]] = (),
        scopes: frozenset[Scope] = frozenset(Scope),
    ) -> str:
        """A live tenant, its secrets as (value, origin) by name; a token of its. It keeps points
        when it has a programme, under a pseudonym key of its own."""
        live = f"LIVE#{tenant_id}#"
        content = {"name": tenant_id, "pseudonym_key": tenant_id.ljust(32, "-")}
        put(self.table, live, "PROFILE", **{**content, **(profile or {})})
        if programme is not None:
            put(self.table, live, "PROGRAM", **programme)
        if customer_account is not None:
            put(self.table, live, "CUSTOMER_ACCOUNT", **customer_account)
        for record in records:
            put(self.table, live, f"INTEGRATION#{record['operation']}", **record)
        for campaign in campaigns:
            put(self.table, live, f"CAMPAIGN#{campaign['id']}", **campaign)
        for reward in rewards:
            put(self.table, live, f"REWARD#{reward['id']}", **reward)
        for name, (value, origin) in (secrets or {}).items():
            boto3.client("secretsmanager", region_name=_REGION).create_secret(
                Name=f"{_SECRETS_PREFIX}/{tenant_id}/{name}",
                SecretString=json.dumps({"value": value, "origins": [origin]}),
            )
        return self.add_key(tenant_id, "pos", scopes)

    def add_key(
        self, tenant_id: str, principal: str, scopes: frozenset[Scope] = frozenset(Scope)
    ) -> str:
        """A token of another of the tenant's integrations."""
        key = PosKey.mint(tenant_id)
        record = {"secret_sha256": key.digest, "principal": principal, "channel": "pos"}
        put(self.table, f"KEY#{tenant_id}#", key.key_id, **record, scopes=sorted(scopes))
        return key.token

    def add_shop(self, domain: str, tenant_id: str, client_id: str, **changes: Any) -> None:
        """A shop of a tenant's; `changes` are attributes of its item."""
        shop = {"tenant_id": tenant_id, "client_id": client_id, **changes}
        put(self.table, f"SHOP#{domain}", "SHOP", **shop)

    def add_app(self, client_id: str, *secrets: str) -> None:
        """A Shopify app of the deployment's, with its client secrets."""
        store = boto3.client("secretsmanager", region_name=_REGION)
        operator = OperatorStore(self.table, store, TABLE, _SECRETS_PREFIX, _SHOPIFY_APPS)
        for secret in reversed(secrets):
            operator.put_app_secret(client_id, secret)

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> GatewayAnswer:
        """One request, as the template routes it. A body is sent as JSON, or as the bytes it is."""
        function, event = self._event(method, path, query or {}, body, dict(headers or {}))
        if token is not None:
            event["headers"].setdefault("Authorization", f"Bearer {token}")
            answer = self.authorize(event["headers"]["Authorization"], method, path)
            if answer["policyDocument"]["Statement"][0]["Effect"] != "Allow":
                return _gateway_response("ACCESS_DENIED")
            event["requestContext"]["authorizer"] = answer["context"]
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        response = function.lambda_handler(event, LambdaContext())
        return GatewayAnswer(response["statusCode"], response["headers"], response["body"])

    def authorize(
        self, authorization: str, method: str = "GET", path: str = "/v1/customers"
    ) -> dict[str, Any]:
        """What the authorizer answers to a request with this header, or raises."""
        event = {
            "headers": {"Authorization": authorization},
            "methodArn": f"arn:aws:execute-api:{_REGION}:0:api/dev/{method}{path}",
        }
        return dict(handlers()["authorizer"].lambda_handler(event, LambdaContext()))

    def sweep(self) -> None:
        """What happens every minute."""
        handlers()["hold_sweeper"].lambda_handler({}, LambdaContext())
        handlers()["upstream_resolver"].lambda_handler({}, LambdaContext())

    def count_sales(self) -> dict[str, Any]:
        """What happens as soon as there are sales in the queue."""
        records = [{"messageId": str(n), "body": body} for n, body in enumerate(self.sales)]
        self.sales.clear()
        event = {"Records": [{**record, "eventSource": "aws:sqs"} for record in records]}
        return dict(handlers()["sale_worker"].lambda_handler(event, LambdaContext()))

    def send(self, request: OutboundRequest, _deadline: Deadline) -> UpstreamAnswer:
        self.requests_sent.append(request)
        return self.systems(request)

    def _event(
        self, method: str, path: str, query: Mapping[str, str], body: Any, headers: dict[str, str]
    ) -> tuple[ModuleType, dict[str, Any]]:
        declared = [(name, one) for name, api in apis().items() for one in api.operations]
        # As API Gateway does it: a path without a parameter comes before one with.
        for function, operation in sorted(declared, key=lambda known: "{" in known[1].path):
            resource = re.sub(r"\{([a-z_]+)\}", r"(?P<\1>[^/]+)", operation.path)
            matched = re.fullmatch(resource, path)
            if matched and method in (operation.method, "OPTIONS"):
                return handlers()[function], {
                    "httpMethod": method,
                    "resource": operation.path,
                    "path": path,
                    "pathParameters": matched.groupdict() or None,
                    "headers": headers,
                    "queryStringParameters": dict(query) or None,
                    "multiValueQueryStringParameters": {n: [v] for n, v in query.items()},
                    "body": _sent(body),
                    "isBase64Encoded": isinstance(body, bytes),
                    "requestContext": {"requestId": "request", "resourcePath": operation.path},
                }
        raise LookupError(f"no function takes {method} {path}")


def _sent(body: Any) -> str | None:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode()
    return None if body is None else json.dumps(body)


def _gateway_response(kind: str) -> GatewayAnswer:
    """What API Gateway answers by itself, as the template declares it."""
    declared = properties_of("Api")["GatewayResponses"][kind]
    headers = {n: v[1:-1] for n, v in declared["ResponseParameters"]["Headers"].items()}
    text = declared["ResponseTemplates"]["application/json"]
    return GatewayAnswer(declared["StatusCode"], headers, text)


@contextmanager
def a_gateway(monkeypatch: pytest.MonkeyPatch, systems: Respond) -> Iterator[Gateway]:
    """A gateway with empty tables; nothing is remembered from another test's."""
    environment = {
        "TENANTS_TABLE": TABLE,
        "SECRETS_PREFIX": _SECRETS_PREFIX,
        "SHOPIFY_APPS_SECRET": _SHOPIFY_APPS,
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_what_was_wired()
    with a_tenants_table() as table:
        gateway = Gateway(table, systems)
        monkeypatch.setattr(
            OutboundHttp, "send", lambda _self, request, deadline: gateway.send(request, deadline)
        )
        _keep_points_in_memory(monkeypatch, gateway)
        yield gateway
    forget_what_was_wired()


@contextmanager
def a_points_gateway() -> Iterator[Gateway]:
    """A gateway for what moves points: no tenant has a system that could be asked."""
    nobody = UpstreamAnswer(404, {}, b"")
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        a_gateway(monkeypatch, lambda _request: nobody) as gateway,
    ):
        yield gateway


def _keep_points_in_memory(monkeypatch: pytest.MonkeyPatch, gateway: Gateway) -> None:
    """The loyalty functions on the ledger in memory and the gateway's clock, wired as
    `wiring.ledger` does."""
    clock = gateway.clock
    ledger = Ledger(gateway.ledger, pause=lambda _failures: None, clock_s=clock)
    programme = LiveRecords(gateway.table, TABLE).programme
    rewards = LiveRecords(gateway.table, TABLE).rewards
    redemptions = Redemptions(ledger, programme, rewards, clock)
    # Looked up with each call, so that a test can get in its way.
    points = Points(ledger, programme, lambda *asked: gateway.ledger.entries(*asked), clock)
    accounts = CustomerAccounts(
        ledger, programme, LiveRecords(gateway.table, TABLE).customer_account, clock
    )
    sweeper = ExpireHolds(ledger, gateway.ledger.due, programme, clock)
    records = LiveRecords(gateway.table, TABLE)

    @cache
    def serve_customer() -> ServeCustomer:
        return ServeCustomer(
            records.profile,
            records.integration,
            tenant_system(),
            ledger,
            points.read_entries,
            clock,
        )

    @cache
    def show_customer() -> ShowCustomer:
        return ShowCustomer(
            records.profile,
            records.integration,
            tenant_system(),
            records.any_programme,
            points.standing,
            records.rewards,
            serve_customer().last_interactions,
            LiveCampaigns(gateway.table, TABLE, records.profile),
            clock,
        )

    monkeypatch.setattr(handlers()["customer_details"], "serve_customer", serve_customer)
    monkeypatch.setattr(handlers()["customer_details"], "show_customer", show_customer)
    monkeypatch.setattr(handlers()["loyalty_redemption"], "redemptions", lambda: redemptions)
    monkeypatch.setattr(handlers()["loyalty_redemption"], "points", lambda: points)
    offer_rewards = OfferRewards(rewards, clock)
    monkeypatch.setattr(handlers()["loyalty_redemption"], "offer_rewards", lambda: offer_rewards)
    monkeypatch.setattr(handlers()["loyalty_redemption"], "customer_accounts", lambda: accounts)
    monkeypatch.setattr(handlers()["hold_sweeper"], "expire_holds", lambda: sweeper)
    _ask_systems_in_memory(monkeypatch, ledger, gateway)
    taking = TakeSales(lambda bodies, _deadline: gateway.sales.extend(bodies))

    @cache
    def count_sales() -> CountSales:
        customers = ShopifyCustomers(records.profile, records.integration, tenant_system())
        return CountSales(
            ledger,
            records.any_programme,
            customers.of_shopify,
            lambda pk: gateway.ledger.sort_keys(pk),
            clock,
        )

    monkeypatch.setattr(handlers()["sale_intake"], "take_sales", lambda: taking)
    monkeypatch.setattr(handlers()["sale_worker"], "count_sales", count_sales)
    # A customer's tier, for campaigns, and the counters of those that are limited.
    monkeypatch.setattr("tillbridge.entrypoint.wiring.discounts.points", lambda: points)
    monkeypatch.setattr("tillbridge.entrypoint.wiring.discounts.ledger", lambda: ledger)

    @cache
    def applications() -> Applications:
        return replace(discounts.applications(), now_s=clock)

    monkeypatch.setattr(handlers()["discount_application"], "applications", applications)


def _ask_systems_in_memory(
    monkeypatch: pytest.MonkeyPatch, ledger: Ledger, gateway: Gateway
) -> None:
    """Loyalty that merchants' own systems keep, wired alike."""
    clock, records = gateway.clock, LiveRecords(gateway.table, TABLE)
    programme = records.upstream_programme

    def calls() -> LoyaltyCalls:
        return LoyaltyCalls(records.integration, tenant_system())

    def redemptions(deadline: Deadline) -> UpstreamRedemptions:
        return UpstreamRedemptions(ledger, programme, calls(), deadline, clock)

    def points(deadline: Deadline) -> UpstreamPoints:
        return UpstreamPoints(ledger, programme, calls(), deadline, clock)

    def resolver() -> ResolveCalls:
        runner = LegRunner(ledger, calls(), clock)
        return ResolveCalls(runner, gateway.ledger.due, programme, clock)

    handler = handlers()["loyalty_redemption"]
    monkeypatch.setattr(handler, "upstream_redemptions", redemptions)
    monkeypatch.setattr(handler, "upstream_points", points)
    monkeypatch.setattr(handlers()["upstream_resolver"], "resolve_calls", resolver)


def forget_what_was_wired() -> None:
    """Let every function be wired anew, for the environment that a test has made."""
    settings.cache_clear()
    for file in (ROOT / "layers/core/tillbridge/entrypoint/wiring").glob("[a-z]*.py"):
        module = importlib.import_module(f"tillbridge.entrypoint.wiring.{file.stem}")
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
