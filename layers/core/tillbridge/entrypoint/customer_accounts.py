"""A till's customer account as HTTP: what its operations declare, and their answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tillbridge.domain.caller import Scope
from tillbridge.entrypoint.api import REPLAYED, Answer
from tillbridge.errors import (
    CurrencyMismatch,
    InsufficientPoints,
    LedgerInconsistent,
    NotConfigured,
    NotEnrolled,
    RecordUnusable,
    RedemptionExists,
    RedemptionVoided,
    TenantSuspended,
    Undecided,
)

_ANY = (NotConfigured, RecordUnusable, TenantSuspended, LedgerInconsistent, CurrencyMismatch)
_OTHER_NAMES = "The merchant's record may say another name."


class AccountReading(BaseModel):
    """What a till sends to read a balance: these names, or those of its merchant's record."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    customer_id: Any = Field(
        default=None, description=f"`balance.identifier` of the lookup. {_OTHER_NAMES}"
    )
    currency_code: Any = Field(
        default=None, description=f"The merchant's own, when left out. {_OTHER_NAMES}"
    )

    def sent(self) -> dict[str, Any]:
        """What was sent, by the till's own names."""
        return self.model_dump(exclude_unset=True)


class AccountPaying(AccountReading):
    """What a till sends to pay: these names, or those of its merchant's record."""

    amount: Any = Field(default=None, description=f"In major units. {_OTHER_NAMES}")
    store_id: Any = Field(default=None, description=f"The shop. {_OTHER_NAMES}")
    sale_ref: Any = Field(
        default=None,
        description="The till's name for the sale, the same through retries: with the customer and "
        f"the amount it is what is paid once. {_OTHER_NAMES}",
    )
    staff_id: Any = Field(default=None, description=f"Who is at the till. {_OTHER_NAMES}")


class AccountAnswer(BaseModel):
    """The entity that the till expects, as the merchant's record shapes it."""

    model_config = ConfigDict(extra="allow")

    amount: float = Field(
        description="What is left on the account, in major units, unless the record says otherwise."
    )


ACCOUNT_READING: dict[str, Any] = {
    "scope": Scope.LOOKUP,
    "input": AccountReading,
    "with_query": True,
    "answer": AccountAnswer,
    "errors": _ANY,
}
ACCOUNT_PAYING: dict[str, Any] = {
    "scope": Scope.REDEEM,
    "input": AccountPaying,
    "with_query": True,
    "answer": AccountAnswer,
    "deadline_s": 4.5,
    "moves_points": True,
    "headers": {"Idempotent-Replayed": "`true` when an earlier request had paid this."},
    "errors": (
        *_ANY,
        NotEnrolled,
        InsufficientPoints,
        RedemptionExists,
        RedemptionVoided,
        Undecided,
    ),
}


def paid_answer(body: Any, replayed: bool) -> Answer:
    return Answer(body, REPLAYED if replayed else {})
