"""A merchant's loyalty programme: the `PROGRAM` record (docs/records.md)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tillbridge.domain.ledger.account import NEVER


class ProgrammeRecord(BaseModel):
    """The rules of the built-in ledger. Every member may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    schema_version: Literal[1] = 1
    provider: Literal["ledger"] = Field(
        default="ledger", description="Who keeps the points: the built-in ledger."
    )
    hold_ttl_s: int = Field(
        default=900,
        ge=60,
        le=86_400,
        description="How long points stay held for a sale that nobody finishes, in seconds.",
    )
    points_good_for_days: int | None = Field(
        default=None,
        ge=1,
        le=3_650,
        description="How many days points are good, in the merchant's time zone; for ever, when "
        "left out.",
    )
    refund_grace_days: int = Field(
        default=30,
        ge=0,
        le=3_650,
        description="How many days points are still good that come back after they have expired.",
    )


@dataclass(frozen=True, slots=True)
class Programme:
    """The record, with what the profile adds to it: the merchant's days, and the key under which
    customers have their pseudonyms."""

    rules: ProgrammeRecord
    time_zone: str
    pseudonym_key: str

    def expiry_from(self, today: date) -> str:
        """The last day on which points earned today are good, or `never`."""
        if self.rules.points_good_for_days is None:
            return NEVER
        return (today + timedelta(days=self.rules.points_good_for_days)).isoformat()
