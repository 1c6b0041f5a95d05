"""Which deployed stack a command is about: one of AWS's, or the local one. boto3 is imported when
one is first asked: a check of a file has no use for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.template import ROOT
from tools.tillctl.failures import Exit, Failure

if TYPE_CHECKING:
    from tillbridge.domain.discounts.live import Discounts
    from tillbridge.domain.programme import Programme
    from tillbridge.services.points import Points
    from tillbridge.services.ports import ReadSecret
    from tools.operator_store import OperatorStore
    from tools.tillctl.upstream import UpstreamLoyalty

LOCAL = "The local stack that make run started"
AWS = "A stack in AWS, by the name that it was deployed under"
LOCAL_STACK = "tillbridge"
_DESCRIPTION = Path(".local") / "stack.json"


@dataclass(frozen=True)
class Environment:
    """A deployed stack. What it raises is botocore's own: `explained` has words for it."""

    stack: str
    session: Mapping[str, Any]
    client_options: Mapping[str, Any] = field(default_factory=dict)
    api: str | None = None

    @property
    def is_local(self) -> bool:
        return self.api is not None

    def __str__(self) -> str:
        return "the local stack" if self.is_local else f"stack {self.stack}"

    def client(self, service: str, connections: int = 10) -> Any:
        """A client, which may use so many connections at once."""
        import boto3
        from botocore.config import Config

        patience = Config(
            connect_timeout=5,
            read_timeout=15,
            retries={"total_max_attempts": 3},
            max_pool_connections=connections,
        )
        session: Any = boto3.Session(**self.session)
        return session.client(service, config=patience, **self.client_options)

    @cached_property
    def _description(self) -> Mapping[str, Any]:
        answer = self.client("cloudformation").describe_stacks(StackName=self.stack)
        found: Mapping[str, Any] = answer["Stacks"][0]
        return found

    @cached_property
    def outputs(self) -> dict[str, str]:
        outputs = self._description.get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    @cached_property
    def _parameters(self) -> dict[str, str]:
        parameters = self._description.get("Parameters", [])
        return {one["ParameterKey"]: one["ParameterValue"] for one in parameters}

    @property
    def api_url(self) -> str:
        """What a till is given as base URL."""
        return self.api or self._output("ApiUrl")

    @property
    def allowed_private_origins(self) -> frozenset[str]:
        """As the functions are given it: there are none in prod."""
        if self._stage == "prod":
            return frozenset()
        return frozenset(self._parameters.get("AllowedPrivateOrigins", "").split())

    @property
    def secrets_prefix(self) -> str:
        return f"tillbridge/{self._stage}"

    @property
    def apps_secret(self) -> str:
        """The secret that holds those of the deployment's Shopify apps."""
        return f"tillbridge-apps/{self._stage}/shopify"

    @property
    def _stage(self) -> str:
        return self._parameters.get("Stage", "dev")

    @cached_property
    def store(self) -> "OperatorStore":
        from tools.operator_store import OperatorStore

        clients = (self.client("dynamodb"), self.client("secretsmanager"))
        table = self._output("TenantsTable")
        return OperatorStore(*clients, table, self.secrets_prefix, self.apps_secret)

    def points(self, tenant_id: str, connections: int) -> tuple["Points", "Programme"]:
        """What moves a tenant's points, as the functions do, over so many connections at once, and
        the tenant's programme. Raises `TenantError`s, `RecordsUnavailable`."""
        from tillbridge.adapters.ledger_table import LedgerTable
        from tillbridge.adapters.live_records import LiveRecords
        from tillbridge.services.ledger import Ledger
        from tillbridge.services.points import Points

        client = self.client("dynamodb", connections)
        programme = LiveRecords(client, self._output("TenantsTable")).programme(tenant_id)
        table = LedgerTable(client, self._output("LedgerTable"))
        # Read once: a command sees one programme from beginning to end.
        return Points(Ledger(table), lambda _tenant_id: programme, table.entries), programme

    def loyalty(self, tenant_id: str) -> "UpstreamLoyalty":
        """How a tenant's own system keeps its points, as the functions call it. Raises
        `TenantError`s, `RecordsUnavailable`."""
        from tillbridge.adapters.ledger_table import LedgerTable
        from tillbridge.adapters.live_records import LiveRecords
        from tillbridge.services.ledger import Ledger
        from tools.tillctl.upstream import UpstreamLoyalty, loyalty_calls

        client = self.client("dynamodb")
        records = LiveRecords(client, self._output("TenantsTable"))
        table = LedgerTable(client, self._output("LedgerTable"))
        return UpstreamLoyalty(
            Ledger(table),
            table,
            records.upstream_programme(tenant_id),
            loyalty_calls(self, records.integration),
        )

    def discounts(self, tenant_id: str) -> "Discounts":
        """The tenant's live campaigns and settings, as the functions read them. Raises
        `TenantError`s, `RecordsUnavailable`."""
        from tillbridge.adapters.live_campaigns import LiveCampaigns
        from tillbridge.adapters.live_records import LiveRecords

        client, table = self.client("dynamodb"), self._output("TenantsTable")
        return LiveCampaigns(client, table, LiveRecords(client, table).profile)(tenant_id)

    def read_secret(self) -> "ReadSecret":
        """As the functions read it."""
        from tillbridge.adapters.secrets import Secrets

        return Secrets(self.client("secretsmanager"), self.secrets_prefix).read

    def _output(self, name: str) -> str:
        if name not in self.outputs:
            message = f"{self} has no output {name}: it is no Tillbridge, or not yet deployed."
            raise Failure(message, "Name the stack that sam deploy made.", Exit.ENVIRONMENT)
        return self.outputs[name]


