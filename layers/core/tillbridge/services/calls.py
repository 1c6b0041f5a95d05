"""One call to a tenant's system, and the line that it leaves in the log."""

import logging
import time
from urllib.parse import urlsplit

from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.limits import Deadline
from tillbridge.errors import TillbridgeError
from tillbridge.services.ports import Exchange

logger = logging.getLogger(__name__)


def call(
    exchange: Exchange, request: OutboundRequest, deadline: Deadline, operation: str, attempt: int
) -> UpstreamAnswer:
    """The answer. The log gets host, outcome and milliseconds: no path, query, header or body.
    Raises as `Exchange`."""
    started_s = time.monotonic()
    outcome: int | str = "fault"
    try:
        answer = exchange(request, deadline)
        outcome = answer.status
    except TillbridgeError as error:
        outcome = error.code
        raise
    else:
        return answer
    finally:
        logger.info(
            "asked a tenant's system",
            extra={
                "operation": operation,
                "attempt": attempt,
                "upstream_host": urlsplit(request.url.partition("?")[0]).hostname,
                "upstream_outcome": outcome,
                "upstream_ms": round((time.monotonic() - started_s) * 1_000),
            },
        )
