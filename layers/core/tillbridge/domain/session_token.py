"""Shopify's session token: what the POS of a shop shows, good for a minute.

Shopify makes all of them alike, so anything that it would not make is refused before a signature is
looked at. It is imported for the first of them: a till with a key does not wait for PyJWT.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

import jwt

from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.shop import is_shop_domain
from tillbridge.errors import Unauthorized

# Shopify's own libraries allow for so much of a difference between its clock and ours.
LEEWAY_S = 10
# Shopify's have about 500 characters.
_MAX_LENGTH = 4_096
_SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")
_ALGORITHM = "HS256"
# Constant, says Shopify: no `kid`, no `jku`, no `crit`, nothing to be talked into.
_HEADER = {"alg": _ALGORITHM, "typ": "JWT"}
_TEXTS = ("aud", "dest", "iss", "jti", "sid", "sub")
_INSTANTS = ("exp", "iat", "nbf")
# PyJWT does not look for what it is not told to.
_OPTIONS: Any = {"require": [*_TEXTS, *_INSTANTS], "strict_aud": True}
_DEST = re.compile(r"https://([^/]+)")
_ISS = re.compile(r"https://([^/]+)/admin")


@dataclass(frozen=True, slots=True)
class SessionToken:
    """What a token says of itself, which holds only once it is `signed_with` a secret of the app's.

    `shop` is the shop's domain. `expires_at_s` (Unix seconds) is until when it is accepted.
    """

    text: str = field(repr=False)
    shop: str
    expires_at_s: int

    @classmethod
    def parse(cls, text: str) -> "SessionToken | None":
        """The token that a text spells, or None when it spells none that Shopify makes."""
        parts = _SHAPE.fullmatch(text) if len(text) <= _MAX_LENGTH else None
        if parts is None:
            return None
        header, claims = (_document(part) for part in parts.groups())
        if header != _HEADER or not isinstance(claims, dict) or not _is_complete(claims):
            return None
        shop = _shop(claims)
        return None if shop is None else cls(text, shop, claims["exp"] + LEEWAY_S)

    def signed_with(self, secret: str, client_id: str) -> bool:
        """Whether it is signed with this client secret of the app. Raises `Unauthorized` for one
        that is, and is of another app, expired, or not good yet: no other secret mends that."""
        try:
            jwt.decode(
                self.text,
                secret,
                algorithms=[_ALGORITHM],
                audience=client_id,
                leeway=LEEWAY_S,
                options=_OPTIONS,
            )
        except jwt.InvalidSignatureError:
            return False
        except jwt.PyJWTError:
            raise Unauthorized from None
        return True


def _document(part: str) -> Any:
    """The JSON in a part; None where there is none, or one with a member twice."""
    try:
        return parse_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), keep_nulls=True)
    except (binascii.Error, DocumentUnreadable):
        return None


def _is_complete(claims: dict[str, Any]) -> bool:
    """PyJWT would take the number in a text, or `true`, for an instant."""
    texts = (claims.get(name) for name in _TEXTS)
    instants = (claims.get(name) for name in _INSTANTS)
    return all(isinstance(text, str) and text for text in texts) and all(
        type(instant) is int for instant in instants
    )


def _shop(claims: dict[str, Any]) -> str | None:
    """The domain that both the issuer and the destination are, whole."""
    dest, iss = _DEST.fullmatch(claims["dest"]), _ISS.fullmatch(claims["iss"])
    if dest is None or iss is None or dest[1] != iss[1] or not is_shop_domain(dest[1]):
        return None
    return dest[1]
