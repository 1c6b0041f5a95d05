"""One request to a tenant's system and what came back, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass

# On every request to a tenant's system: a record that leads back to us is seen at its first turn.
HOP_HEADER = "Tillbridge-Hop"


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """A request that is ready to be sent: `url` is absolute and encoded, `headers` hold everything
    but Host and Content-Length. Its text form shows neither query, headers nor body: they hold
    personal data and secrets."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"OutboundRequest({self.method} {self.url.partition('?')[0]})"


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """What a tenant's system answered: header names in lower case, the body decoded (gzip) but not
    parsed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"UpstreamAnswer({self.status}, {len(self.body)} bytes)"
