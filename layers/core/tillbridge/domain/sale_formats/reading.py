"""What the readers of other systems' formats share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tillbridge.domain.customer import as_text
from tillbridge.domain.faults import faults_in
from tillbridge.domain.loyalty_requests import Reference
from tillbridge.domain.money import exponent, round_to_currency
from tillbridge.domain.sale_report import SaleReport

Read = TypeVar("Read", bound=BaseModel)

# Other systems' ids are numbers as often as texts.
Ref = Annotated[Reference, BeforeValidator(as_text)]
Amount = Annotated[Decimal, Field(max_digits=15, decimal_places=9, allow_inf_nan=False)]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]
# A time without a zone is taken for UTC.
Instant = Annotated[
    datetime, AfterValidator(lambda at: at if at.tzinfo else at.replace(tzinfo=UTC))
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
    reader would look at."""
    if isinstance(content, list):
        return [only_what_is_read(model, item) for item in content if model.is_read(item)]
    if not isinstance(content, Mapping):
        return content
    kept = {}
    for name in content.keys() & model.model_fields.keys():
        part = _model_in(model.model_fields[name].annotation)
        kept[name] = content[name] if part is None else only_what_is_read(part, content[name])
    return kept


def _model_in(annotation: Any) -> type[Part] | None:
    """The model that a field's type holds, through tuples and alternatives."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as minor ones, rounded half up to what the currency can pay."""
    return int(round_to_currency(amount, currency).scaleb(exponent(currency)))


def added_up(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
