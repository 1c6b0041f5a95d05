"""From an `Authorization` header to the caller it stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tillbridge.domain.caller import Caller, PosKey
from tillbridge.errors import Unauthorized

# The authorizer is a second cold start before the first answer: the ports bring pydantic along.
if TYPE_CHECKING:
    from tillbridge.services.ports import ReadPosKey

_SCHEMES = frozenset({"bearer", "kachingkey"})


@dataclass(frozen=True, slots=True)
class Authenticate:
    read_pos_key: "ReadPosKey"
    now_s: Callable[[], float]

    def __call__(self, authorization: str) -> Caller:
        """Raises `Unauthorized` for whatever is wrong with a credential, and `RecordUnusable` or
        `RecordsUnavailable` when it cannot be told."""
        scheme, _, token = authorization.strip().partition(" ")
        key = PosKey.parse(token.strip()) if scheme.lower() in _SCHEMES else None
        if key is None:
            raise Unauthorized
        record, remembered = self.read_pos_key(key.tenant_id, key.key_id)
        if record is None or not record.accepts(key, self.now_s()):
            raise Unauthorized
        return Caller(
            tenant_id=key.tenant_id,
            principal=record.principal,
            scopes=record.scopes,
            channel=record.channel,
            expires_at_s=record.expires_at_s,
            degraded=remembered,
        )
