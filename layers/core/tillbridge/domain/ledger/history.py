"""What has happened on an account, newest first, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from tillbridge.domain.ledger.writes import Item


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of a partition's items, each with its `sk`, and where the next one begins, None on the
    last."""

    entries: tuple[Item, ...]
    following: Mapping[str, str] | None = None
