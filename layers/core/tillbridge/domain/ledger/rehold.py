"""Holding points anew for a sale that holds some already, in one step: no moment between, in which
another sale could take them."""

from dataclasses import dataclass

from tillbridge.domain.ledger import sale_register
from tillbridge.domain.ledger.account import Change, negative, redated
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.keys import account_key
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State


@dataclass(frozen=True, slots=True)
class Rehold:
    """The hold in the place of `replaced`, which is held for the same sale and account: its points
    count as available. Too few of them changes nothing: the outcome is rejected, and not stored."""

    hold: Hold
    replaced: Redemption

    def __call__(self, seen: Seen) -> Step[Receipt]:
        actor, account = self.hold.actor, self.hold.account_id
        if (key := account_key(actor.tenant_id, account)) not in seen:
            return Need(key)
        book = Book.opened(actor, account, seen)
        lots = redated(self.replaced.lots, actor.today, grace_days=0)
        back = Change(held=-self.replaced.points) + book.account.give(lots)
        free = book.after(back)
        hold, refusal = self.hold, {}
        if hold.pricing is not None:
            price = hold.pricing(free)
            hold, refusal = hold.at(price), dict(price.refusal)
        if not refusal and free.available < hold.points:
            refusal = {"code": "insufficient_points", "available": free.available}
        if refusal:
            return Settled(Receipt(hold.redemption(State.REJECTED, refusal=refusal)))
        taken = free.take(hold.points)
        change = back + taken + Change(held=hold.points)
        held = hold.redemption(State.HELD, lots=negative(taken.lots))
        voided, moved = self.replaced.moved(State.VOIDED, held_until_s=None, lots={})
        writes = (
            held.created(),
            moved,
            *book.writes(change),
            sale_register.handed_on(
                hold.sale_key, voided.redemption_id, held.redemption_id, closed=False
            ),
            voided.entry(EntryKind.VOID, 0, actor),
            held.entry(EntryKind.HOLD, 0, actor),
        )
        return Commit(writes, Receipt(held, account=book.after(change)))
