"""What a till asks of one customer: to be shown, to be changed, to be served."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tillbridge.domain.customer_actions import Sale
from tillbridge.domain.customer_details import (
    Channel,
    ConsentState,
    Currency,
    Preference,
)
from tillbridge.domain.loyalty_requests import HistoryQuery, LoyaltyRequest, Reference
from tillbridge.domain.money import minor_units
from tillbridge.domain.tenant import CustomerView, PreferenceName
from tillbridge.errors import InvalidRequest

_MAX_CHANGES = 20


class ScreenQuery(BaseModel):
    """For whose screen, and what is in the basket. Without `subtotal` there is none."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    view: CustomerView | None = Field(
        default=None, description="Shows the fields that the merchant allows this screen."
    )
    currency_code: Currency | None = Field(
        default=None, description="The sale's currency (ISO 4217); the merchant's when left out."
    )
    subtotal: Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,3})?$")] | None = Field(
        default=None, description="What the sale comes to, in major units.", examples=["449.00"]
    )
    item_count: int | None = Field(default=None, ge=0)
    editable: bool = Field(default=True, description="Whether the till lets the basket change now.")
    has_discount: bool = Field(
        default=False,
        description="Whether the basket has a discount by hand, of which a till may take one only.",
    )

    def sale(self, currency_code: str | None) -> Sale:
        """The basket, in this currency. Raises `InvalidRequest`."""
        return Sale(
            currency_code,
            self._subtotal_minor(currency_code),
            self.item_count,
            self.editable,
            self.has_discount,
        )

    def _subtotal_minor(self, currency_code: str | None) -> int | None:
        if self.subtotal is None:
            return None
        if currency_code is None:
            raise InvalidRequest(
                "currency_code: say in which currency subtotal is", field="currency_code"
            )
        try:
            return minor_units(Decimal(self.subtotal), currency_code)
        except ValueError as error:
            raise InvalidRequest(f"subtotal: {error}", field="subtotal") from None


class CustomerRequest(LoyaltyRequest):
    """What every change says of who makes it, and where."""

    staff_id: Reference = Field(description="Who does it, as the till says; it is recorded.")
    store_id: Reference | None = Field(
        default=None, description="The shop or location; it is recorded."
    )


class ConsentChange(BaseModel):
    """The customer says by what they may be written to from now on, or no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel
    consent: ConsentState
    stated_at: AwareDatetime | None = Field(
        default=None, description="When the customer said so; now, when left out."
    )

    def stated(self, now_s: float, staff_id: str) -> dict[str, str]:
        """Which channel, what, when and to whom: what is sent, and what is recorded."""
        at = self.stated_at or datetime.fromtimestamp(now_s, UTC)
        return {
            "channel": str(self.channel),
            "state": str(self.consent),
            "at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "by": staff_id,
        }


class ProfileChange(CustomerRequest):
    """Preferences, and what the customer consents to."""

    preferences: Annotated[dict[PreferenceName, Preference], Field(max_length=_MAX_CHANGES)] = (
        Field(default={}, description="Those that the merchant's profile lists.")
    )
    communication: Annotated[tuple[ConsentChange, ...], Field(max_length=len(Channel))] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> "ProfileChange":
        if not self.preferences and not self.communication:
            raise ValueError("give preferences, communication, or both")
        channels = [change.channel for change in self.communication]
        if len(set(channels)) < len(channels):
            raise ValueError("communication: name a channel once")
        return self

    def changes(self) -> Iterator[str]:
        """Each change in words."""
        for name, value in self.preferences.items():
            shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            yield f"{name.replace('_', ' ')} set to {shown}"
        for change in self.communication:
            yield f"consent to {change.channel} {change.consent}"


class ServiceRequest(CustomerRequest):
    """Something that the merchant's people are to do for the customer."""

    subject: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,39}$")] = Field(
        description="What kind of request it is, such as `repair`.", examples=["repair"]
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]


class InteractionsQuery(HistoryQuery):
    """A page of what was done for a customer."""
