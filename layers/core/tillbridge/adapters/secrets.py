"""Tenants' secrets in Secrets Manager, each under its tenant's own prefix."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.aws import aws_client
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.credential import Secret
from tillbridge.errors import RecordsUnavailable, SecretUnavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_FRESH_S = 5 * 60
_STALE_S = 15 * 60


def secrets_manager_client() -> "SecretsManagerClient":
    client: SecretsManagerClient = aws_client("secretsmanager")
    return client


class Secrets:
    """`<prefix>/<tenant-id>/<name>` holds `{"value": …, "origins": ["https://crm.example.com"]}`.
    The path is built here from the authenticated tenant; a record gives the name alone, which
    holds no slash."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        prefix: str,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._secrets = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)

    def read(self, tenant_id: str, name: str) -> Secret:
        """See `ports.ReadSecret`."""
        return self._secrets((tenant_id, name)).value

    def _read(self, key: tuple[str, str]) -> Secret:
        tenant_id, name = key
        try:
            answer = self._client.get_secret_value(SecretId=f"{self._prefix}/{tenant_id}/{name}")
        except (
            self._client.exceptions.ResourceNotFoundException,
            # One that is about to be deleted.
            self._client.exceptions.InvalidRequestException,
        ) as error:
            raise SecretUnavailable("auth.secret names no secret of this merchant") from error
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error
        try:
            return _secret(**json.loads(answer["SecretString"]))
        except (KeyError, TypeError, ValueError):
            raise SecretUnavailable(
                'a secret must hold {"value": "…", "origins": ["https://…"]}'
            ) from None


def _secret(value: str, origins: list[str]) -> Secret:
    if not isinstance(value, str) or not isinstance(origins, list):
        raise TypeError
    # A trailing line break is the shell's that stored it, and no header could carry it.
    return Secret(value.rstrip("\r\n"), frozenset(origins))
