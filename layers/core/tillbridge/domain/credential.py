"""Putting a tenant's secret into a request: in the one place that its record declares."""

import base64
import hmac
import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.headers import can_carry
from tillbridge.domain.integration_record import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    ClientCredentialsAuth,
    HmacAuth,
)
from tillbridge.domain.request_body import SECRET_SLOT
from tillbridge.domain.request_template import DraftRequest, check_header_name
from tillbridge.domain.target import origin_of
from tillbridge.errors import SecretNotBound, SecretUnavailable

_FACT = re.compile(r"(\{(?:method|path|query|body|timestamp)\})")


@dataclass(frozen=True, slots=True)
class Secret:
    """A tenant's secret and the origins that it may be sent to; both live in Secrets Manager, so
    that who can edit a record's URL cannot send the secret elsewhere."""

    value: str = field(repr=False)
    origins: frozenset[str]

    def value_for(self, url: str) -> str:
        """The value; raises `SecretNotBound` when it may not be sent to this URL's origin."""
        origin = origin_of(url)
        if origin not in map(origin_of, self.origins):
            raise SecretNotBound(f"add {origin} to the secret's origins, or mend the record's URL")
        return self.value


def body_slot(auth: Auth) -> str | None:
    """The dotted path of the body's leaf that takes the secret, where one does."""
    return auth.name if isinstance(auth, ApiKeyAuth) and auth.place == "body" else None


def check_places(auth: Auth) -> None:
    """Raises `RecordRefused` where `auth` would set a header that no record may."""
    match auth:
        case ApiKeyAuth(place="header"):
            check_header_name(auth.name, "auth.name")
        case HmacAuth():
            check_header_name(auth.header, "auth.header")
            if auth.timestamp_header is not None:
                check_header_name(auth.timestamp_header, "auth.timestamp_header")


def seal(draft: DraftRequest, auth: Auth, value: str, now_s: float) -> OutboundRequest:
    """The request, ready to be sent with the credential `value` where `auth` says: a secret, or the
    access token that it was exchanged for."""
    match auth:
        case BearerAuth() | ClientCredentialsAuth():
            draft.headers["Authorization"] = _header_value(f"Bearer {value}")
        case BasicAuth():
            draft.headers["Authorization"] = basic(value)
        case ApiKeyAuth(place="header"):
            draft.headers[auth.name] = _header_value(auth.prefix + value)
        case ApiKeyAuth(place="query"):
            draft.query[auth.name] = auth.prefix + value
        case ApiKeyAuth():
            draft.body = _filled(draft.body, auth.prefix + value)
        case HmacAuth():
            return _signed(draft, auth, value, now_s)
    return draft.seal()


def basic(value: str) -> str:
    """HTTP Basic's header for `username:password`."""
    return f"Basic {base64.b64encode(value.encode()).decode()}"


def _header_value(text: str) -> str:
    if not can_carry(text):
        raise SecretUnavailable("the secret holds a character that no header can carry")
    return text


def _filled(tree: Any, value: str) -> Any:
    """The body with the credential in its slot, wherever leaving out what is absent moved it to."""
    if tree is SECRET_SLOT:
        return value
    if isinstance(tree, dict):
        return {name: _filled(member, value) for name, member in tree.items()}
    return [_filled(item, value) for item in tree] if isinstance(tree, list) else tree


def _signed(draft: DraftRequest, auth: HmacAuth, secret: str, now_s: float) -> OutboundRequest:
    timestamp = str(int(now_s))
    if auth.timestamp_header:
        draft.headers[auth.timestamp_header] = timestamp
    request = draft.seal()
    url = urlsplit(request.url)
    facts = {
        "{method}": request.method.encode(),
        "{path}": url.path.encode(),
        "{query}": url.query.encode(),
        "{body}": request.body or b"",
        "{timestamp}": timestamp.encode(),
    }
    # Split and not replaced: a fact that spells another's name is not expanded again.
    parts = _FACT.split(auth.message)
    message = b"".join(facts.get(part, part.encode()) for part in parts)
    digest = hmac.digest(secret.encode(), message, auth.algorithm)
    encoded = digest.hex() if auth.encoding == "hex" else base64.b64encode(digest).decode()
    return replace(request, headers={**request.headers, auth.header: auth.prefix + encoded})
