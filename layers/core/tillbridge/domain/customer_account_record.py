"""A till's payment by customer account, as its merchant has set it up: the `CUSTOMER_ACCOUNT`
record (docs/kaching.md).

Ka-ching sends whatever was configured, and of the answers it is only known that they hold an
amount: so the record says under which names the till sends what, and what it is answered.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_NO_REFERENCE = (
    "a payment needs a reference that is the sale's own: a till sends the same again when an "
    "answer is lost, and without one the points would be taken twice"
)

Source = Annotated[str, Field(min_length=1, description="JSONata over the till's request.")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ReadRequest(_Part):
    """Where the till's request to read says what, each an expression over its members: those of the
    query and of the JSON body together."""

    customer_id: Source = "customer_id"
    currency_code: Source = "currency_code"


class PayRequest(ReadRequest):
    """Where the till's request to pay says what. `amount` is in major units."""

    amount: Source = "amount"
    store_id: Source = "store_id"
    sale_ref: Source | None = Field(default=None, validate_default=True)
    staff_id: Source = "staff_id"

    @field_validator("sale_ref")
    @classmethod
    def _refers_to_the_sale(cls, source: str | None) -> str:
        if source is None:
            raise ValueError(_NO_REFERENCE)
        return source


class ReadAction(_Part):
    """How the till reads the balance."""

    request: ReadRequest = Field(default_factory=ReadRequest)
    answer: Any = Field(
        default={"amount": "{balance}"},
        description="A JSON tree; a leaf that is `{name}` keeps its type.",
    )


class PayAction(_Part):
    """How the till pays."""

    request: PayRequest = Field(default_factory=lambda: PayRequest(sale_ref="sale_ref"))
    answer: Any = Field(
        default={"amount": "{balance}"},
        description="A JSON tree; a leaf that is `{name}` keeps its type.",
    )


class ExampleAccount(_Part):
    """What the customer has when the till is answered, and what a payment has taken."""

    points: int = Field(default=2_000, ge=0)
    balance_minor: int = Field(default=10_000, ge=0)
    currency_code: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    paid_points: int = Field(default=0, ge=0)


class AccountExample(_Part):
    """One of the record's own tests: what the till sends, and what must come of it."""

    name: str
    action: Literal["read", "pay"]
    sends: Mapping[str, Any]
    account: ExampleAccount = Field(default_factory=ExampleAccount)
    expect: Any = Field(
        description="`asked`, what the till is understood to ask, and `answer`; or `code`."
    )


class CustomerAccountRecord(_Part):
    """`CUSTOMER_ACCOUNT`: every member may be left out. Without `pay` the till may only read."""

    schema_version: Literal[1] = 1
    enabled: bool = True
    read: ReadAction = Field(default_factory=ReadAction)
    pay: PayAction | None = Field(default_factory=PayAction)
    examples: Annotated[tuple[AccountExample, ...], Field(max_length=50)] = ()
