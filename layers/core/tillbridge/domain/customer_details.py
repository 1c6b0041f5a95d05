"""What a merchant's systems tell of one customer, in the shapes that their records map to."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from datetime import date as Day  # noqa: N812  a field is called `date`
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tillbridge.domain.customer import Amount, Customer, Line
from tillbridge.domain.money import minor_units, round_to_currency
from tillbridge.domain.tenant import PreferenceName

_MAX_PREFERENCES = 40


class Channel(StrEnum):
    """By what a merchant writes to its customers."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    POST = "post"
    PUSH = "push"


class ConsentState(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Tone(StrEnum):
    """How a badge is coloured, in Shopify's words."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    CRITICAL = "critical"
    NEUTRAL = "neutral"


def _iso(text: str) -> str:
    """A date, or an instant with its offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or (at.tzinfo is None and len(text) > len("2026-01-31")):
        raise ValueError("give a date (2026-01-31) or an instant with its offset")
    return text


def _as_badge(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    """Systems that know texts alone give numbers as texts, and others `200.0`."""
    if isinstance(value, bool) or value == "":
        return None
    if isinstance(value, Decimal | float) and value == int(value):
        return int(value)
    return value


def _known_alone(preferences: Any) -> Any:
    """What a system says nothing of is left out."""
    if not isinstance(preferences, Mapping):
        return preferences
    return {name: value for name, value in preferences.items() if value is not None}


Iso = Annotated[str, AfterValidator(_iso)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Preference = bool | int | Annotated[str, Field(max_length=200)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Sum(_Shape):
    """An amount of money in major units, as a system tells it."""

    amount: Amount
    currency_code: Currency

    @property
    def minor(self) -> int:
        """In minor units, rounded half up to what the currency can pay."""
        rounded = round_to_currency(self.amount, self.currency_code)
        return minor_units(rounded, self.currency_code)


class Badge(_Shape):
    """A word about the customer that the cashier sees first."""

    text: Text = Field(examples=["VIP customer - expedited service"])
    tone: Tone = Tone.INFO


class Consent(_Shape):
    """Whether the customer may be written to, as it was last stated."""

    channel: Channel
    state: ConsentState
    at: Iso | None = Field(default=None, description="When it was stated.")
    by: Line = Field(default=None, description="By whom, or where.")


class CustomerDetails(Customer):
    """One customer as the screen shows it: `Customer`, with what tells of the customer's history
    and wishes. `identifier` alone is required: what a system does not know is left out."""

    tier: Line = Field(default=None, description="Where the merchant's system keeps the tier.")
    points: Whole = Field(default=None, description="Where the merchant's system keeps points.")
    badges: list[Annotated[Badge, BeforeValidator(_as_badge)]] = Field(default=[])
    member_since: Iso | None = None
    order_count: Whole = Field(default=None, ge=0)
    total_spent: Sum | None = None
    last_purchase: Iso | None = None
    groups: list[Text] | None = Field(default=None, description="For campaigns.")
    tags: list[Text] | None = Field(default=None, description="For campaigns.")
    birthday: Day | None = Field(default=None, description="For campaigns; never shown by itself.")
    preferences: (
        Annotated[
            dict[PreferenceName, Preference],
            BeforeValidator(_known_alone),
            Field(max_length=_MAX_PREFERENCES),
        ]
        | None
    ) = None
    communication: list[Consent] | None = None

    def only(self, names: Collection[str]) -> "CustomerDetails":
        """The same customer, of whom these fields alone are known, and the identifier."""
        kept = {name: value for name, value in self if name in names or name == "identifier"}
        return self.model_construct(**kept)


class Purchase(_Shape):
    """One of the customer's purchases."""

    date: Iso = Field(description="The day, or the instant with its offset.")
    total: Sum
    reference: Line = None
    item_count: Whole = Field(default=None, ge=0)
    store: Line = None
    categories: list[Text] = []

    @property
    def at(self) -> datetime:
        """For comparing; a day begins at midnight UTC."""
        at = datetime.fromisoformat(self.date)
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def day(self, time_zone: str) -> Day:
        """The merchant's day."""
        return day_of(self.date, time_zone)


class ProfileUpdated(_Shape):
    """What a system answers to a changed profile. Nothing in it is required."""

    name: Line = Field(default=None, description="For the words of the answer.")


class ServiceRequested(_Shape):
    """What a system answers to a service request. Nothing in it is required."""

    name: Line = Field(default=None, description="For the words of the answer.")
    reference: Line = Field(default=None, description="The system's own name for the request.")


# What the screen says of it elsewhere, in its own shape.
_ELSEWHERE = frozenset({"tier", "points", "badges", "order_count", "total_spent", "last_purchase"})
# Without an allow-list of the merchant's: what a till of Ka-ching's shows, and what the customer
# wishes. Fields that are a mapping's own are shown where a view names them.
SHOWN = frozenset({*Customer.model_fields, "member_since", "preferences", "communication"})


def shown(details: CustomerDetails, allowed: Collection[str] | None) -> dict[str, Any]:
    """The members that may be shown, as JSON; `identifier` always is."""
    names = ((SHOWN if allowed is None else {*allowed}) - _ELSEWHERE) | {"identifier"}
    dumped = details.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in dumped.items() if name in names}


def day_of(iso: str, time_zone: str) -> Day:
    """The merchant's day of a date or an instant."""
    at = datetime.fromisoformat(iso)
    return at.astimezone(ZoneInfo(time_zone)).date() if at.tzinfo else at.date()


Part = Literal["customer_details", "purchase_history", "loyalty", "interactions", "campaigns"]
