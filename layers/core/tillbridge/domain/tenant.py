"""A merchant's profile: the `PROFILE` record (docs/records.md)."""

from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tillbridge.domain.cashier_text import VISIBLE


class CustomerView(StrEnum):
    """For whose screen it is."""

    KACHING = "kaching"
    SHOPIFY = "shopify"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("give an IANA time zone, such as Europe/Copenhagen") from None
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
PreferenceName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")]


class TenantProfile(BaseModel):
    """What holds for all of a merchant's integrations. Only `name` must be written."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), VISIBLE] = Field(
        description="The merchant, as its own people call it."
    )
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
    views: dict[CustomerView, tuple[Annotated[str, Field(min_length=1, max_length=64)], ...]] = (
        Field(
            default={},
            description="Which of a customer's fields each screen shows, beside the identifier; "
            "those of a till and the customer's wishes, for a screen that is not named.",
        )
    )
    data_notice: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), VISIBLE
        ]
        | None
    ) = Field(
        default=None,
        description="What the screen says of where the data comes from and what is kept.",
    )
    preferences: tuple[PreferenceName, ...] = Field(
        default=(),
        description="The preferences that `profile_update` can change; others are refused.",
    )
    lookup_shows_standing: bool = Field(
        default=False,
        description="Whether a search's few customers come with tier and points of the built-in "
        "ledger in `additional_info`: one read of it for each.",
    )
