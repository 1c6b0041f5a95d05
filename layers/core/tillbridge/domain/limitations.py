"""What a customer's screen cannot show, in words that say what, from whom and why (S15)."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from tillbridge.domain.customer_details import Part
from tillbridge.errors import (
    AnswerUnmappable,
    InvalidRequest,
    NotConfigured,
    RecordsUnavailable,
    RecordUnusable,
    ServiceTimeout,
    TenantError,
    TillbridgeError,
    UpstreamFailed,
    UpstreamRejected,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamTlsFailed,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)

_WHAT: dict[Part, str] = {
    "customer_details": "Customer details",
    "purchase_history": "Purchase history",
    "loyalty": "Loyalty status",
    "interactions": "Earlier interactions",
    "campaigns": "Campaigns",
}
# The merchant's record: it is what asks for something that this request does not say.
_AT_FAULT = (TenantError, InvalidRequest)
_WHY: tuple[tuple[tuple[type[TillbridgeError], ...], str], ...] = (
    ((UpstreamTimeout, ServiceTimeout), "it did not answer in time"),
    ((UpstreamUnreachable, RecordsUnavailable), "it cannot be reached"),
    ((UpstreamTlsFailed,), "its connection is not safe"),
    ((UpstreamUnauthorized,), "it refuses the stored credential"),
    ((UpstreamThrottled,), "it is busy"),
    ((UpstreamFailed,), "it has a fault"),
    ((UpstreamRejected,), "it did not accept the request"),
    (_AT_FAULT, "it is not set up right for this shop"),
)
_NOT_UNDERSTOOD = "its answer could not be used"


class Limitation(BaseModel):
    """Something that is missing on the screen. `code` ends in `_not_configured` where the merchant
    has no record for it, in `_misconfigured` where the record is at fault, in `_unavailable`
    otherwise; `cause` is a problem's code."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str = Field(description="For the cashier: what, from whom, and why.")
    part: Part
    cause: str
    retryable: bool = Field(description="Whether asking again may help.")


def limitation(part: Part, error: TillbridgeError, system: str) -> Limitation:
    """`system` is from whom it would have come."""
    if isinstance(error, NotConfigured):
        ending, message = "not_configured", f"{_WHAT[part]}: not set up for this shop."
    else:
        ending = "misconfigured" if isinstance(error, _AT_FAULT) else "unavailable"
        message = f"{_WHAT[part]} could not be read from {system}: {_why(error)}."
    return Limitation(
        code=f"{part}_{ending}",
        message=message,
        part=part,
        cause=error.code,
        retryable=error.retryable,
    )


def _why(error: TillbridgeError) -> str:
    return next((why for kinds, why in _WHY if isinstance(error, kinds)), _NOT_UNDERSTOOD)


def incomplete(part: Part, system: str, skipped: int) -> Limitation:
    """Some items of the part could not be used."""
    return Limitation(
        code=f"{part}_incomplete",
        message=f"{_WHAT[part]} from {system} is incomplete: {skipped} could not be used.",
        part=part,
        cause=AnswerUnmappable.code,
        retryable=False,
    )


def unusable_campaigns(campaign_ids: Sequence[str]) -> tuple[Limitation, ...]:
    """Live campaigns that this release cannot read."""
    if not campaign_ids:
        return ()
    return (
        Limitation(
            code="campaigns_misconfigured",
            message=f"Campaigns that could not be used: {', '.join(campaign_ids)}.",
            part="campaigns",
            cause=RecordUnusable.code,
            retryable=False,
        ),
    )
