"""The config guard: drafts that somebody wrote, from the table's stream, to verdicts and live
records."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.entrypoint.observability import logger
from tillbridge.entrypoint.wiring.config_guard import judge_change

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


def judge_record(record: DynamoDBRecord) -> None:
    """Raises when AWS fails: Lambda tells of the record again."""
    judge_change(record.raw_event["dynamodb"])


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event, judge_record, processor, context))
