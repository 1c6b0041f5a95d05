"""The Customer that a till gets, and the question it asks."""

import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Required, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    model_validator,
    with_config,
)

# Before Python 3.12, pydantic cannot read the standard library's TypedDict.
from typing_extensions import TypedDict

from tillbridge.domain.cashier_text import INVISIBLE
from tillbridge.domain.money import exponent, round_to_currency

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


# Kept byte for byte: the till sends it back, and the merchant's system must know it (K2).
Identifier = Annotated[
    str,
    Field(min_length=1, max_length=_LONGEST_IDENTIFIER),
    BeforeValidator(as_text),
    AfterValidator(no_controls),
]
Line = Annotated[str | None, BeforeValidator(_as_line)]
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


# What most currencies have; together, the 15 digits that pass through a double unharmed.
_PLAIN_DECIMALS, _PLAIN_BELOW = 2, 10**13
_PlainLine = Annotated[str, Field(pattern=f"^[{_SEEN}]([ {_SEEN}]*[{_SEEN}])?$")]
_PlainIdentifier = Annotated[str, Field(pattern=f"^[ {_SEEN}]+$", max_length=_LONGEST_IDENTIFIER)]


@with_config(ConfigDict(strict=True))
class PlainBalance(TypedDict):
    identifier: _PlainIdentifier
    balance: Annotated[float, Field(gt=-_PLAIN_BELOW, lt=_PLAIN_BELOW)]


@with_config(ConfigDict(strict=True))
class PlainCustomer(TypedDict, total=False):
    """What a mapping makes of most customers: a till may have it as it is, since as a `Customer` it
    would be the same. To know that takes pydantic a tenth of what it takes to make a `Customer`,
    whose rules are functions."""

    identifier: Required[_PlainIdentifier]
    name: _PlainLine
    street: _PlainLine
    city: _PlainLine
    postal_code: _PlainLine
    country: _PlainLine
    country_code: _PlainLine
    phone: _PlainLine
    email: _PlainLine
    additional_info: _PlainLine
    balance: PlainBalance


AnyCustomer: TypeAlias = Customer | PlainCustomer


@cache
def _plain_customer() -> Callable[[Any], PlainCustomer]:
    return TypeAdapter(PlainCustomer).validator.validate_python


def as_plain(item: Any) -> PlainCustomer | None:
    """The item as a customer in no need of being judged, if it is one."""
    try:
        customer = _plain_customer()(item)
    except ValidationError:
        return None
    # It has lost the mapping's own fields, whose texts may be in need.
    is_whole = len(customer) == len(item)
    return customer if is_whole and _is_rounded(customer, _PLAIN_DECIMALS) else None


def as_customer(customer: AnyCustomer) -> Customer:
    return customer if isinstance(customer, Customer) else Customer.model_validate(customer)


def in_currency(
    customers: Iterable[AnyCustomer], currency_code: str | None
) -> tuple[AnyCustomer, ...]:
    """The same customers, their balances rounded to what the currency, if known, can pay."""
    decimals = _PLAIN_DECIMALS if currency_code is None else exponent(currency_code)
    plain_is_payable = decimals >= _PLAIN_DECIMALS
    return tuple(
        one
        # To ask for a model would be dear.
        if isinstance(one, dict) and (plain_is_payable or _is_rounded(one, decimals))
        else as_customer(one).in_currency(currency_code)
        for one in customers
    )


def _is_rounded(customer: PlainCustomer, decimals: int) -> bool:
    """Of the numbers with so many decimals, the one nearest to the balance is the balance."""
    balance = customer.get("balance")
    return balance is None or round(balance["balance"], decimals) == balance["balance"]


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
