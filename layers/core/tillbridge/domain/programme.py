"""A merchant's loyalty programme: the `PROGRAM` record (docs/records.md)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tillbridge.domain.ledger.account import NEVER
from tillbridge.domain.point_value import PointValue
from tillbridge.errors import CurrencyMismatch, InvalidRequest


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
    point_values: dict[Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")], PointValue] = Field(
        default={},
        description="What points are worth where a till pays with them as with money (docs/"
        "kaching.md), by currency.",
    )


@dataclass(frozen=True, slots=True)
class Programme:
    """The record, with what the profile adds to it: the merchant's days and currency, and the key
    under which customers have their pseudonyms."""

    rules: ProgrammeRecord
    time_zone: str
    pseudonym_key: str
    currency: str | None = None

    def value_in(self, currency_code: str | None) -> tuple[str, PointValue]:
        """What points are worth in the currency, the merchant's own where none is named; with it.
        Raises `CurrencyMismatch`, and `InvalidRequest` where none can be meant."""
        code = currency_code or self.currency
        if code is None:
            raise InvalidRequest(
                "currency_code: give one, the profile has none", field="currency_code"
            )
        if code not in self.rules.point_values:
            raise CurrencyMismatch(f"the programme has no point value in {code}", currency=code)
        return code, self.rules.point_values[code]

    def expiry_from(self, today: date) -> str:
        """The last day on which points earned today are good, or `never`."""
        if self.rules.points_good_for_days is None:
            return NEVER
        return (today + timedelta(days=self.rules.points_good_for_days)).isoformat()
