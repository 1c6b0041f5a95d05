"""Shopify's shops, and which tenant each is.

The authorizer imports this, on the way to the first answer of the day: standard library only.
"""

import re
from dataclasses import dataclass

from tillbridge.domain.caller import Scope

# Of a caller that is a shop's POS.
CHANNEL = "shopify"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}\.myshopify\.com")
# The newest, and the one before while tokens and webhooks are still signed with it.
LIVE_SECRETS = 2
# Shopify's have 32 hexadecimal digits. A shorter key could be guessed, an empty one is known.
MIN_SECRET_LENGTH = 32
# A token proves where it comes from, not what its user may do: points are made (earned, adjusted)
# where the operator says so.
DEFAULT_SCOPES = frozenset({Scope.LOOKUP, Scope.REDEEM, Scope.DISCOUNT, Scope.SERVICE})


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of Shopify's (`pk = SHOP#<domain>`, `sk = SHOP`): whose it is, and by the client id of
    which app it is connected. The operator writes it; nothing that a caller says changes it."""

    domain: str
    tenant_id: str
    client_id: str
    scopes: frozenset[str] = DEFAULT_SCOPES


def is_shop_domain(text: str) -> bool:
    """Whether the text can be a shop's own domain, such as `acme.myshopify.com`."""
    return _DOMAIN.fullmatch(text) is not None
