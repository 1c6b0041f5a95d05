"""The kinds of records that people write, by the name of their item (its `sk`): a kind is one entry
here, and whatever checks, lists or publishes records goes by it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from tillbridge.domain.customer_account_check import faults_of_account
from tillbridge.domain.customer_account_record import CustomerAccountRecord
from tillbridge.domain.discounts.record import (
    CampaignRecord,
    DiscountsRecord,
    faults_in_campaign,
)
from tillbridge.domain.examples import expected_fields_of
from tillbridge.domain.expected_fields import as_stored
from tillbridge.domain.faults import Fault, faults_in, similar
from tillbridge.domain.integration import Integration
from tillbridge.domain.integration_record import IntegrationRecord
from tillbridge.domain.programme import RewardRecord
from tillbridge.domain.programme.check import faults_in_programme, faults_in_reward
from tillbridge.domain.programmes import PROVIDERS, AnyProgrammeRecord, provider_of
from tillbridge.domain.record_check import FindSecret, faults_of
from tillbridge.domain.record_content import (
    BOOKKEEPING,
    MAX_CONTENT_BYTES,
    MAX_DEPTH,
    Content,
    canonical_json,
    content_hash,
    content_of,
    depth_of,
    size_bytes,
)
from tillbridge.domain.tenant import TenantProfile

__all__ = [
    "BOOKKEEPING",
    "KINDS",
    "MAX_CONTENT_BYTES",
    "Content",
    "RecordKind",
    "canonical_json",
    "changed_for_good",
    "content_hash",
    "content_of",
    "faults_in_record",
    "kind_of",
]

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Check: TypeAlias = Callable[[Content, frozenset[str], FindSecret | None], list[Fault]]


@dataclass(frozen=True, slots=True)
class RecordKind:
    """`PROFILE`, of which a tenant has one, or `INTEGRATION#<operation>`, where `identified_by` is
    the member that the name repeats. `model` is the schema; `check` says all that is wrong;
    `derive` gives members of `BOOKKEEPING` for the live record, worked out once so that no till
    waits for it; `kept` are members that are never changed while the record is live."""

    label: str
    model: type[BaseModel]
    check: Check
    identified_by: str | None = None
    derive: Callable[[Content], dict[str, Any]] = lambda _content: {}
    kept: tuple[str, ...] = ()

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
    if binary := list(_binary_values(content)):
        return binary
    if (size := size_bytes(content)) > MAX_CONTENT_BYTES:
        message = f"The record has {size} bytes; {MAX_CONTENT_BYTES} are the most"
        return [Fault("", message, hint="Shorten its examples.")]
    if depth_of(content) > MAX_DEPTH:
        message = f"The record is nested more than {MAX_DEPTH} deep"
        return [Fault("", message, hint="Flatten its examples.")]
    faults = kind.check(content, allowed_private_origins, find_secret)
    return [*_misnamed(kind, name, content), *faults]


def changed_for_good(name: str, content: Content, live: Content | None) -> list[Fault]:
    """Members that must stay as they are in the live record, and do not."""
    kind = kind_of(name)
    kept = () if kind is None or live is None else kind.kept
    return [
        Fault(member, "It was made once and must stay", hint="Write what the live record has.")
        for member in kept
        if live is not None and member in live and content.get(member) != live[member]
    ]


def _binary_values(node: Any, path: str = "") -> Iterator[Fault]:
    if isinstance(node, bytes):
        yield Fault(path, "A record holds no binary values")
    children = dict(enumerate(node)) if isinstance(node, list) else node
    for step, child in children.items() if isinstance(children, Mapping) else ():
        yield from _binary_values(child, f"{path}.{step}" if path else str(step))


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
        Fault(name, "A profile has no such member", hint=similar(name, names))
        for name in sorted(content.keys() - names)
    ]
    try:
        TenantProfile.model_validate(content)
    except ValidationError as error:
        return [*faults_in(error, content), *unknown]
    return unknown


def _by_schema(model: type[BaseModel]) -> Check:
    """For a kind of which its schema says all."""

    def check(
        content: Content, _private: frozenset[str], _find_secret: FindSecret | None
    ) -> list[Fault]:
        try:
            model.model_validate(content)
        except ValidationError as error:
            return faults_in(error, content, model.model_fields)
        return []

    return check


def _faults_of_campaign(
    content: Content, _private: frozenset[str], _find_secret: FindSecret | None
) -> list[Fault]:
    return faults_in_campaign(content)


def _faults_of_programme(
    content: Content, _private: frozenset[str], _find_secret: FindSecret | None
) -> list[Fault]:
    provider = provider_of(content)
    if provider == "ledger":
        return faults_in_programme(content)
    if not isinstance(provider, str) or provider not in PROVIDERS:
        hint = f"Write {' or '.join(PROVIDERS)}."
        return [Fault("provider", "There is no such provider", hint=hint)]
    try:
        PROVIDERS[provider].model_validate(content)
    except ValidationError as error:
        return faults_in(error, content)
    return []


def _faults_of_reward(
    content: Content, _private: frozenset[str], _find_secret: FindSecret | None
) -> list[Fault]:
    return faults_in_reward(content)


def _faults_of_account(
    content: Content, _private: frozenset[str], _find_secret: FindSecret | None
) -> list[Fault]:
    return faults_of_account(content)


def _expected_fields(content: Content) -> dict[str, Any]:
    return {"expected_fields": as_stored(expected_fields_of(Integration.load(content)))}


KINDS = (
    # Under another key every customer's points would be somebody else's.
    RecordKind("PROFILE", TenantProfile, _faults_of_profile, kept=("pseudonym_key",)),
    RecordKind("PROGRAM", AnyProgrammeRecord, _faults_of_programme),
    RecordKind("CUSTOMER_ACCOUNT", CustomerAccountRecord, _faults_of_account),
    RecordKind("INTEGRATION", IntegrationRecord, faults_of, "operation", _expected_fields),
    RecordKind("REWARD", RewardRecord, _faults_of_reward, "id"),
    RecordKind("DISCOUNTS", DiscountsRecord, _by_schema(DiscountsRecord)),
    RecordKind("CAMPAIGN", CampaignRecord, _faults_of_campaign, "id"),
)
