"""The Customer that a till gets, and the question it asks."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    TypeAdapter,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import (
    LaxOrStrictSchema,
    lax_or_strict_schema,
    simple_ser_schema,
    str_schema,
    union_schema,
)

from tillbridge.domain.cashier_text import INVISIBLE
from tillbridge.domain.money import round_to_currency

# Characters that no rule here changes or refuses: of ASCII what can be seen, the alphabets from
# Latin to Hebrew, quotation marks and dashes, and those of East Asia.
_SEEN = "!-~\u00a1-\u00ac\u00ae-\u05ff\u2010-\u2027\u3001-\ud7ff"
_LONGEST_IDENTIFIER = 256


def as_text(value: Any) -> Any:
    """Numbers become text; anything else is pydantic's to judge."""
    # First what nearly every value is: this runs for each field of each customer.
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value


def _as_line(value: Any) -> Any:
    """One line for a till's screen: no control or bidi characters; nothing where nothing is left.

    `false` is how some systems (Odoo) say that a text is empty.
    """
    if isinstance(value, str) and value.isascii() and value.isprintable():
        return value.strip() or None
    if value is None or value is False:
        return None
    value = as_text(value)
    if not isinstance(value, str):
        return value
    if not value.isascii() or not value.isprintable():
        spaced = (" " if c.isspace() else c for c in value)
        value = "".join(c for c in spaced if unicodedata.category(c) not in INVISIBLE)
    return value.strip() or None


def as_decimal(value: Any) -> Any:
    """A float's 15 digits are what the other system wrote, without the noise of its arithmetic."""
    if isinstance(value, float):
        return Decimal(f"{value:.15g}")
    return Decimal(value) if type(value) is int else value


def _as_shown(value: Any) -> Any:
    """A mapping's own field: its texts, at any depth, are as clean as those of ours."""
    if isinstance(value, dict):
        return {str(_as_line(name)): _as_shown(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_shown(item) for item in value]
    return _as_line(value) if isinstance(value, str) else value


def no_controls(identifier: str) -> str:
    if identifier.isprintable():
        return identifier
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in identifier):
        raise ValueError("an identifier holds no control characters")
    return identifier


@dataclass(frozen=True, slots=True)
class _Plain:
    """In strict mode, a pattern of texts that the field's own rules would keep as they are: these
    are functions, and so several times as dear."""

    pattern: str
    max_length: int | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        own = handler(source)
        plain = str_schema(pattern=self.pattern, max_length=self.max_length)
        return lax_or_strict_schema(
            lax_schema=own,
            strict_schema=union_schema([plain, own], mode="left_to_right"),
            serialization=simple_ser_schema("any"),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(cast("LaxOrStrictSchema", schema)["lax_schema"])


# Kept byte for byte: the till sends it back, and the merchant's system must know it (K2).
Identifier = Annotated[
    str,
    Field(min_length=1, max_length=_LONGEST_IDENTIFIER),
    BeforeValidator(as_text),
    AfterValidator(no_controls),
    _Plain(f"^[ {_SEEN}]+$", _LONGEST_IDENTIFIER),
]
Line = Annotated[
    str | None,
    BeforeValidator(_as_line),
    _Plain(f"^[{_SEEN}]([ {_SEEN}]*[{_SEEN}])?$"),
]
# 15 digits pass through a JSON number, a double at the other end, unharmed.
Amount = Annotated[
    Decimal,
    Field(max_digits=15, allow_inf_nan=False),
    BeforeValidator(as_decimal),
    PlainSerializer(float, when_used="json"),
]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Balance(_Shape):
    """A customer account's balance in major units; `identifier` names the account."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    identifier: Identifier
    balance: Amount


class Customer(_Shape):
    """One customer in Ka-ching's shape: `identifier` alone is required, what a
    system does not know is left out. A mapping may add fields of its own."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)
    __pydantic_extra__: dict[str, Annotated[Any, BeforeValidator(_as_shown)]] = Field(init=False)

    identifier: Identifier
    name: Line = None
    street: Line = None
    city: Line = None
    postal_code: Line = None
    country: Line = None
    country_code: Line = None
    phone: Line = None
    email: Line = None
    additional_info: Line = None
    balance: Balance | None = None

    @model_validator(mode="before")
    @classmethod
    def _settle_balance(cls, values: Any) -> Any:
        """No amount, no balance: a customer without an account has none, rather than one of 0.
        An account without an identifier of its own is the customer's."""
        if not isinstance(values, dict) or not isinstance(values.get("balance"), dict):
            return values
        balance = values["balance"]
        if balance.get("balance") is None:
            return {**values, "balance": None}
        if balance.get("identifier") is None:
            return {**values, "balance": {**balance, "identifier": values.get("identifier")}}
        return values

    def in_currency(self, currency_code: str | None) -> Self:
        """The same customer, its balance rounded to what the currency, if known, can pay."""
        if self.balance is None or currency_code is None:
            return self
        amount = round_to_currency(self.balance.balance, currency_code)
        if amount == self.balance.balance:
            return self
        return self.model_copy(
            update={"balance": self.balance.model_copy(update={"balance": amount})}
        )

    def with_line(self, line: str | None) -> Self:
        """The same customer, with this before what `additional_info` says: a till shows one
        line."""
        said = [part for part in (line, self.additional_info) if part]
        return self.model_copy(update={"additional_info": " · ".join(said) or None})


# In strict mode it is quick, and refuses a list of which one customer would be refused.
CUSTOMERS = TypeAdapter(list[Customer], config=ConfigDict(defer_build=True))


class CustomerQuery(BaseModel):
    """What the till asks (K9): the text that was typed and, where it says, the shop's currency."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    search_term: str = Field(
        max_length=128,
        description="What the cashier typed: a name, phone number, e-mail, address or customer id. "
        "Blank finds nothing.",
        examples=["jane"],
    )
    currency_code: str | None = Field(
        default=None,
        pattern="^[A-Z]{3}$",
        description="The shop's currency (ISO 4217), for a balance in that currency.",
        examples=["DKK"],
    )
