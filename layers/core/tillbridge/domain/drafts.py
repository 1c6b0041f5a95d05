"""A record as somebody wrote it, a draft; and what was said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tillbridge.domain.caller import is_tenant_id
from tillbridge.domain.faults import Fault
from tillbridge.domain.record_content import Content, content_hash
from tillbridge.domain.record_kinds import kind_of


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Where a draft stands: `owner` is what follows `TENANT#` in its partition key (`acme#`),
    `name` is its `sk`. Both are whatever somebody wrote."""

    owner: str
    name: str

    @property
    def tenant_id(self) -> str:
        """'' where the key is no tenant's."""
        tenant_id, delimiter, rest = self.owner.partition("#")
        return tenant_id if delimiter and not rest and is_tenant_id(tenant_id) else ""

    @property
    def may_go_live(self) -> bool:
        """Whether what stands here, when it is good, is a record that functions read."""
        return bool(self.tenant_id) and kind_of(self.name) is not None


@dataclass(frozen=True, slots=True)
class Draft:
    """`content` is the record without bookkeeping, as plain data; `stored` is the same as the store
    has it, so that nothing is lost on its way to the live record, and empty for what is too large
    or too odd to be kept. `saved_at` and `saved_by` are what its writer said of the writing."""

    content: Content
    stored: Mapping[str, Any] = field(repr=False, compare=False)
    saved_at: str | None = None
    saved_by: str | None = None

    @property
    def content_hash(self) -> str:
        return content_hash(self.content)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of a draft: good without faults. `derived` is what the functions want to know
    of a good record and shall not have to work out."""

    draft: Draft
    faults: tuple[Fault, ...]
    derived: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Literal["good", "bad"]:
        return "bad" if self.faults else "good"


@dataclass(frozen=True, slots=True)
class Turn:
    """The state of a record's judging: how often it was concluded, and which content is live since
    then, by its hash (None when nothing is)."""

    number: int = 0
    live_hash: str | None = None
