"""Who keeps a merchant's points: the `PROGRAM` record is the built-in ledger's, or says how to ask
the merchant's own system."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Discriminator, RootModel, Tag

from tillbridge.domain.programme import Programme, ProgrammeRecord
from tillbridge.domain.upstream.programme import UpstreamProgramme, UpstreamProgrammeRecord

PROVIDERS: Mapping[Any, type[BaseModel]] = {
    "ledger": ProgrammeRecord,
    "http": UpstreamProgrammeRecord,
}

# What an operation needs that works on points which the gateway itself keeps.
BUILT_IN = "loyalty_ledger"

AnyProgramme: TypeAlias = Programme | UpstreamProgramme


def provider_of(content: Any) -> Any:
    """Who a record says keeps the points: the ledger, where it says nothing."""
    return content.get("provider", "ledger") if isinstance(content, Mapping) else None


class AnyProgrammeRecord(
    RootModel[
        Annotated[
            Annotated[ProgrammeRecord, Tag("ledger")]
            | Annotated[UpstreamProgrammeRecord, Tag("http")],
            Discriminator(provider_of),
        ]
    ]
):
    """The `PROGRAM` record, whoever the provider is."""


def built_in(programme: AnyProgramme) -> Programme:
    """The rules by which the gateway itself counts and shows points: of those that the merchant's
    own system keeps, only what they are called. What earns how many is for that system to say."""
    if isinstance(programme, Programme):
        return programme
    rules = ProgrammeRecord(points_label=programme.rules.points_label)
    return Programme(rules, programme.time_zone, programme.pseudonym_key)
