"""Logs and metrics: one line per request and per call to a tenant's system, nothing of a person.

Modules log to `logging.getLogger(__name__)`, below the logger made here, and give their fields in
`extra`. urllib3's logger, which would write a URL with its query, is silenced where it is used.
"""

import traceback

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

_SERVICE = "tillbridge"
_NAMESPACE = "Tillbridge"

# Powertools names a logger for its service: this is the root of the package's loggers.
logger = Logger(service=_SERVICE)
# Its one dimension, `service`, is the stack's name: the template sets it.
metrics = Metrics(namespace=_NAMESPACE)


def count_drift(tenant_id: str, operation: str) -> None:
    """For the stack, which the alarm reads, and for the one record, which says whose it is. The
    latter exists only for records that drift: there are never more of it than live records."""
    metrics.add_metric("DriftedAnswers", MetricUnit.Count, 1)
    with single_metric("DriftedAnswers", MetricUnit.Count, 1, namespace=_NAMESPACE) as of_record:
        of_record.add_dimension("service", metrics.service or _SERVICE)
        of_record.add_dimension("tenant_id", tenant_id)
        of_record.add_dimension("operation", operation)


def frames(error: BaseException) -> list[str]:
    """Where an error came from, without its text: that may quote what a person typed."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
