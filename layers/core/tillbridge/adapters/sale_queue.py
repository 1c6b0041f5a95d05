"""The queue of sales, in SQS."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.aws import aws_client
from tillbridge.domain.limits import Deadline
from tillbridge.errors import RecordsUnavailable

# An export after a night offline holds hundreds of sales; a client has ten connections.
_AT_ONCE = 8


def sqs_client() -> Any:
    return aws_client("sqs")


class SaleQueue:
    """One request for each message: whatever is not stored is an error of its own."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bodies: Sequence[str], deadline: Deadline) -> None:
        """See `ports.SendSales`."""
        with ThreadPoolExecutor(_AT_ONCE) as several:
            # Raises what the first one that was refused did.
            list(several.map(lambda body: self._send(body, deadline), bodies))

    def _send(self, body: str, deadline: Deadline) -> None:
        if deadline.remaining_s() <= 0:
            raise RecordsUnavailable("the queue of sales does not take all of them in time")
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body)
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable("the queue of sales does not answer") from error
