"""The clients know the cut models alone: they send what botocore's full ones do."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from tillbridge.adapters.aws import CALLS, CONFIG, _session, aws_client

PUT = {"TableName": "ledger", "Item": {"pk": {"S": "a"}, "sk": {"N": "1"}}}
PARAMETERS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "tenants", "Key": {"pk": {"S": "a"}}, "ConsistentRead": True},
    "PutItem": PUT,
    "Query": {
        "TableName": "tenants",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"M": {"deep": {"L": [{"BOOL": True}]}}}},
    },
    "TransactWriteItems": {"TransactItems": [{"Put": PUT}], "ClientRequestToken": "once"},
    "GetSecretValue": {"SecretId": "tillbridge/dev/shop/crm"},
    "SendMessage": {
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/000000000000/sales",
        "MessageBody": "a sale",
    },
}
OPERATIONS = [(service, name) for service, names in CALLS.items() for name in names]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    # DynamoDB has an endpoint for each account.
    monkeypatch.setenv("AWS_ACCOUNT_ID", "000000000000")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # A session keeps the credentials that it has found: another test's before, ours after this.
    _session.cache_clear()
    yield
    _session.cache_clear()


def exchanged(client: Any, operation: str) -> tuple[Any, ...]:
    """What it sends, and what it makes of an answer and of a refusal."""
    sent: list[AWSPreparedRequest] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> Any:
        sent.append(request)
        body = b'{"Item": {"pk": {"S": "a"}}, "SecretString": "secret", "MessageId": "1"}'
        response: Any = AWSResponse(request.url, 200, HTTPHeaders(), None)
        response._content = body  # as if it were read
        return response

    client.meta.events.register("before-send", answer)
    method = client.meta.method_to_api_mapping
    (name,) = (python_name for python_name, api_name in method.items() if api_name == operation)
    answered = getattr(client, name)(**PARAMETERS[operation])
    (request,) = sent
    return request.method, request.url, request.body, request.headers.get("X-Amz-Target"), answered


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_call_is_the_one_that_botocore_makes(
    service: str, operation: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    botocores: Any = botocore.session.get_session().create_client

    ours = exchanged(aws_client(service), operation)

    assert ours == exchanged(botocores(service, config=CONFIG), operation)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_every_error_of_a_call_has_its_class(
    service: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    botocores: Any = botocore.session.get_session().create_client
    full = botocores(service, config=CONFIG).meta.service_model.operation_model(operation)

    names = {shape.metadata.get("error", {}).get("code", shape.name) for shape in full.error_shapes}

    ours = aws_client(service).exceptions
    assert {name for name in names if not hasattr(ours, name)} == set()
