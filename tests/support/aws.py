"""DynamoDB and Secrets Manager as the adapters see them, by moto: for simple reads and writes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.stub import Stubber
from moto import mock_aws

from local.template import load_template
from tillbridge.adapters.aws import CONFIG

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_secretsmanager import SecretsManagerClient

TABLE = "tenants"
_SESSION: dict[str, Any] = {
    "region_name": "eu-west-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


@contextmanager
def a_tenants_table() -> Iterator["DynamoDBClient"]:
    """A client of an empty tenants table, as the template declares it."""
    with mock_aws():
        client: DynamoDBClient = boto3.client("dynamodb", config=CONFIG, **_SESSION)
        create_table(client, TABLE, "TenantsTable")
        yield client


def create_table(client: "DynamoDBClient", name: str, logical_id: str) -> None:
    """An empty table, as the template declares it."""
    declared = load_template()["Resources"][logical_id]["Properties"]
    parts = ("AttributeDefinitions", "BillingMode", "KeySchema")
    indexes = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    shape = {part: declared[part] for part in (*parts, *indexes) if part in declared}
    client.create_table(TableName=name, **shape)


@contextmanager
def a_secret_store() -> Iterator["SecretsManagerClient"]:
    """A client of an empty store of secrets."""
    with mock_aws():
        yield boto3.client("secretsmanager", config=CONFIG, **_SESSION)


def put(client: "DynamoDBClient", pk: str, sk: str, **content: Any) -> None:
    serialize = TypeSerializer().serialize
    item = {name: serialize(value) for name, value in {**content, "pk": pk, "sk": sk}.items()}
    client.put_item(TableName=TABLE, Item=item)


@contextmanager
def failing(client: Any, operation: str, code: str = "InternalServerError") -> Iterator[None]:
    """Every call of the operation is answered with the error; any other call is a mistake."""
    with Stubber(client) as stubber:
        for _ in range(10):
            stubber.add_client_error(operation, code, http_status_code=500)
        yield


def a_client_of_nobody(service: Any) -> Any:
    """A client whose endpoint is a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return boto3.client(service, config=CONFIG, endpoint_url=f"http://127.0.0.1:{port}", **_SESSION)
