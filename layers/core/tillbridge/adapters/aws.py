"""Our AWS clients: how they are made, and how patient they are."""

from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

# boto3 waits 60 s by default. A lookup has 3 s in all: a silent service must be noticed while what
# is remembered still helps (T71).
CONFIG = Config(
    connect_timeout=0.3,
    read_timeout=0.8,
    retries={"total_max_attempts": 2, "mode": "standard"},
)
# All that is called, by service: its clients can do no more.
CALLS = {
    "dynamodb": ("GetItem", "PutItem", "Query", "TransactWriteItems"),
    "secretsmanager": ("GetSecretValue",),
    "sqs": ("SendMessage",),
}
MODELS = Path(__file__).with_name("aws_models")


def aws_client(service: str, config: Config = CONFIG) -> Any:
    """A client as `boto3.client` makes it. boto3 itself, which would bring its resources and the
    transfer of files along, is not loaded: that is a twentieth of a cold start."""
    return _session().create_client(service, config=config)


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _Models([str(MODELS)]))
    return session


class _Models(Loader):
    """What botocore knows of the services, out of its own files, but for those in `MODELS`, which
    are the same cut down to `CALLS` (tools/aws_models.py). To make two clients, it would read all
    endpoints of all services and hundreds of operations: an eighth of a cold start."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  botocore's
        """Those of `CALLS`, and what a developer's credentials may come from: botocore would look
        into the folder of every service for this."""
        return [*CALLS, "sso", "sso-oidc", "sts"]

    def is_builtin_path(self, path: str) -> bool:  # noqa: ARG002  botocore's
        """Always: to botocore, other endpoints than its own would be somebody's own network."""
        return True
