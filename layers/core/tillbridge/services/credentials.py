"""A tenant's credential for one request: its secret, or the access token that it buys."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import quote

from tillbridge.domain.credential import Secret, basic, seal
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.integration_record import Auth, ClientCredentialsAuth, NoAuth
from tillbridge.domain.limits import Deadline
from tillbridge.domain.outcome import found_something
from tillbridge.domain.recent import Recent
from tillbridge.domain.request_template import DraftRequest
from tillbridge.errors import UpstreamRejected, UpstreamTimeout, UpstreamUnauthorized
from tillbridge.services.calls import call
from tillbridge.services.ports import Exchange, ReadSecret

# A token is not used in its last minute, so that it does not expire on its way.
_EXPIRY_MARGIN_S = 60
_DEFAULT_LIFETIME_S = 300
_LONGEST_LIFETIME_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    expires_at_s: float


@dataclass(frozen=True, slots=True)
class Credentials:
    """Access tokens are remembered per tenant and token request."""

    read_secret: ReadSecret
    exchange: Exchange
    now_s: Callable[[], float] = time.time
    _tokens: Recent[tuple[str, ClientCredentialsAuth], _Token] = field(default_factory=Recent)
    # Several parts of one request may find that there is no token yet: one of them fetches it.
    _fetching: Lock = field(default_factory=Lock)

    def seal(
        self, tenant_id: str, auth: Auth, draft: DraftRequest, deadline: Deadline
    ) -> OutboundRequest:
        """The request with its credential. Raises `SecretUnavailable`, `SecretNotBound`,
        `RecordUnusable`, and `UpstreamError`s where a token has to be fetched."""
        if isinstance(auth, NoAuth):
            return draft.seal()
        secret = self.read_secret(tenant_id, auth.secret)
        value = secret.value_for(draft.url)
        if isinstance(auth, ClientCredentialsAuth):
            value = self._access_token(tenant_id, auth, secret, deadline)
        return seal(draft, auth, value, self.now_s())

    def forget_token(self, tenant_id: str, auth: Auth) -> bool:
        """Forget a token that was refused; False when there is none that could be stale."""
        return isinstance(auth, ClientCredentialsAuth) and self._tokens.forget((tenant_id, auth))

    def _access_token(
        self, tenant_id: str, auth: ClientCredentialsAuth, secret: Secret, deadline: Deadline
    ) -> str:
        if (known := self._known_token(tenant_id, auth)) is not None:
            return known
        if not self._fetching.acquire(timeout=max(deadline.remaining_s(), 0)):
            raise UpstreamTimeout
        try:
            if (known := self._known_token(tenant_id, auth)) is not None:
                return known
            fetched = self._fetched(auth, secret.value_for(auth.token_url), deadline)
            self._tokens.put((tenant_id, auth), fetched)
            return fetched.value
        finally:
            self._fetching.release()

    def _known_token(self, tenant_id: str, auth: ClientCredentialsAuth) -> str | None:
        known = self._tokens.get((tenant_id, auth))
        return None if known is None or known.expires_at_s <= self.now_s() else known.value

    def _fetched(self, auth: ClientCredentialsAuth, secret: str, deadline: Deadline) -> _Token:
        form = {"grant_type": "client_credentials"}
        headers = {"Accept": "application/json"}
        if auth.scope is not None:
            form["scope"] = auth.scope
        if auth.client_in == "body":
            form |= {"client_id": auth.client_id, "client_secret": secret}
        else:
            # Each is form-encoded before they are joined (RFC 6749 §2.3.1).
            pair = f"{quote(auth.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = basic(pair)
        draft = DraftRequest("POST", auth.token_url, {}, headers, form, "form")
        answer = call(self.exchange, draft.seal(), deadline, "access_token", attempt=1)
        return self._token_of(answer)

    def _token_of(self, answer: UpstreamAnswer) -> _Token:
        try:
            found_something(answer, (), lambda: None)
            document = parse_json(answer.body)
            # In this order, so that what is not a number is the longest lifetime, and not endless.
            told_s = float(document.get("expires_in", _DEFAULT_LIFETIME_S))
            lifetime_s = min(_LONGEST_LIFETIME_S, told_s)
            expires_at_s = self.now_s() + lifetime_s - _EXPIRY_MARGIN_S
            return _Token(_sendable(document["access_token"]), expires_at_s)
        except UpstreamRejected:
            # RFC 6749 §5.2: a token endpoint refuses a client with 400.
            raise UpstreamUnauthorized(
                "the token endpoint refused the client", upstream_status=answer.status
            ) from None
        except (DocumentUnreadable, KeyError, TypeError, ValueError, AttributeError):
            raise UpstreamUnauthorized("the token endpoint gave no access token") from None


def _sendable(token: str) -> str:
    """The token, when it is one that a header can carry."""
    if not re.fullmatch(r"[!-~]+", token):
        raise ValueError
    return token
