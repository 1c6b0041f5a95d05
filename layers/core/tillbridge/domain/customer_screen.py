"""The customer's screen, as it is answered. What is not known is left out, and `limitations` say
why where it should have been known: 0 is a number that somebody has."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tillbridge.domain.customer_details import Badge
from tillbridge.domain.ledger.interaction import InteractionKind, Result
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.writes import Item
from tillbridge.domain.limitations import Limitation
from tillbridge.domain.tenant import CustomerView


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class MoneyShown(_Part):
    """An amount in major units, with the currency's decimals."""

    amount: str = Field(examples=["25.00"])
    currency_code: str


class TierShown(_Part):
    code: str
    label: str


class NextTier(TierShown):
    points_missing: int = Field(description="To be earned until then.")


class PointsShown(_Part):
    """`available` is what can be spent now: `balance` without what is held, and what is owed."""

    balance: int
    available: int | None = None
    label: str = Field(description="What the merchant calls them.")


class ExpiringShown(_Part):
    points: int
    expires_on: str


class Status(_Part):
    tier: TierShown | None = None
    next_tier: NextTier | None = None
    points: PointsShown | None = None
    expiring: list[ExpiringShown] | None = Field(default=None, description="The next points to go.")
    account_balance: MoneyShown | None = None
    badges: list[Badge] = []


class PurchaseShown(_Part):
    date: str = Field(description="The merchant's day.")
    total: MoneyShown
    items: int | None = None
    reference: str | None = None
    store: str | None = None


class PatternsShown(_Part):
    """`order_count` and `total_spent` are over all time, as the merchant's system counts them;
    `purchases_read` says of how many purchases the rest is made."""

    order_count: int | None = None
    total_spent: MoneyShown | None = None
    last_purchase: str | None = None
    average_purchase: MoneyShown | None = None
    favourite_categories: list[str] | None = None
    purchases_read: int | None = None


class Reason(_Part):
    """Why an action cannot be done now. `message` is made of `code` and `facts`."""

    code: str
    message: str
    facts: dict[str, Any] = {}


class Call(_Part):
    """The request that does it; what the till adds to `body` is said by docs/openapi.yaml."""

    method: Literal["POST", "PATCH"]
    path: str
    body: dict[str, Any] = {}
    needs_key: bool = Field(default=True, description="Whether it takes an `Idempotency-Key`.")


class Choice(_Part):
    """The customer chooses how many points are used."""

    min_points: int
    max_points: int | None = None
    step_points: int


class Action(_Part):
    """Something that can be done for this customer. One that cannot be done now is shown as well,
    with the reason."""

    id: str
    kind: Literal[
        "redemption", "discount", "points_adjustment", "profile_update", "service_request"
    ]
    label: str = Field(description="Verb first: what it costs, and what it does.")
    eligible: bool
    reason: Reason | None = None
    points_cost: int | None = Field(default=None, description="At least, where there is a choice.")
    choice: Choice | None = None
    call: Call


class InteractionShown(_Part):
    """Something that was done for the customer: by which integration and staff, where and when, and
    what came of it. A change of points is its entry in the journal."""

    id: str
    kind: InteractionKind | EntryKind
    at: str
    result: Result
    actor: str = Field(description="The merchant's till, shop or other integration.")
    staff_id: str | None = None
    store_id: str | None = None
    points: int | None = Field(
        default=None,
        description="By how much the balance changed; of a hold that came or went, which leaves it "
        "as it is, the points held.",
    )
    redemption_id: str | None = None
    sale_ref: str | None = None
    order_ref: str | None = None
    reason: str | None = None
    changed: list[str] | None = Field(default=None, description="Names of preferences.")
    communication: list[dict[str, str]] | None = None
    subject: str | None = None
    text: str | None = Field(
        default=None, description="Of a service request that no system was told of."
    )
    reference: str | None = Field(default=None, description="The merchant's system's own.")
    code: str | None = Field(default=None, description="Why it failed: a problem's code.")

    @classmethod
    def of(cls, item: Item) -> "InteractionShown":
        """From an item of the ledger's table; an entry of the journal has happened."""
        points = item.get("delta") or item.get("points")
        return cls.model_validate(
            {"result": Result.DONE, **item, "id": item["sk"], "points": points}
        )


class Interactions(_Part):
    """What was done for a customer, the newest first."""

    interactions: list[InteractionShown]
    next: str | None = Field(default=None, description="`before` of the next page.")


class CustomerScreen(_Part):
    """All that is known of a customer and can be done for them."""

    customer: dict[str, Any] = Field(
        description="The fields that the merchant allows this screen; `identifier` always."
    )
    view: CustomerView | None = None
    status: Status
    recent_purchases: list[PurchaseShown] | None = Field(
        default=None, description="The newest first; left out where they could not be read."
    )
    purchase_patterns: PatternsShown | None = None
    actions: list[Action]
    recent_interactions: list[InteractionShown] | None = None
    limitations: list[Limitation]
    data_notice: str | None = None
