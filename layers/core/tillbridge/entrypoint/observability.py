"""Logs and metrics: one line per request and per call to a tenant's system, nothing of a person.

Modules log to `logging.getLogger(__name__)`, below the logger made here, and give their fields in
`extra`. urllib3's logger, which would write a URL with its query, is silenced where it is used.
"""

import traceback

from aws_lambda_powertools import Logger, Metrics

_SERVICE = "tillbridge"

# Powertools names a logger for its service: this is the root of the package's loggers.
logger = Logger(service=_SERVICE)
# Its one dimension, `service`, is the stack's name: the template sets it.
metrics = Metrics(namespace="Tillbridge")


def frames(error: BaseException) -> list[str]:
    """Where an error came from, without its text: that may quote what a person typed."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
