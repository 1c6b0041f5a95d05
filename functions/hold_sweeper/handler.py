"""The sweeper: every minute, holds that nobody finished end."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.limits import Deadline
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.wiring.ledger import expire_holds

_RUNS_FOR_S = 45.0


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    swept = expire_holds()(Deadline.after(_RUNS_FOR_S))
    metrics.add_metric("HoldsEnded", MetricUnit.Count, swept.ended)
    metrics.add_metric("HoldsNotEnded", MetricUnit.Count, swept.failed)
    metrics.add_metric("OldestHoldOverdueS", MetricUnit.Seconds, swept.oldest_s)
    logger.info("swept", ended=swept.ended, failed=swept.failed, complete=swept.is_complete)
    return {"ended": swept.ended, "failed": swept.failed}
