"""What a merchant's loyalty system says, in our shape: each item of an answer is judged by these.
Numbers may come as texts or as `200.0`; what is no whole number is refused."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

if TYPE_CHECKING:
    from tillbridge.domain.ledger.account import Account

MOST_POINTS = 1_000_000_000_000


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number of points is no truth value")  # noqa: TRY004  pydantic's way
    return value


def _as_text(value: Any) -> Any:
    """A transaction's number is a name as any other."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


SomePoints = Annotated[int, BeforeValidator(_no_boolean), Field(ge=-MOST_POINTS, le=MOST_POINTS)]
TransactionId = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=256)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class LoyaltyBalance(_Answer):
    """What a customer has: `available` can be spent now."""

    available: SomePoints
    balance: SomePoints | None = None

    @property
    def account(self) -> "Account":
        """It as the built-in ledger has one: what cannot be spent now is held."""
        # Every function knows these shapes; the ledger is loaded by who keeps points.
        from tillbridge.domain.ledger.account import Account

        balance = self.available if self.balance is None else self.balance
        available = max(self.available, 0)
        return Account(available=available, held=max(balance - available, 0), debt=max(-balance, 0))


class LoyaltyTransaction(_Answer):
    """What a call has done. `transaction_id` is the system's own name for it; `points`, where the
    system says them, are held against what was asked."""

    transaction_id: TransactionId | None = None
    points: SomePoints | None = None
    available: SomePoints | None = None


class KnownTransaction(LoyaltyTransaction):
    """What a query has found: it was done, is still being done, or was refused."""

    status: Literal["applied", "pending", "refused"] = "applied"
