"""The queue of sales, in SQS."""

from collections.abc import Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.aws import CONFIG
from tillbridge.errors import RecordsUnavailable

# What SQS takes at once.
_MOST_MESSAGES = 10
_MOST_BYTES = 256 * 1024


def sqs_client() -> Any:
    any_client: Any = boto3.client
    return any_client("sqs", config=CONFIG)


class SaleQueue:
    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bodies: Sequence[str]) -> None:
        """See `ports.SendSales`."""
        for batch in _batches(bodies):
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "MessageBody": body}
                        for number, body in enumerate(batch)
                    ],
                )
            except (BotoCoreError, ClientError) as error:
                raise RecordsUnavailable("the queue of sales does not answer") from error
            if answer.get("Failed"):
                raise RecordsUnavailable("the queue of sales has not taken all")


def _batches(bodies: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    room_bytes = 0
    for body in bodies:
        size_bytes = len(body.encode())
        if not batches or len(batches[-1]) == _MOST_MESSAGES or size_bytes > room_bytes:
            batches.append([])
            room_bytes = _MOST_BYTES
        batches[-1].append(body)
        room_bytes -= size_bytes
    return batches
