"""Looking into the ledger: a redemption, for a till that lost the answer, and an account."""

from dataclasses import dataclass

from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Need, Seen, Settled, Step
from tillbridge.domain.ledger.keys import account_key, sale_key
from tillbridge.domain.ledger.redemption import Receipt, looked_up
from tillbridge.errors import RedemptionNotFound


@dataclass(frozen=True, slots=True)
class Find:
    tenant_id: str
    redemption_id: str

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`."""
        redemption = looked_up(self.tenant_id, self.redemption_id, seen)
        return redemption if isinstance(redemption, Need) else Settled(Receipt(redemption))


@dataclass(frozen=True, slots=True)
class FindBySale:
    """The redemption that the sale's register names, live or over."""

    tenant_id: str
    account_id: str
    store_id: str
    sale_ref: str

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`."""
        sale = sale_key(self.tenant_id, self.store_id, self.sale_ref, self.account_id)
        if sale not in seen:
            return Need(sale)
        registered = seen[sale]
        if registered is None:
            raise RedemptionNotFound
        return Find(self.tenant_id, registered["rid"])(seen)


@dataclass(frozen=True, slots=True)
class Balance:
    """The account as it is today, None before its first entry."""

    actor: Actor
    account_id: str

    def __call__(self, seen: Seen) -> Step[Account | None]:
        key = account_key(self.actor.tenant_id, self.account_id)
        if key not in seen:
            return Need(key)
        book = Book.opened(self.actor, self.account_id, seen)
        return Settled(None if book.stored is None else book.account)
