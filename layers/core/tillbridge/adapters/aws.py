"""Our AWS clients: how they are made, and how patient they are."""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# boto3 waits 60 s by default. A lookup has 3 s in all: a silent service must be noticed while what
# is remembered still helps (T71).
CONFIG = Config(
    connect_timeout=0.3,
    read_timeout=0.8,
    retries={"total_max_attempts": 2, "mode": "standard"},
)


def aws_client(service: str, config: Config = CONFIG) -> Any:
    """A client as `boto3.client` makes it. boto3 itself, which would bring its resources and the
    transfer of files along, is not loaded: that is a twentieth of a cold start."""
    return _session().create_client(service, config=config)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
