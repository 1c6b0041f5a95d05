"""The campaign record: `CAMPAIGN#<id>`, plain JSON. These models are its schema."""

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from tillbridge.domain.cashier_text import VISIBLE
from tillbridge.domain.discounts.benefit import Benefit
from tillbridge.domain.discounts.condition import Condition
from tillbridge.domain.discounts.fields import (
    AmountMinor,
    Amounts,
    Count,
    CurrencyCode,
    Identifier,
    Identifiers,
    Part,
    Whole,
)
from tillbridge.domain.discounts.selector import EVERY_LINE, Selector
from tillbridge.domain.tenant import TimeZone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Period = Literal["ever", "day", "week", "month", "year"]


def _no_offset(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("write a time of the day without an offset, such as 10:00")
    return value


TimeOfDay = Annotated[time, AfterValidator(_no_offset)]


class Hours(Part):
    """On these days of the week from `from` up to, not including, `until`, on the clock of the
    place. `until` at or before `from` is past midnight, and belongs to the day it began on."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = (
        *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    )
    begin: TimeOfDay = Field(default=time(0), alias="from")
    until: TimeOfDay = time(0)


_Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256)]


class ActiveWindow(Part):
    """When a campaign runs: from `from` on and before `until`; within one of `hours`, if given."""

    begin: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = None
    hours: Annotated[tuple[Hours, ...], Field(max_length=50)] = ()
    time_zone: TimeZone | None = Field(default=None, description="IANA; default: the settings'.")


class Combination(Part):
    """What a campaign may stand beside."""

    exclusive: bool = Field(default=False, description="Alone on the basket, or not at all.")
    exclusive_lines: bool = Field(
        default=False,
        description="Only lines that no other campaign has used, and none may use them after.",
    )
    group: Identifier | None = Field(
        default=None, description="Of the campaigns of a group, one applies at most."
    )


class Caps(Part):
    """Where a discount ends."""

    max_amount: Amounts | None = Field(default=None, description="Per sale, by currency.")
    max_units: Count | None = Field(
        default=None, description="So many units are discounted at most, the cheapest first."
    )
    floor_unit_price: Amounts | None = Field(
        default=None, description="No unit (or kilogram) is sold for less, by currency."
    )


class Limit(Part):
    """How often, or for how much, a campaign applies: to all customers together or to each, ever or
    in a calendar period. A discount is cut to what is left of `spend`."""

    scope: Literal["campaign", "customer"] = "campaign"
    period: Period = "ever"
    uses: Count | None = None
    spend: Amounts | None = Field(default=None, description="Minor units by currency.")

    @model_validator(mode="after")
    def _limits(self) -> "Limit":
        if self.uses is None and self.spend is None:
            raise ValueError("give `uses`, `spend` or both")
        return self


class Campaign(Part):
    """One campaign. An empty list of currencies, markets, channels or shops means all of them; a
    campaign that names amounts runs in those currencies only."""

    id: Identifier
    name: Annotated[_Name, Field(min_length=1), VISIBLE] = Field(
        description="For the merchant's own people."
    )
    display_name: Annotated[_Name, VISIBLE] = Field(
        default="", description="On the receipt; default: `name`."
    )
    priority: Annotated[Whole, Field(ge=-(10**6), le=10**6)] = Field(
        default=0, description="The higher is considered first, ties by id."
    )
    schema_version: Literal[1] = 1
    enabled: bool = True
    active: ActiveWindow = ActiveWindow()
    currencies: tuple[CurrencyCode, ...] = ()
    markets: Identifiers = ()
    channels: Identifiers = ()
    shops: Identifiers = ()
    condition: Condition | None = Field(default=None, description="Null: always holds.")
    selector: Selector = Field(default=EVERY_LINE, description="Which lines it discounts.")
    benefit: Benefit
    combination: Combination = Combination()
    caps: Caps = Caps()
    limits: Annotated[tuple[Limit, ...], Field(max_length=10)] = ()
    on_return: Literal["give_back", "keep"] = Field(
        default="give_back",
        description="What goods that come back do to its limits: what it gave for them may be "
        "spent again, and its use once nothing of it is left; or both stay used up.",
    )


class Usage(Part):
    """What a limited campaign has used up: for this customer or for all, in the period in force."""

    campaign_id: Identifier
    scope: Literal["campaign", "customer"] = "campaign"
    period: Period = "ever"
    uses: Annotated[Whole, Field(ge=0)] = 0
    spent_minor: AmountMinor = 0
