"""What of a profile nobody writes into a file: it is made once, and stays."""

import secrets
from collections.abc import Callable, Mapping

from tillbridge.domain.record_content import Content
from tillbridge.domain.tenant import TenantProfile

PROFILE = "PROFILE"
# Members that are made with the tenant, where the profile knows them.
_MINTED: Mapping[str, Callable[[], str]] = {"pseudonym_key": lambda: secrets.token_hex(32)}
MINTED_NAMES = frozenset(_MINTED)


def with_minted(content: Content) -> Content:
    """A new tenant's profile."""
    return {**content, **{name: mint() for name, mint in _minted().items()}}


def with_kept(name: str, content: Content, before: Content | None) -> Content:
    """The record as it is published. A profile keeps what was made with its tenant, or gets it now;
    and one that does not say whether the tenant is suspended leaves that as it is."""
    if name != PROFILE:
        return content
    known = before or {}
    kept = {member: known.get(member) or mint() for member, mint in _minted().items()}
    if "status" in known:
        kept["status"] = known["status"]
    return {**kept, **content}


def without_status(name: str, content: Content, live: Content | None) -> Content:
    """A version as it comes back: whether the tenant is suspended is not what it is about."""
    if name != PROFILE:
        return content
    rest = {member: value for member, value in content.items() if member != "status"}
    return with_kept(name, rest, live)


def without_minted(content: Content) -> Content:
    """What of a record may be shown."""
    return {name: value for name, value in content.items() if name not in MINTED_NAMES}


def _minted() -> dict[str, Callable[[], str]]:
    known = TenantProfile.model_fields
    return {name: mint for name, mint in _MINTED.items() if name in known}
