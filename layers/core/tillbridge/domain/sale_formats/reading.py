"""What the readers of other systems' formats share."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tillbridge.domain.customer import as_text
from tillbridge.domain.faults import faults_in
from tillbridge.domain.loyalty_requests import ON_A_CLOCK, Reference
from tillbridge.domain.money import exponent, round_to_currency
from tillbridge.domain.sale_report import SaleReport

Read = TypeVar("Read", bound=BaseModel)

# What a double holds for certain of a decimal number.
_DIGITS, _DECIMALS = 15, 9
_DOUBLE = Context(prec=_DIGITS)
_PLACES = Decimal(1).scaleb(-_DECIMALS)


def _without_noise(amount: Any) -> Any:
    """An amount as the other system meant it: what stands behind a double's 15 digits, or behind
    the ninth decimal, is noise of its arithmetic (79.80000000000001). Others are for the bounds to
    judge."""
    if isinstance(amount, str):
        # So a number comes that has waited in a queue.
        with suppress(InvalidOperation):
            amount = Decimal(amount)
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount.adjusted() >= _DIGITS:
        return amount
    amount = _DOUBLE.plus(amount)
    return amount.quantize(_PLACES) if amount.as_tuple().exponent < -_DECIMALS else amount


# Other systems' ids are numbers as often as texts.
Ref = Annotated[Reference, BeforeValidator(as_text)]
Amount = Annotated[
    Decimal,
    BeforeValidator(_without_noise),
    Field(max_digits=_DIGITS, decimal_places=_DECIMALS, allow_inf_nan=False),
]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]
# A time without a zone is taken for UTC.
Instant = Annotated[
    datetime,
    AfterValidator(lambda at: at if at.tzinfo else at.replace(tzinfo=UTC)),
    ON_A_CLOCK,
]


class Part(BaseModel):
    """A part of another system's document: what is not read is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    @classmethod
    def is_read(cls, _content: Any) -> bool:
        """Whether a reader looks at such a part of a list at all."""
        return True


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of document that a POS sends. `model` is what of it is read. `reports` makes reports
    of one that `source` (a shop's domain, where that matters) sent and that was received at so many
    milliseconds of Unix time, none where it says nothing that counts; it raises
    `ReportUnreadable`."""

    name: str
    model: type[Part]
    reports: Callable[[str, Any, int], tuple[SaleReport, ...]]


class ReportUnreadable(ValueError):
    """It is not what it should be; the text says where, and never what stands there."""


def read_as(model: type[Read], content: Any) -> Read:
    """Raises `ReportUnreadable`."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ReportUnreadable("; ".join(map(str, faults_in(error)))) from None


def only_what_is_read(model: type[Part], content: Any) -> Any:
    """The content without the members that the model does not have, and the parts that it does not
    read, at any depth: what is kept of what could not be read holds no more of a person than a
    reader would look at. Where no object stands, nothing does: an empty text, which is as
    unreadable."""
    if content is None:
        return None
    if not isinstance(content, Mapping):
        return ""
    fields = model.model_fields
    names = content.keys() & fields.keys()
    return {name: _kept(fields[name].annotation, content[name]) for name in names}


def _kept(annotation: Any, value: Any) -> Any:
    """Of an object that is read for its names, these, and whether they are true."""
    part = _model_in(annotation)
    if part is not None and isinstance(value, list):
        return [only_what_is_read(part, item) for item in value if part.is_read(item)]
    if part is not None:
        return only_what_is_read(part, value)
    if isinstance(value, Mapping):
        return {name: bool(member) for name, member in value.items()}
    if value is not None and _is_object(annotation):
        return ""
    if isinstance(value, list):
        return [None if isinstance(item, list | Mapping) else item for item in value]
    return value


def _model_in(annotation: Any) -> type[Part] | None:
    """The model that a field's type holds, through tuples and alternatives."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _is_object(annotation: Any) -> bool:
    return any(get_origin(each) is dict for each in (annotation, *get_args(annotation)))


def minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as minor ones, rounded half up to what the currency can pay."""
    return int(round_to_currency(amount, currency).scaleb(exponent(currency)))


def added_up(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
