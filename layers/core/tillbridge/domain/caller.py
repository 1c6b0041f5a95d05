"""Who is calling: scopes, and the tenant that a credential stands for.

The authorizer imports this, on the way to the first answer of the day: standard library only.
"""

import re
from enum import StrEnum
from typing import NamedTuple

TENANT_ID = r"[a-z0-9][a-z0-9-]{1,40}"


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


def is_tenant_id(text: str) -> bool:
    """Whether the text can be a tenant's id: 2 to 41 of a-z, 0-9 and '-'."""
    return re.fullmatch(TENANT_ID, text) is not None
