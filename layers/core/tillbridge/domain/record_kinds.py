"""The kinds of records that people write, by the name of their item (its `sk`): a kind is one entry
here, and whatever checks, lists or publishes records goes by it."""

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from tillbridge.domain.faults import Fault, faults_in
from tillbridge.domain.integration_record import IntegrationRecord
from tillbridge.domain.record_check import FindSecret, faults_of
from tillbridge.domain.tenant import TenantProfile

# What an item says about itself and not about the merchant's system.
BOOKKEEPING = frozenset(
    {"pk", "sk", "saved_at", "saved_by", "content_hash", "judged_at", "expected_fields"}
)
MAX_CONTENT_BYTES = 256 * 1024

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Content: TypeAlias = dict[str, Any]
Check: TypeAlias = Callable[[Content, frozenset[str], FindSecret | None], list[Fault]]


@dataclass(frozen=True, slots=True)
class RecordKind:
    """`PROFILE`, of which a tenant has one, or `INTEGRATION#<operation>`, where `identified_by` is
    the member that the name repeats. `model` is the schema; `check` says all that is wrong."""

    label: str
    model: type[BaseModel]
    check: Check
    identified_by: str | None = None

    def name_of(self, content: Mapping[str, Any]) -> str:
        """The name under which the content is stored."""
        if self.identified_by is None:
            return self.label
        return f"{self.label}#{content.get(self.identified_by, '')}"


def kind_of(name: str) -> RecordKind | None:
    """The kind of the record of that name, None for a name that no kind has."""
    label, delimiter, identifier = name.partition("#")
    kind = next((kind for kind in KINDS if kind.label == label), None)
    if kind is None or bool(delimiter) != (kind.identified_by is not None):
        return None
    return kind if not delimiter or _IDENTIFIER.fullmatch(identifier) else None


def content_of(item: Mapping[str, Any]) -> Content:
    """What of an item is the record: everything but the bookkeeping."""
    return {name: value for name, value in item.items() if name not in BOOKKEEPING}


def content_hash(content: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of the record's canonical JSON: the same for the same record, however
    its members are ordered and its numbers spelled, whoever saved it and when."""
    return hashlib.sha256(canonical_json(content_of(content)).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    return json.dumps(
        _canonical(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str
    )


def faults_in_record(
    name: str,
    content: Content,
    allowed_private_origins: frozenset[str] = frozenset(),
    find_secret: FindSecret | None = None,
) -> list[Fault]:
    """Each reason why the record must not go live under this name; none when it may. Without
    `find_secret` nothing is said of its secret."""
    kind = kind_of(name)
    if kind is None:
        known = ", ".join(k.name_of({k.identified_by or "": "…"}) for k in KINDS)
        return [Fault("", "No kind of record has this name", hint=f"The names are {known}.")]
    size_bytes = len(canonical_json(content))
    if size_bytes > MAX_CONTENT_BYTES:
        message = f"The record has {size_bytes} bytes; {MAX_CONTENT_BYTES} are the most"
        return [Fault("", message, hint="Shorten its examples.")]
    faults = kind.check(content, allowed_private_origins, find_secret)
    return [*_misnamed(kind, name, content), *faults]


def _misnamed(kind: RecordKind, name: str, content: Content) -> list[Fault]:
    member = kind.identified_by
    if member is None or member not in content or kind.name_of(content) == name:
        return []
    _, _, identifier = name.partition("#")
    return [Fault(member, f"It must say {identifier}, as the record's name {name} does")]


def _faults_of_profile(
    content: Content, _private: frozenset[str], _find_secret: FindSecret | None
) -> list[Fault]:
    names = TenantProfile.model_fields.keys()
    # A till's request ignores what it does not know; who writes it has misspelled something.
    unknown = [
        Fault(name, "A profile has no such member", hint=_similar(name, names))
        for name in content.keys() - names
    ]
    try:
        TenantProfile.model_validate(content)
    except ValidationError as error:
        return [*faults_in(error, content), *unknown]
    return unknown


def _similar(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name[:40], names, n=1)
    return f"Did you mean {close[0]}?" if close else f"The members are {', '.join(names)}."


def _canonical(value: Any) -> Any:
    """The value with each number in the one form that a JSON file and a table agree on."""
    if isinstance(value, Mapping):
        return {str(name): _canonical(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


KINDS = (
    RecordKind("PROFILE", TenantProfile, _faults_of_profile),
    RecordKind("INTEGRATION", IntegrationRecord, faults_of, identified_by="operation"),
)
