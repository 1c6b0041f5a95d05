"""Finishing a redemption: capture, void, and the end of a hold that nobody finished."""

from dataclasses import dataclass
from typing import Any

from tillbridge.domain.ledger import sale_register
from tillbridge.domain.ledger.account import Change, negative, redated
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book, released
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.keys import account_key, redemption_key, sale_key, tombstone_id
from tillbridge.domain.ledger.redemption import Mode, Receipt, Redemption, State, looked_up
from tillbridge.domain.ledger.refund import giving_back
from tillbridge.domain.ledger.writes import Key, Write
from tillbridge.errors import RedemptionCaptured, RedemptionClosed, RedemptionSuperseded


@dataclass(frozen=True, slots=True)
class Capture:
    """Take the points that are held: the sale is paid. One that comes after the hold has expired is
    still good while the sale is this redemption's, and may leave a debt: the discount was given
    (I9)."""

    actor: Actor
    redemption_id: str

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, `RedemptionSuperseded`, `RedemptionClosed`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        match redemption.state:
            case State.HELD:
                return self._take_held(redemption, seen)
            case State.EXPIRED:
                return self._take_late(redemption, seen)
            case State.CAPTURED:
                return Settled(Receipt(redemption, replayed=True))
            case _:
                raise RedemptionClosed(
                    operation_ref=self.redemption_id, operation_state=str(redemption.state)
                )

    def _take_held(self, redemption: Redemption, seen: Seen) -> Commit[Receipt]:
        captured, moved = redemption.moved(
            State.CAPTURED, refundable=redemption.points, held_until_s=None
        )
        writes = (
            moved,
            *released(self.actor, redemption.account, {}, held=redemption.points, seen=seen),
            redemption.entry(EntryKind.POST, -redemption.points, self.actor),
        )
        return Commit(writes, Receipt(captured))

    def _take_late(self, redemption: Redemption, seen: Seen) -> Step[Receipt]:
        sale = redemption.sale_key
        registered = seen.get(sale)
        if registered is not None and registered["rid"] != self.redemption_id:
            raise RedemptionSuperseded(
                operation_ref=self.redemption_id, operation_state=str(redemption.state)
            )
        account = account_key(self.actor.tenant_id, redemption.account)
        if account not in seen:
            return Need(account)
        book = Book.opened(self.actor, redemption.account, seen)
        taken = book.account.take(redemption.points)
        change = taken + Change(debt=redemption.points + taken.available)
        captured, moved = redemption.moved(
            State.CAPTURED, refundable=redemption.points, lots=negative(taken.lots)
        )
        writes = (
            moved,
            *book.writes(change),
            sale_register.changed(sale, self.redemption_id, closed=False),
            redemption.entry(EntryKind.LATE, change.delta, self.actor),
        )
        return Commit(writes, Receipt(captured, account=book.after(change)))


@dataclass(frozen=True, slots=True)
class Void:
    """Undo a redemption: points that are held, or were burnt, come back, and the sale is closed.
    What was captured by a hold is given back by refunds instead."""

    actor: Actor
    redemption_id: str
    grace_days: int

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, `RedemptionCaptured`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        return self.of(redemption, seen)

    def of(self, redemption: Redemption, seen: Seen) -> Step[Receipt]:
        match redemption.state:
            case State.HELD:
                return _released(self.actor, redemption, State.VOIDED, EntryKind.VOID, seen)
            case State.EXPIRED:
                # Its points are back already; no late capture may come after this.
                voided, moved = redemption.moved(State.VOIDED)
                return Commit((moved,), Receipt(voided))
            case State.CAPTURED if redemption.mode is Mode.BURN:
                return self._unburnt(redemption, seen)
            case State.CAPTURED:
                raise RedemptionCaptured(
                    operation_ref=self.redemption_id,
                    operation_state=str(redemption.state),
                    refundable=redemption.refundable,
                )
            case _:
                return Settled(Receipt(redemption, replayed=True))

    def _unburnt(self, redemption: Redemption, seen: Seen) -> Commit[Receipt]:
        close = sale_register.changed(redemption.sale_key, self.redemption_id, closed=True)
        if not redemption.refundable:
            voided, moved = redemption.moved(State.VOIDED)
            return Commit((moved, close), Receipt(voided))
        given = giving_back(self.actor, redemption, redemption.refundable, self.grace_days, seen)
        return Commit((*given.writes, close), given.outcome)


