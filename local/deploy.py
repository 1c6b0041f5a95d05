"""template.yaml onto the emulator through CloudFormation, as `sam deploy` would, in two seconds."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.build import zipped_function, zipped_layer
from local.emulator import Emulator
from local.errors import LocalStackError
from local.template import load_template, resources_of

STACK = "tillbridge"
_BUCKET = "tillbridge-local-artefacts"
_TEMPLATE = "template.json"
_DONE_WITHIN_S = 60


def deploy(emulator: Emulator, cache: Path, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create the stack on a fresh emulator; its outputs by name. What the emulator does not know is
    switched off, and what its CloudFormation leaves out is set here."""
    template = _packaged(emulator, cache)
    cloudformation = emulator.client("cloudformation")
    # CloudFormation takes 51,200 bytes in a request, and any template from a bucket.
    url = f"{emulator.endpoint}/{_BUCKET}/{_TEMPLATE}"
    content = json.dumps(template).encode()
    emulator.client("s3").put_object(Bucket=_BUCKET, Key=_TEMPLATE, Body=content)
    _create(cloudformation, url, {**parameters, "OnEmulator": "true"})
    _set_ttl(emulator, template)
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _packaged(emulator: Emulator, cache: Path) -> dict[str, Any]:
    """The template with its local folders uploaded and replaced by their addresses."""
    template = load_template()
    s3 = emulator.client("s3")
    s3.create_bucket(
        Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
    )

    def upload(content: bytes) -> str:
        key = f"{hashlib.sha256(content).hexdigest()}.zip"
        s3.put_object(Bucket=_BUCKET, Key=key, Body=content)
        return f"s3://{_BUCKET}/{key}"

    for function in resources_of(template, "AWS::Serverless::Function").values():
        properties = function["Properties"]
        properties["CodeUri"] = upload(zipped_function(properties["CodeUri"]))
    for layer in resources_of(template, "AWS::Serverless::LayerVersion").values():
        properties = layer["Properties"]
        properties["ContentUri"] = upload(zipped_layer(properties["ContentUri"], cache))
    return template


def _create(cloudformation: Any, template_url: str, parameters: Mapping[str, str]) -> None:
    change = cloudformation.create_change_set(
        StackName=STACK,
        ChangeSetName="local",
        ChangeSetType="CREATE",
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )["Id"]
    status, reason = _settled(
        lambda: cloudformation.describe_change_set(ChangeSetName=change), "Status"
    )
    if status == "CREATE_COMPLETE":
        cloudformation.execute_change_set(ChangeSetName=change)
        status, reason = _settled(
            lambda: cloudformation.describe_stacks(StackName=STACK)["Stacks"][0], "StackStatus"
        )
    if status != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        failures = [e for e in events if e["ResourceStatus"].endswith("FAILED")]
        why = "; ".join(
            f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in failures
        )
        raise LocalStackError(f"The template cannot be deployed ({status}): {why or reason}")


def _settled(describe: Callable[[], dict[str, Any]], status: str) -> tuple[str, str]:
    """The status and its reason once nothing is in progress. boto3's waiters sleep too long."""
    give_up_s = time.monotonic() + _DONE_WITHIN_S
    while time.monotonic() < give_up_s:
        described = describe()
        if not described[status].endswith(("IN_PROGRESS", "PENDING")):
            return described[status], described.get(f"{status}Reason", "")
        time.sleep(0.05)
    raise LocalStackError(f"The deployment did not end in {_DONE_WITHIN_S} s.")


def _set_ttl(emulator: Emulator, template: dict[str, Any]) -> None:
    """The emulator's CloudFormation drops a table's TimeToLiveSpecification."""
    dynamodb = emulator.client("dynamodb")
    cloudformation = emulator.client("cloudformation")
    for name, table in resources_of(template, "AWS::DynamoDB::Table").items():
        described = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=name)[
            "StackResourceDetail"
        ]
        dynamodb.update_time_to_live(
            TableName=described["PhysicalResourceId"],
            TimeToLiveSpecification=table["Properties"]["TimeToLiveSpecification"],
        )
