"""The `PROGRAM` record of a merchant whose own system keeps the points (docs/http-provider.md).

What that system promises decides what may be done about a call whose outcome is not known. The
merchant says it here; `tillctl probe` tries it.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tillbridge.domain.discounts.fields import Whole

_DAY_S = 86_400
# A zombie: applied long after it was given up. No system is taken to be faster than that.
_SHORTEST_SETTLE_S = 90
_NO_WAY_BACK = (
    "points that are taken must be able to come back: give `reverse` or `credits` another value"
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class KeyHonoured(_Part):
    """C1: the same `{reference}` twice is done once, and answered as it was the first time. A call
    whose outcome is not known is sent again."""

    kind: Literal["key"]
    key_window_s: Whole = Field(
        ge=120,
        le=3_650 * _DAY_S,
        description="How long the system remembers a reference, in seconds. It is sent again in "
        "the first half of that.",
    )


class QueryByReference(_Part):
    """C2: `loyalty_query` finds what was done by its `{reference}`. Nothing is ever sent twice."""

    kind: Literal["query"]


class NothingPromised(_Part):
    """C4: nothing tells whether a call was done. It is sent once; when its outcome is not known, a
    person has to look (`tillctl redemptions`)."""

    kind: Literal["none"]
    accept_manual_work: Literal[True] = Field(
        description="`true` says that you know: with every call that is not answered, somebody has "
        "to look into the merchant's system and say what became of it.",
    )


class ReserveAndCommit(_Part):
    """C3: `loyalty_reserve` locks points until `loyalty_commit` takes them or `loyalty_cancel` lets
    them go; by itself it lets them go when its time is over."""

    kind: Literal["reserve"]
    reservation_ttl_s: Whole = Field(
        ge=60,
        le=_DAY_S,
        description="How long a reservation lasts, in seconds: longer than `hold_ttl_s`. It goes "
        "to the record as `{ttl_s}` and `{expires_at}`.",
    )
    otherwise: KeyHonoured | QueryByReference | NothingPromised = Field(
        discriminator="kind",
        description="What is promised of a call whose outcome is not known. A key covers the "
        "reservation too; without one that is cancelled.",
    )


Capability = Annotated[
    KeyHonoured | QueryByReference | ReserveAndCommit | NothingPromised,
    Field(discriminator="kind"),
]


class UpstreamProgrammeRecord(_Part):
    """The rules of a programme that the merchant's own system keeps. Its calls are the integration
    records `loyalty_balance`, `loyalty_redeem`, `loyalty_reverse` and so on."""

    schema_version: Literal[1] = 1
    provider: Literal["http"] = Field(
        description="Who keeps the points: the merchant's own system."
    )
    capability: Capability
    reverse: Literal["by_tx", "by_ref", "none"] = Field(
        description="What `loyalty_reverse` names the redemption by that it undoes: the system's "
        "transaction, our reference; `none` when there is no such operation.",
    )
    partial_reverse: bool = Field(
        default=False, description="Whether `loyalty_reverse` can give back some of the points."
    )
    credits: bool = Field(
        default=False,
        description="Whether `loyalty_accrue` may give points back where `loyalty_reverse` cannot.",
    )
    max_processing_s: Whole = Field(
        ge=1,
        le=3_600,
        description="After how long, in seconds, a call that the system has taken has had its "
        "effect, whatever went wrong. Three times that, and 90 seconds at least, is waited.",
    )
    may_overdraw: bool = Field(
        default=False,
        description="Whether the system lets a balance fall below zero: then it is asked for the "
        "balance before each redemption, and no more than that is spent.",
    )
    most_points: Whole = Field(
        default=1_000_000,
        ge=1,
        le=1_000_000_000,
        description="The most points that one redemption may take.",
    )
    points_label: str = Field(
        default="points", min_length=1, max_length=40, description="What the merchant calls points."
    )
    hold_ttl_s: Whole = Field(
        default=900,
        ge=60,
        le=_DAY_S,
        description="How long points stay held for a sale that nobody finishes, in seconds.",
    )

    @model_validator(mode="after")
    def _can_be_kept(self) -> "UpstreamProgrammeRecord":
        if self.reverse == "none" and not self.credits:
            raise ValueError(_NO_WAY_BACK)
        if self.reverse == "none" and self.partial_reverse:
            raise ValueError("`partial_reverse` says nothing where `reverse` is `none`")
        reserve = self.capability
        if isinstance(reserve, ReserveAndCommit) and reserve.reservation_ttl_s < self.hold_ttl_s:
            raise ValueError("`capability.reservation_ttl_s` must be at least `hold_ttl_s`")
        return self

    @property
    def settle_s(self) -> int:
        """After how long what is not found was never done."""
        return max(_SHORTEST_SETTLE_S, 3 * self.max_processing_s)

    @property
    def resend_within_s(self) -> int:
        """How long after the first time the same reference may be sent again."""
        promise = self._promise
        return promise.key_window_s // 2 if isinstance(promise, KeyHonoured) else 0

    @property
    def can_query(self) -> bool:
        return isinstance(self._promise, QueryByReference)

    @property
    def reservation_ttl_s(self) -> int | None:
        """How long points are reserved, None where they are taken at once."""
        reserve = self.capability
        return reserve.reservation_ttl_s if isinstance(reserve, ReserveAndCommit) else None

    @property
    def gives_back_parts(self) -> bool:
        """Whether some of a redemption's points can come back."""
        return self.partial_reverse or self.credits

    @property
    def operations(self) -> tuple[str, ...]:
        """The records without which nothing is redeemed: what takes points must be able to learn
        what became of it, and to give them back."""
        needed = ["loyalty_redeem"]
        if self.reservation_ttl_s is not None:
            needed = ["loyalty_reserve", "loyalty_commit", "loyalty_cancel"]
        optional = {
            "loyalty_query": self.can_query,
            "loyalty_reverse": self.reverse != "none",
            "loyalty_accrue": self.credits,
            "loyalty_balance": self.may_overdraw,
        }
        return (*needed, *(operation for operation, is_needed in optional.items() if is_needed))

    @property
    def _promise(self) -> KeyHonoured | QueryByReference | NothingPromised:
        """What is promised of a call that is no reservation."""
        capability = self.capability
        return capability.otherwise if isinstance(capability, ReserveAndCommit) else capability


@dataclass(frozen=True, slots=True)
class UpstreamProgramme:
    """The record, with what the profile adds to it: the merchant's days, and the key under which
    customers have their pseudonyms."""

    rules: UpstreamProgrammeRecord
    time_zone: str
    pseudonym_key: str
