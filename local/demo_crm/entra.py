"""Microsoft Entra ID: the token endpoint that goes with Business Central (client credentials).

A system of its own, so that its faults and its requests are told apart from Business Central's.
"""

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from secrets import token_urlsafe
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.demo_crm.credentials import (
    ENTRA_CLIENT_ID,
    ENTRA_CLIENT_SECRET,
    ENTRA_SCOPE,
    ENTRA_TENANT,
)
from local.demo_crm.system import System


class Tokens:
    """The access tokens given out, and until when they hold."""

    def __init__(self, lifetime_s: int, clock: Callable[[], float]) -> None:
        self.lifetime_s = lifetime_s
        self._clock = clock
        self._expiries: dict[str, float] = {}

    def issue(self) -> str:
        token = f"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.{token_urlsafe(96)}.{token_urlsafe(64)}"
        self._expiries[token] = self._clock() + self.lifetime_s
        return token

    def is_valid(self, token: str) -> bool:
        return self._expiries.get(token, 0.0) > self._clock()


def system(tokens: Tokens) -> System:
    async def answer(request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        form = {name: values[0] for name, values in parse_qs(body).items()}
        return _problem(request.path_params["tenant"], form) or _granted(tokens)

    return System(
        name="entra",
        method="POST",
        path="/businesscentral/{tenant}/oauth2/v2.0/token",
        answer=answer,
        unauthorized=_wrong_secret,
        throttled=lambda: JSONResponse({"error": "too_many_requests"}, 429, {"Retry-After": "1"}),
        failed=lambda: _error(500, "server_error", 90033, "A transient error has occurred."),
        items=lambda _: iter(()),
        strip_id=lambda _: None,
    )


def _granted(tokens: Tokens) -> Response:
    answer = {
        "token_type": "Bearer",
        "expires_in": tokens.lifetime_s,
        "ext_expires_in": tokens.lifetime_s,
        "access_token": tokens.issue(),
    }
    return JSONResponse(answer, headers={"Cache-Control": "no-store, no-cache"})


def _problem(tenant: str, form: Mapping[str, str]) -> Response | None:
    """What is wrong with a token request, in the order Entra looks."""
    if tenant != ENTRA_TENANT:
        return _error(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    for name in ("grant_type", "client_id", "scope"):
        if name not in form:
            text = f"The request body must contain the following parameter: '{name}'."
            return _error(400, "invalid_request", 900144, text)
    if (grant := form["grant_type"]) != "client_credentials":
        text = f"The app requested an unsupported grant type '{grant}'."
        return _error(400, "unsupported_grant_type", 70003, text)
    if (client := form["client_id"]) != ENTRA_CLIENT_ID:
        text = f"Application with identifier '{client}' was not found in the directory '{tenant}'."
        return _error(400, "unauthorized_client", 700016, text)
    if form["scope"] != ENTRA_SCOPE:
        text = f"The provided value for scope {form['scope']} is not valid."
        return _error(400, "invalid_scope", 1002012, text)
    if "client_secret" not in form:
        names = "'client_assertion' or 'client_secret'"
        text = f"The request body must contain the following parameter: {names}."
        return _error(401, "invalid_client", 7000218, text)
    if not hmac.compare_digest(form["client_secret"].encode(), ENTRA_CLIENT_SECRET.encode()):
        return _wrong_secret()
    return None


def _wrong_secret() -> Response:
    text = (
        "Invalid client secret provided. Ensure the secret being sent in the request is the client "
        f"secret value, not the client secret ID, for a secret added to app '{ENTRA_CLIENT_ID}'."
    )
    return _error(401, "invalid_client", 7000215, text)


def _error(status: int, error: str, code: int, text: str) -> Response:
    trace, correlation = str(uuid4()), str(uuid4())
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    trailer = f" Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"
    body = {
        "error": error,
        "error_description": f"AADSTS{code}: {text}{trailer}",
        "error_codes": [code],
        "timestamp": at,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={code}",
    }
    return JSONResponse(body, status)
