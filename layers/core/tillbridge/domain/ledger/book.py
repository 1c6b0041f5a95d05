"""An account as a decision changes it: the write, what has expired meanwhile, and that entry."""

from dataclasses import dataclass

from tillbridge.domain.ledger.account import (
    Account,
    Change,
    Lots,
    account_write,
    blind_account_write,
)
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Seen
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import account_key
from tillbridge.domain.ledger.writes import Write
from tillbridge.errors import LedgerInconsistent


@dataclass(frozen=True, slots=True)
class Book:
    """`stored` is the account as it was read, None before its first entry; `upkeep` is what becomes
    of it with the next write, whatever that is."""

    actor: Actor
    account_id: str
    stored: Account | None
    upkeep: Change

    @classmethod
    def opened(cls, actor: Actor, account_id: str, seen: Seen) -> "Book":
        """The book of an account that has been looked at."""
        item = seen[account_key(actor.tenant_id, account_id)]
        stored = None if item is None else Account.of(item)
        account = stored or Account()
        return cls(actor, account_id, stored, account.within_bounds(account.expiry(actor.today)))

    @property
    def account(self) -> Account:
        """The account as it is today: without what has expired, and with no more lots than one may
        have."""
        return (self.stored or Account()).plus(self.upkeep)

    def after(self, change: Change) -> Account:
        return self.account.plus(change)

    def writes(self, change: Change) -> tuple[Write, ...]:
        """What writes the change, decided on `account`; refused when somebody else was
        faster. Raises `LedgerInconsistent`."""
        stored = self.stored or Account()
        if not self.after(change).is_sound:
            raise LedgerInconsistent
        key = account_key(self.actor.tenant_id, self.account_id)
        whole = stored.within_bounds(self.upkeep + change)
        write = account_write(key, self.stored, whole)
        if not self.upkeep.delta:
            return (write,)
        # A day's lots can expire twice, where clocks disagree about midnight: each is an entry.
        about = str(stored.version + 1)
        expired = entry(
            EntryKind.POINTS_EXPIRED, self.account_id, self.upkeep.delta, self.actor, about
        )
        return (write, expired)


def released(
    actor: Actor, account_id: str, lots: Lots, *, held: int, seen: Seen
) -> tuple[Write, ...]:
    """What writes that so many points are no longer held, and that the lots come back. It does
    without reading the account, unless that turned out to have a debt, which they repay first."""
    key = account_key(actor.tenant_id, account_id)
    if key in seen:
        book = Book.opened(actor, account_id, seen)
        return book.writes(Change(held=-held) + book.account.give(lots))
    return (blind_account_write(key, Change(sum(lots.values()), held=-held, lots=lots)),)