@dataclass(frozen=True, slots=True)
class VoidKey:
    """Void by the till's key alone, for one that never got an answer. A key that was never seen
    leaves a tombstone, which the request finds should it still come (T8)."""

    actor: Actor
    redemption_id: str
    grace_days: int

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionCaptured`."""
        key = redemption_key(self.actor.tenant_id, self.redemption_id)
        if key not in seen:
            return Need(key)
        if (known := seen[key]) is not None:
            return self._voided(Redemption.of(key, known), seen)
        tombstone = _tombstone(self.actor, self.redemption_id)
        return Commit((tombstone.created(),), Receipt(tombstone))

    def _voided(self, redemption: Redemption, seen: Seen) -> Step[Receipt]:
        return Void(self.actor, redemption.redemption_id, self.grace_days).of(redemption, seen)


@dataclass(frozen=True, slots=True)
class VoidSale:
    """Void whatever the sale holds of an account. When it holds nothing, the sale is closed to what
    may still come."""

    actor: Actor
    account_id: str
    store_id: str
    sale_ref: str
    grace_days: int

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionCaptured`."""
        sale = sale_key(self.actor.tenant_id, self.store_id, self.sale_ref, self.account_id)
        if sale not in seen:
            return Need(sale)
        registered = seen[sale]
        if registered is None:
            tombstone = self._tombstone(after="")
            taken = sale_register.taken(sale, tombstone.redemption_id, None, closed=True)
            return Commit((tombstone.created(), taken), Receipt(tombstone))
        redemption = looked_up(self.actor.tenant_id, registered["rid"], seen)
        if isinstance(redemption, Need):
            return redemption
        if redemption.is_tombstone:
            return Settled(Receipt(redemption, replayed=True))
        return self._close(sale, redemption, seen)

    def _close(self, sale: Key, redemption: Redemption, seen: Seen) -> Step[Receipt]:
        """What the sale has is voided and, since a request that supersedes it may be on its way, a
        tombstone takes its place."""
        step = self._voided(redemption, seen)
        if isinstance(step, Need):
            return step
        tombstone = self._tombstone(after=redemption.redemption_id)
        writes: tuple[Write, ...] = (
            tombstone.created(),
            sale_register.handed_on(
                sale, redemption.redemption_id, tombstone.redemption_id, closed=True
            ),
        )
        if isinstance(step, Settled):
            return Commit(writes, Receipt(tombstone))
        voiding = tuple(write for write in step.writes if write.key != sale)
        return Commit((*voiding, *writes), step.outcome)

    def _voided(self, redemption: Redemption, seen: Seen) -> Step[Receipt]:
        return Void(self.actor, redemption.redemption_id, self.grace_days).of(redemption, seen)

    def _tombstone(self, after: str) -> Redemption:
        return _tombstone(
            self.actor,
            tombstone_id(
                self.actor.tenant_id, self.store_id, self.sale_ref, self.account_id, after
            ),
            account=self.account_id,
            store_id=self.store_id,
            sale_ref=self.sale_ref,
        )


@dataclass(frozen=True, slots=True)
class ExpireHold:
    """End a hold whose time is over. The due index only finds it: what it is now decides."""

    actor: Actor
    redemption_id: str

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        if redemption.state is not State.HELD or not redemption.is_overdue(self.actor.now_s):
            return Settled(Receipt(redemption, replayed=True))
        return _released(self.actor, redemption, State.EXPIRED, EntryKind.HOLD_EXPIRED, seen)


def _released(
    actor: Actor, redemption: Redemption, state: State, kind: EntryKind, seen: Seen
) -> Commit[Receipt]:
    """Held points go back to their lots, and the sale is closed. What has expired meanwhile is good
    for today: holding points again and again must not keep them for ever."""
    after, moved = redemption.moved(state, held_until_s=None, lots={})
    lots = redated(redemption.lots, actor.today, grace_days=0)
    writes: tuple[Write, ...] = (
        moved,
        *released(actor, redemption.account, lots, held=redemption.points, seen=seen),
        sale_register.changed(redemption.sale_key, redemption.redemption_id, closed=True),
        redemption.entry(kind, 0, actor),
    )
    return Commit(writes, Receipt(after))


def _tombstone(actor: Actor, redemption_id: str, **parts: Any) -> Redemption:
    return Redemption(actor.tenant_id, redemption_id, State.VOIDED, created_at=actor.at, **parts)