def chosen_environment(
    local: bool, stack: str | None, region: str | None, profile: str | None
) -> Environment | None:
    """None where neither kind was chosen. Raises `Failure`."""
    if local and stack:
        raise Failure("--local and --stack exclude each other.", "Give one of the two.")
    if stack:
        return Environment(stack, {"region_name": region, "profile_name": profile})
    return _local_environment() if local else None


def _local_environment() -> Environment:
    files = [folder / _DESCRIPTION for folder in (Path.cwd(), ROOT)]
    file = next((file for file in files if file.exists()), None)
    if file is None:
        hint = "Start it in another terminal, and leave it running: make run"
        raise Failure("The local stack is not running.", hint, Exit.ENVIRONMENT)
    try:
        said = json.loads(file.read_text())
        aws = dict(said["aws"])
        options = {"endpoint_url": aws.pop("endpoint_url")}
        return Environment(LOCAL_STACK, aws, options, said["api"])
    except (ValueError, KeyError, TypeError):
        hint = "Stop make run, and start it again."
        raise Failure(f"{file} does not describe a stack.", hint, Exit.ENVIRONMENT) from None


def explained(error: BaseException | None) -> Failure:
    """What a failure of AWS's means, and what to do."""
    from botocore import exceptions as aws

    match error:
        case aws.NoCredentialsError() | aws.PartialCredentialsError():
            words = "There are no AWS credentials.", "Sign in (aws sso login), or name a --profile."
        case aws.ProfileNotFound():
            words = f"{error}.", "aws configure list-profiles shows those that you have."
        case aws.NoRegionError():
            words = "No AWS Region is chosen.", "Give --region eu-west-1, or set AWS_REGION."
        case aws.ClientError():
            words = _explained_answer(error)
        case aws.ConnectionError() | aws.HTTPClientError():
            words = "AWS does not answer.", f"Is the network up, and the stack running? {error}"
        case _:
            words = f"AWS cannot be asked: {error}", ""
    return Failure(*words, Exit.ENVIRONMENT)


def _explained_answer(error: Any) -> tuple[str, str]:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code == "ValidationError" and "does not exist" in message:
        hint = "aws cloudformation list-stacks shows those that there are; mind --region."
        return f"{message.rstrip('.')}.", hint
    if code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"):
        return "AWS denies access.", f"{message}\nAsk for that permission, or choose a --profile."
    if "Expired" in code or "InvalidClientToken" in code or "Unrecognized" in code:
        return "The AWS credentials are not accepted.", "Sign in again (aws sso login)."
    return f"AWS says {code} to {error.operation_name}.", message
