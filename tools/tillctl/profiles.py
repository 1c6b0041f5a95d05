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
    """The record as it is published: a profile keeps what was made with its tenant, and one that has
    none yet gets it."""
    if name != PROFILE:
        return content
    kept = {member: (before or {}).get(member) or mint() for member, mint in _minted().items()}
    return {**kept, **content}


def _minted() -> dict[str, Callable[[], str]]:
    known = TenantProfile.model_fields
    return {name: mint for name, mint in _MINTED.items() if name in known}
