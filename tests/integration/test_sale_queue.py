"""The queue of sales, in SQS by moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.aws import failing
from tests.support.builders import a_deadline
from tillbridge.adapters.sale_queue import SaleQueue, sqs_client
from tillbridge.domain.limits import Deadline
from tillbridge.errors import RecordsUnavailable


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield sqs_client()


@pytest.fixture
def url(client: Any) -> str:
    assert client  # moto's cloud is there
    return str(boto3.client("sqs").create_queue(QueueName="sales")["QueueUrl"])


def bodies(url: str) -> list[str]:
    found: list[str] = []
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_every_message_is_stored(client: Any, url: str, count: int) -> None:
    sent = [f"sale {number}" for number in range(count)]
    SaleQueue(client, url).send(sent, a_deadline())
    assert sorted(bodies(url)) == sorted(sent)


def test_a_queue_that_does_not_answer_has_not_stored_all(client: Any, url: str) -> None:
    with failing(client, "send_message"), pytest.raises(RecordsUnavailable):
        SaleQueue(client, url).send(["a sale"], a_deadline())


def test_one_message_that_is_not_stored_is_no_success(client: Any, url: str) -> None:
    class Refusing:
        def send_message(self, *, MessageBody: str, **parameters: Any) -> Any:  # noqa: N803
            if MessageBody == "two":
                raise ClientError({"Error": {"Code": "InternalError"}}, "SendMessage")
            return client.send_message(MessageBody=MessageBody, **parameters)

    with pytest.raises(RecordsUnavailable):
        SaleQueue(Refusing(), url).send(["one", "two"], a_deadline())


def test_nothing_more_is_sent_once_the_time_is_up(client: Any, url: str) -> None:
    with pytest.raises(RecordsUnavailable):
        SaleQueue(client, url).send(["a sale"], Deadline.after(0))
    assert bodies(url) == []
