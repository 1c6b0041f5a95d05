"""What a till asks of loyalty. Points are whole numbers; what is not known is refused, not ignored:
a misspelt member would be a wish that nobody heard."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from tillbridge.domain.customer import Identifier
from tillbridge.domain.discounts.fields import MAX_AMOUNT_MINOR, AmountMinor, CurrencyCode
from tillbridge.domain.idempotency import parse_key
from tillbridge.domain.ledger.redemption import Mode
from tillbridge.domain.programme.reward_record import RewardId

_MOST_POINTS = 1_000_000_000
# As part of a key: DynamoDB takes 1,024 bytes of a sort key, which two of them and an id go into.
_MAX_QUOTED = 384
# Whoever's clock is outside of this has none.
_EARLIEST, _LATEST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2100))
ON_A_CLOCK = Field(ge=_EARLIEST, lt=_LATEST)

Points = Annotated[StrictInt, Field(ge=1, le=_MOST_POINTS)]


def _fit_for_a_key(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a reference holds printable characters only")
    if len(quote(text, safe="")) > _MAX_QUOTED:
        raise ValueError("a reference is shorter, or plain ASCII")
    return text


Reference = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=128),
    AfterValidator(_fit_for_a_key),
]
_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)
Expiry = date | Literal["never"]
_EXPIRY = (
    "The last day on which they are good, in the merchant's time zone; what the programme says, "
    "when left out."
)
IdempotencyKey = Annotated[str, AfterValidator(parse_key)]

# Only for the words of the answer: never stored, and no part of what makes two requests the same.
_ONLY_FOR_WORDS = frozenset({"customer_name"})


def is_reference(text: str) -> bool:
    """Whether a request can take it, as `customer_name` say."""
    try:
        _REFERENCE.validate_python(text)
    except ValidationError:
        return False
    return True


class LoyaltyRequest(BaseModel):
    """What every request may say of who stands at the till."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    staff_id: Reference | None = Field(
        default=None, description="Who is at the till, as the till says; written into the journal."
    )
    customer_name: Reference | None = Field(
        default=None, description="For the words of the answer alone; not stored."
    )

    def content(self) -> dict[str, Any]:
        """What it asks for: the same content under the same key is the same request. Defaults are
        left out, so that a member which is new tomorrow changes no request of today."""
        return self.model_dump(mode="json", exclude=set(_ONLY_FOR_WORDS), exclude_defaults=True)


class RedemptionRequest(LoyaltyRequest):
    """Points for a sale: a reward of the merchant's, or so many points whose worth the till
    knows."""

    customer_id: Identifier
    points: Points | None = Field(
        default=None,
        description="Alone, or with a reward that lets the customer choose how many.",
    )
    reward_id: RewardId | None = Field(
        default=None, description="What it costs and gives is worked out here."
    )
    currency_code: CurrencyCode | None = Field(
        default=None, description="Of the sale, with a reward; the merchant's, when left out."
    )
    subtotal_minor: AmountMinor | None = Field(
        default=None, description="What the sale comes to before the reward, in minor units."
    )
    store_id: Reference = Field(description="The shop; a sale's reference is its own.")
    sale_ref: Reference = Field(
        description="The till's name for the sale: the same through retries and restarts."
    )
    mode: Mode = Field(
        default=Mode.HOLD,
        description="`hold` until the sale is paid (capture), or `burn` at once.",
    )
    supersedes: Reference | None = Field(
        default=None, description="The sale's earlier redemption, which is over."
    )

    @model_validator(mode="after")
    def _points_or_reward(self) -> "RedemptionRequest":
        if self.points is None and self.reward_id is None:
            raise ValueError("give reward_id, points, or both")
        if self.reward_id is None and (self.currency_code, self.subtotal_minor) != (None, None):
            raise ValueError("currency_code and subtotal_minor go with reward_id")
        return self


class CaptureRequest(LoyaltyRequest):
    """The sale is paid."""


class VoidRequest(LoyaltyRequest):
    """The sale is off."""


class RedemptionQuery(BaseModel):
    """A redemption whose id the till never learnt: by its key, or by the sale and the customer."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    idempotency_key: IdempotencyKey | None = None
    customer_id: Identifier | None = None
    store_id: Reference | None = None
    sale_ref: Reference | None = None

    @model_validator(mode="after")
    def _by_key_or_sale(self) -> "RedemptionQuery":
        sale = (self.customer_id, self.store_id, self.sale_ref)
        by_key = self.idempotency_key is not None and not any(sale)
        by_sale = self.idempotency_key is None and all(sale)
        if not (by_key or by_sale):
            raise ValueError(
                "give either idempotency_key, or customer_id with store_id and sale_ref"
            )
        return self


class VoidUnansweredRequest(RedemptionQuery, LoyaltyRequest):
    """The sale is off, and the till never learnt the redemption's id."""


class RefundRequest(LoyaltyRequest):
    """Points of a captured redemption back to the customer."""

    points: Points
    refund_ref: Reference = Field(
        description="The till's name for this return: the same one is given back once."
    )


class AccrualRequest(LoyaltyRequest):
    """Points earned by an order."""

    points: Points
    store_id: Reference = Field(description="The shop; an order's reference is its own.")
    order_ref: Reference = Field(description="The order: it earns a customer points once.")
    expires_on: Expiry | None = Field(default=None, description=_EXPIRY)
    earned_at: Annotated[AwareDatetime, ON_A_CLOCK] | None = Field(
        default=None, description="When the order was paid; now, when left out."
    )
    tier_points: Annotated[StrictInt, Field(ge=0, le=_MOST_POINTS)] | None = Field(
        default=None, description="How many of them count towards a tier; all, when left out."
    )


class ReversalRequest(LoyaltyRequest):
    """Earned points taken back for a return."""

    store_id: Reference = Field(description="The shop of the order.")
    order_ref: Reference
    return_ref: Reference = Field(
        description="The till's name for this return: the same one takes back once."
    )
    points: Points | None = Field(
        default=None, description="All that is left of the order's, when left out."
    )


class AdjustmentRequest(LoyaltyRequest):
    """Points put in or taken out by hand."""

    points: Annotated[StrictInt, Field(ge=-_MOST_POINTS, le=_MOST_POINTS)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    staff_id: Reference = Field(description="Who does it.")
    store_id: Reference | None = Field(default=None, description="The shop where it is done.")
    expires_on: Expiry | None = Field(default=None, description=_EXPIRY)

    @model_validator(mode="after")
    def _not_nothing(self) -> "AdjustmentRequest":
        if self.points == 0:
            raise ValueError("points: 0 changes nothing")
        if self.points < 0 and self.expires_on is not None:
            raise ValueError("expires_on: points that are taken have no last day")
        return self


class HistoryQuery(BaseModel):
    """A page of a customer's points history."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    limit: int = Field(default=20, ge=1, le=100, description="How many entries at most.")
    before: str | None = Field(
        default=None, max_length=2_000, description="`next` of the page before."
    )


class LoyaltyQuery(HistoryQuery):
    """What is known of the sale, and which page of the customer's history."""

    currency_code: CurrencyCode | None = Field(
        default=None, description="Of the sale; the merchant's, when left out."
    )
    subtotal_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)] | None = Field(
        default=None, description="What the sale comes to before any reward, in minor units."
    )
