"""What the discount engine's fields are made of: exact numbers, and times, with their bounds
(T19)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

MAX_AMOUNT_MINOR = 10**12
MAX_QUANTITY = 10**6
QUANTITY_DECIMALS = 6
_MOST_DIGITS = 15  # more than any whole number here has


class Part(BaseModel):
    """Every model of the engine's input: frozen, and nothing in it that is not read."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def exact(value: Any) -> Any:
    """Records and requests with each number that has a fraction as the decimal that was written:
    a binary float names it by its shortest digits, up to 15 of them."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: exact(member) for name, member in value.items()}
    return [exact(item) for item in value] if isinstance(value, list) else value


def _no_bool_or_float(value: Any) -> Any:
    if type(value) in (bool, float):
        raise ValueError("write an exact number: no true or false, and no binary float")
    return value


def _no_text(value: Any) -> Any:
    if type(value) is str:
        raise ValueError("write a whole number without quotes")
    if type(value) is Decimal and abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(
            "the number is too large or too small"
        )  # to write out its digits could take forever
    return _no_bool_or_float(value)


Whole = Annotated[int, BeforeValidator(_no_text)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")]
Identifier = Annotated[str, Field(min_length=1, max_length=128)]
Identifiers = Annotated[tuple[Identifier, ...], Field(max_length=1_000)]
AmountMinor = Annotated[Whole, Field(ge=0, le=MAX_AMOUNT_MINOR)]
# An amount a campaign names, once per currency it runs in: {"DKK": 5000, "JPY": 1000}.
Amounts = Annotated[dict[CurrencyCode, AmountMinor], Field(min_length=1, max_length=50)]
# Hundredths of a per cent: 1250 is 12.5 %.
BasisPoints = Annotated[Whole, Field(ge=1, le=10_000)]
Count = Annotated[Whole, Field(ge=1, le=MAX_QUANTITY)]
Quantity = Annotated[
    Decimal,
    BeforeValidator(_no_bool_or_float),
    Field(gt=0, le=MAX_QUANTITY, decimal_places=QUANTITY_DECIMALS, allow_inf_nan=False),
]
# Within what calendars and time zones can be worked out from.
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC)),
]
Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2200, 1, 1))]
