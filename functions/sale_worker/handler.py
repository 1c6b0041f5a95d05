"""The sale worker: what the queue holds of sales, to the ledger."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.sale_report import SaleMessage
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.wiring.sale_worker import count_sales
from tillbridge.errors import LedgerInconsistent

# A batch of which every message fails is no fault of the function's: each comes again by itself.
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def count_record(record: SQSRecord) -> None:
    """Raises for what comes again, and after too many times waits for a person."""
    facts: dict[str, Any] = {"message_id": record.message_id}
    try:
        message = SaleMessage.load(record.body)
        facts |= {"tenant_id": message.tenant_id, "delivery_id": message.delivery_id or None}
        # Also for the lines of what is asked for it.
        with logger.append_context_keys(tenant_id=message.tenant_id):
            counted = count_sales()(message)
        for processed in counted:
            logger.info("sale counted", extra=facts | asdict(processed))
            metrics.add_metric("SalesCounted", MetricUnit.Count, 0 if processed.note else 1)
    except Exception as error:
        code = getattr(error, "code", type(error).__name__)
        logger.warning("sale not counted", extra=facts | {"code": code})
        metrics.add_metric("SalesNotCounted", MetricUnit.Count, 1)
        if isinstance(error, LedgerInconsistent):
            metrics.add_metric("LedgerInconsistent", MetricUnit.Count, 1)
        raise


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event, count_record, processor, context))
