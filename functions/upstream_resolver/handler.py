"""The resolver: every minute, calls to merchants' loyalty systems whose outcome is not known are
learnt of, and those that are due are made."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.limits import Deadline
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.wiring.ledger import resolve_calls

_RUNS_FOR_S = 45.0


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    resolved = resolve_calls()(Deadline.after(_RUNS_FOR_S))
    metrics.add_metric("CallsSettled", MetricUnit.Count, resolved.settled)
    metrics.add_metric("CallsFailed", MetricUnit.Count, resolved.failed)
    metrics.add_metric("OldestCallUnknownS", MetricUnit.Seconds, resolved.oldest_s)
    metrics.add_metric("ManualRedemptions", MetricUnit.Count, resolved.manual)
    logger.info(
        "resolved",
        settled=resolved.settled,
        waiting=resolved.waiting,
        failed=resolved.failed,
        manual=resolved.manual,
        complete=resolved.is_complete,
    )
    return {
        "settled": resolved.settled,
        "waiting": resolved.waiting,
        "failed": resolved.failed,
        "manual": resolved.manual,
    }
