"""The client secrets of the deployment's own Shopify apps, in one secret of Secrets Manager."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.shop import LIVE_SECRETS, MIN_SECRET_LENGTH
from tillbridge.errors import RecordsUnavailable, SecretUnavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_FRESH_S = 5 * 60
_STALE_S = 15 * 60
# How often, at most, a signature that no secret makes has them read again.
_ANEW_AFTER_S = 10


class AppSecrets:
    """`secret_id` holds `{"apps": {"<client-id>": ["<newest>", "<the one before>"]}}`. It is the
    operator's, outside of the prefix of the tenants' secrets: what reads those cannot read it."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        secret_id: str,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._apps = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)
        self._secret_id = secret_id

    def read(self, client_id: str, *, anew: bool = False) -> tuple[str, ...]:
        """See `ports.ReadAppSecrets`."""
        fresh_s = _ANEW_AFTER_S if anew else _FRESH_S
        apps = self._apps(self._secret_id, fresh_s=fresh_s).value
        return _live(apps[client_id]) if client_id in apps else ()

    def _read(self, secret_id: str) -> Mapping[str, Any]:
        try:
            answer = self._client.get_secret_value(SecretId=secret_id)
        except (
            self._client.exceptions.ResourceNotFoundException,
            # One that is about to be deleted.
            self._client.exceptions.InvalidRequestException,
        ) as error:
            raise SecretUnavailable("the deployment has no Shopify app") from error
        except (BotoCoreError, ClientError) as error:
            raise RecordsUnavailable from error
        try:
            return dict(json.loads(answer["SecretString"])["apps"])
        except (KeyError, TypeError, ValueError):
            raise SecretUnavailable(
                'the apps\' secret must hold {"apps": {"<client-id>": ["…"]}}'
            ) from None


def _live(secrets: Any) -> tuple[str, ...]:
    is_usable = isinstance(secrets, list) and all(
        isinstance(secret, str) and len(secret) >= MIN_SECRET_LENGTH for secret in secrets
    )
    if not is_usable:
        raise SecretUnavailable(
            f"an app's secrets must be a list of texts of {MIN_SECRET_LENGTH} characters or more"
        )
    return tuple(secrets[:LIVE_SECRETS])
