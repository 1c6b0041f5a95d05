"""The rules on a URL that a merchant's record names: what may be called, with no network asked.

They hold when a record is saved and again at every call. What the host's name resolves to is
judged at the call alone (`adapters/address_policy.py`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import idna

from tillbridge.errors import AddressRefused

DEFAULT_PORTS = {"https": 443, "http": 80}
PUBLIC_PORTS = frozenset({443, 8443})
MAX_PORT = 65535
MAX_HOST_LENGTH = 253

_AFTER_AUTHORITY = re.compile(r"[/?#]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PARTS = re.compile(r"(https?)://([^/?#]*)(/[^?#]*)?(\?[^#]*)?", re.ASCII | re.IGNORECASE)
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]]+))(?::([1-9][0-9]{0,4}))?")
# The last label has no digit, so that no resolver takes the name for a spelling of an IPv4 address.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{0,58}}[a-z0-9])")


class Origin(NamedTuple):
    """Whom a URL reaches. Its text form is canonical: `https://crm.example.com`, and a port only
    where it is not the scheme's own."""

    scheme: str
    host: str
    port: int
    # The operator listed it, so its addresses need not be public.
    is_private: bool = False

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts, parsed once and used as parsed: `path_and_query` begins with a slash.
    Its text form does not show the query, which holds personal data."""

    origin: Origin
    path_and_query: str

    def __repr__(self) -> str:
        return f"Target({self.origin}{self.path_and_query.partition('?')[0]})"


def check_url(url: str, allowed_private_origins: frozenset[str] = frozenset()) -> Target:
    """The parts of a URL that may be called; `AddressRefused`, saying what to change, of any other.

    `allowed_private_origins` are the operator's exceptions, in lower case and spelled as the URL
    spells them (`http://127.0.0.1:9000`): any host, port and scheme http are allowed for these.
    """
    if _UNSAFE.search(url):
        raise AddressRefused(
            "The URL holds white space, a control character or a backslash: percent-encode it."
        )
    parts = _PARTS.fullmatch(url)
    if parts is None:
        raise AddressRefused("The URL must begin with https:// and have no fragment (#…).")
    scheme, authority, path, query = parts.groups(default="")
    _check_path(path, query)
    origin = _origin(scheme.lower(), authority.lower(), allowed_private_origins)
    return Target(origin, (path or "/") + query)


def origin_of(url: str) -> str:
    """A URL's origin in the form in which origins are compared; '' for what has none. Says nothing
    about whether it may be called."""
    scheme, slashes, rest = url.partition("//")
    return _origin_of(scheme + slashes + _AFTER_AUTHORITY.split(rest, maxsplit=1)[0])


@lru_cache(maxsize=256)
def _origin_of(url: str) -> str:
    """Cached, and so without a path or query, which may be personal."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        return ""
    if scheme not in DEFAULT_PORTS or not host:
        return ""
    return str(Origin(scheme, host, port or DEFAULT_PORTS[scheme]))


def _check_path(path: str, query: str) -> None:
    if not path.isascii() or not query.isascii():
        raise AddressRefused("The URL's path and query must be ASCII: percent-encode the rest.")
    if _STRAY_PERCENT.search(path) or _STRAY_PERCENT.search(query):
        raise AddressRefused("A % in the URL must begin a percent-encoding such as %20, or be %25.")
    if path.startswith("//") or _DOT_SEGMENT.search(path):
        raise AddressRefused("The URL's path must not begin with // or hold a . or .. segment.")


@lru_cache(maxsize=256)
def _origin(scheme: str, authority: str, allowed_private_origins: frozenset[str]) -> Origin:
    """Cached, for the path and query of an origin's URLs change with each call, this never."""
    if "@" in authority:
        raise AddressRefused("The URL must not hold a user or password: use the record's `auth`.")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise AddressRefused("The URL must name a host, and after it at most a port number.")
    ip_literal, name, port_text = parts.groups()
    port = int(port_text or DEFAULT_PORTS[scheme])
    if port > MAX_PORT:
        raise AddressRefused(f"The URL's port must not exceed {MAX_PORT}.")
    if f"{scheme}://{authority}" in allowed_private_origins:
        return Origin(scheme, ip_literal or name, port, is_private=True)
    if scheme != "https":
        raise AddressRefused("The URL must begin with https://.")
    if port not in PUBLIC_PORTS:
        raise AddressRefused("The URL's port must be 443 or 8443.")
    return Origin(scheme, _dns_name(name or ""), port)


def _dns_name(host: str) -> str:
    """The host as it is asked for in DNS, if it is a name at all."""
    ascii_host = host
    if not host.isascii() and len(host) <= MAX_HOST_LENGTH:
        try:
            ascii_host = idna.encode(host, uts46=True).decode("ascii")
        except UnicodeError:
            raise AddressRefused("The URL's host is not a valid international name.") from None
    if len(ascii_host) > MAX_HOST_LENGTH or not _DNS_NAME.fullmatch(ascii_host):
        raise AddressRefused(
            "The URL's host must be a DNS name with a dot, such as crm.example.com: "
            "not an IP address, and without a dot at its end."
        )
    return ascii_host
