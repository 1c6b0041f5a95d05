"""The last requests as they came, for tests that assert on what reached a system."""

from collections import deque
from typing import Final, TypedDict

from starlette.requests import Request

from local.demo_crm.credentials import SECRETS

KEPT: Final = 50
_CREDENTIAL_HEADERS: Final = frozenset(
    {"authorization", "cookie", "x-shopify-access-token", "proxy-authorization"}
)


class SeenRequest(TypedDict):
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


class RequestsSeen:
    """One ring per system; credentials are masked before anything is kept."""

    def __init__(self) -> None:
        self._rings: dict[str, deque[SeenRequest]] = {}

    async def record(self, system: str, request: Request) -> None:
        body = await request.body()
        seen = SeenRequest(
            method=request.method,
            path=request.scope["raw_path"].decode("latin-1"),
            query=_masked(request.scope["query_string"].decode("latin-1")),
            headers={name: _header(name, value) for name, value in request.headers.items()},
            body=_masked(body.decode("utf-8", "backslashreplace")),
        )
        self._rings.setdefault(system, deque(maxlen=KEPT)).append(seen)

    def of(self, system: str) -> list[SeenRequest]:
        """Oldest first."""
        return list(self._rings.get(system, ()))


def _header(name: str, value: str) -> str:
    if name not in _CREDENTIAL_HEADERS:
        return _masked(value)
    scheme, separator, _ = value.partition(" ")
    return f"{scheme} ***" if separator else "***"


def _masked(text: str) -> str:
    for secret in SECRETS:
        text = text.replace(secret, "***")
    return text
