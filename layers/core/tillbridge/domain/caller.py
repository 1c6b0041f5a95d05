"""Who is calling: POS keys, scopes, and the tenant that a credential stands for.

The authorizer imports this, on the way to the first answer of the day: standard library only.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

# No part of a key may contain the delimiter, or one tenant's key could spell another's.
_TENANT_ID = r"[a-z0-9][a-z0-9-]{1,40}"
_KEY_ID = r"[a-z0-9]{6,16}"
_HEX_256 = r"[0-9a-f]{64}"
_TOKEN = re.compile(f"tb_({_TENANT_ID})_({_KEY_ID})_({_HEX_256})")


class Scope(StrEnum):
    """What a credential may do. `earn`: say what sales and returns there were, and what they earn.
    `service`: preferences, consent and service requests."""

    LOOKUP = "lookup"
    REDEEM = "redeem"
    EARN = "earn"
    DISCOUNT = "discount"
    ADJUST = "adjust"
    SERVICE = "service"
    ADMIN = "admin"


class Caller(NamedTuple):
    """A verified credential's meaning. Nothing else ever names a tenant.

    `principal` is the tenant's integration (a POS, a shop) and survives a key's rotation.
    `expires_at_s` (Unix seconds) is checked again by the routes, since API Gateway's cached answer
    outlives a credential. `degraded`: the key was remembered, as the table did not answer.
    """

    tenant_id: str
    principal: str
    scopes: frozenset[str]
    channel: str
    expires_at_s: int | None = None
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class PosKey:
    """`tb_<tenant-id>_<key-id>_<secret>`: what a till sends. The secret is 256 random bits in hex,
    so the table needs nothing but its SHA-256: no salt or pepper adds to that entropy."""

    tenant_id: str
    key_id: str
    secret: str = field(repr=False)

    @classmethod
    def mint(cls, tenant_id: str) -> "PosKey":
        """A new key. Its token is shown once; only `digest` is stored."""
        if not is_tenant_id(tenant_id):
            raise ValueError(f"a tenant id is 2 to 41 of a-z, 0-9 and '-': {tenant_id!r}")
        return cls(tenant_id, secrets.token_hex(4), secrets.token_hex(32))

    @classmethod
    def parse(cls, token: str) -> "PosKey | None":
        """The key that a token spells, or None when it spells none."""
        match = _TOKEN.fullmatch(token)
        return cls(*match.groups()) if match else None

    @property
    def token(self) -> str:
        return f"tb_{self.tenant_id}_{self.key_id}_{self.secret}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()


class PosKeyRecord(NamedTuple):
    """What the table knows of a key (`pk = KEY#<tenant>#`, `sk = <key-id>`)."""

    secret_sha256: str
    principal: str
    channel: str
    scopes: frozenset[str]
    expires_at_s: int | None = None
    revoked: bool = False

    def accepts(self, key: PosKey, now_s: float) -> bool:
        """Whether the key is this record's, and still good at `now_s` (Unix seconds)."""
        return (
            hmac.compare_digest(self.secret_sha256, key.digest)
            and not self.revoked
            and (self.expires_at_s is None or now_s < self.expires_at_s)
        )


def is_tenant_id(text: str) -> bool:
    """Whether the text can be a tenant's id: 2 to 41 of a-z, 0-9 and '-'."""
    return re.fullmatch(_TENANT_ID, text) is not None
