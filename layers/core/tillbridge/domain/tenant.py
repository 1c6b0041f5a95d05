"""A merchant's profile: the `PROFILE` record (docs/records.md)."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("give an IANA time zone, such as Europe/Copenhagen") from None
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]


class TenantProfile(BaseModel):
    """What holds for all of a merchant's integrations. Only `name` must be written."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    name: str = Field(min_length=1, description="The merchant, as its own people call it.")
    status: Literal["active", "suspended"] = "active"
    locale: str = Field(default="en", description="BCP 47 language of texts the merchant wrote.")
    time_zone: TimeZone = Field(
        default="UTC", description="IANA zone in which the merchant's days end."
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217; used where the till names no currency."
    )
    result_cap: int = Field(
        default=50, ge=1, le=200, description="How many customers one search returns at most."
    )
    pseudonym_key: str | None = Field(
        default=None,
        min_length=32,
        max_length=128,
        description="Random text under which the ledger knows this merchant's customers. Made "
        "once: under another one, every customer begins anew.",
    )
