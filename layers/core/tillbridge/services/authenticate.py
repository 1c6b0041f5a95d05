"""From an `Authorization` header to the caller it stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tillbridge.domain.caller import Caller
from tillbridge.domain.pos_key import PosKey
from tillbridge.errors import PosUserNotPermitted, Unauthorized

# The authorizer is a second cold start before the first answer: the ports bring pydantic along.
if TYPE_CHECKING:
    from tillbridge.services.ports import ReadPosKey

_BEARER = "bearer"
_SCHEMES = frozenset({_BEARER, "kachingkey"})
# What JavaScript writes where there is no token: Shopify gives none to a user who lacks the app's
# permission.
_NO_TOKEN = frozenset({"null", "undefined"})


@dataclass(frozen=True, slots=True)
class Authenticate:
    """`session_token` stands for `services.session_tokens`."""

    read_pos_key: "ReadPosKey"
    session_token: Callable[[str], Caller]
    now_s: Callable[[], float]

    def __call__(self, authorization: str) -> Caller:
        """Raises `PosUserNotPermitted` where a Shopify POS has no token to send, `Unauthorized` for
        whatever else is wrong with a credential, and `RecordUnusable`, `SecretUnavailable` or
        `RecordsUnavailable` when it cannot be told."""
        scheme, _, token = authorization.strip().partition(" ")
        scheme, token = scheme.lower(), token.strip()
        if scheme not in _SCHEMES:
            raise Unauthorized
        if scheme == _BEARER and token in _NO_TOKEN:
            raise PosUserNotPermitted
        # No key has a dot, and no session token is without.
        if scheme == _BEARER and "." in token:
            return self.session_token(token)
        return self._caller_of_key(token)

    def _caller_of_key(self, token: str) -> Caller:
        key = PosKey.parse(token)
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
