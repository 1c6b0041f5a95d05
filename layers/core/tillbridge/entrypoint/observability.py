"""Logs and metrics: one line per request and per call to a tenant's system, nothing of a person.

Modules log to `logging.getLogger(__name__)`, below the logger made here, and give their fields in
`extra`. urllib3's logger, which would write a URL with its query, is silenced where it is used.
"""

import logging
import os
import traceback
from datetime import UTC, datetime
from json import JSONEncoder

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit
from pydantic_core import to_json

_SERVICE = "tillbridge"
_NAMESPACE = "Tillbridge"

# No line says in which thread or process it was written, so no record has to find it out (logging's
# HOWTO, "Optimization").
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
_encode = JSONEncoder(default=str, separators=(",", ":"), ensure_ascii=False).encode
# What pydantic writes as `json` does. It opens objects, and shows what their own text form hides.
_PLAIN_FACTS = frozenset({str, int, float, bool})
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class LogLine(LambdaPowertoolsFormatter):
    """A line as Powertools writes it, for a fraction of the work: that tries to parse every message
    as JSON, looks for each member in a list of names, and makes an encoder for each line. What
    pydantic serializes with takes a quarter of what `json` does."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info:
            return super().format(record)
        trace, _, _ = os.environ.get("_X_AMZN_TRACE_ID", "").partition(";")
        line = {
            **self.log_format,
            "level": record.levelname,
            "location": f"{record.funcName}:{record.lineno}",
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "xray_trace_id": trace.removeprefix("Root=") or None,
        }
        line |= {name: fact for name, fact in vars(record).items() if name not in _STANDARD}
        told = {name: fact for name, fact in line.items() if fact is not None}
        is_plain = _PLAIN_FACTS.issuperset(map(type, told.values()))
        return to_json(told).decode() if is_plain else _encode(told)


# Powertools names a logger for its service: this is the root of the package's loggers.
logger = Logger(service=_SERVICE, logger_formatter=LogLine())
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
