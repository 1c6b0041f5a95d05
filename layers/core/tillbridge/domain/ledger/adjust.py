"""Points that somebody with the right to do so puts in or takes out by hand."""

from dataclasses import dataclass

from tillbridge.domain.ledger.account import NEVER
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import account_key, adjustment_key
from tillbridge.domain.ledger.writes import Absent, Put
from tillbridge.errors import IdempotencyMismatch, InvalidRequest


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Add points, or take some away when `points` is negative; never more than are available. That
    there were too few is stored as well, so that a late duplicate cannot succeed. A customer's
    first entry opens the account."""

    actor: Actor
    account_id: str
    adjustment_id: str
    fingerprint: str
    points: int
    reason: str
    expires_on: str = NEVER
    store_id: str | None = None

    def __call__(self, seen: Seen) -> Step[Booked]:
        """Raises `IdempotencyMismatch`, and `InvalidRequest` for points that are over already."""
        decided = adjustment_key(self.actor.tenant_id, self.adjustment_id)
        if (known := seen.get(decided)) is not None:
            if known["fingerprint"] != self.fingerprint:
                raise IdempotencyMismatch
            return Settled(Booked(known["delta"], replayed=True, refused=known.get("refused")))
        if self.points > 0 and self.expires_on < self.actor.today.isoformat():
            if decided not in seen:
                # They may have been good when they were first sent.
                return Need(decided)
            raise InvalidRequest("expires_on: this day is over", field="expires_on")
        account = account_key(self.actor.tenant_id, self.account_id)
        if account not in seen:
            return Need(account)
        book = Book.opened(self.actor, self.account_id, seen)
        available = book.account.available
        if available + self.points < 0:
            refused = self._decided(delta=0, refused=available)
            return Commit((refused,), Booked(0, refused=available))
        change = (
            book.account.give({self.expires_on: self.points})
            if self.points > 0
            else book.account.take(-self.points)
        )
        entered = entry(
            EntryKind.ADJUST,
            self.account_id,
            self.points,
            self.actor,
            self.adjustment_id,
            reason=self.reason,
            store_id=self.store_id,
        )
        writes = (self._decided(delta=self.points), *book.writes(change), entered)
        return Commit(writes, Booked(self.points, account=book.after(change)))

    def _decided(self, **decided: int) -> Put:
        key = adjustment_key(self.actor.tenant_id, self.adjustment_id)
        return Put(key, {"fingerprint": self.fingerprint, **decided}, Absent())
