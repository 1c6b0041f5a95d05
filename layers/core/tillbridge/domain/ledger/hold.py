"""Holding or burning points for a sale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tillbridge.domain.ledger import keys, sale_register
from tillbridge.domain.ledger.account import Account, Change, negative
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.journal import EntryKind
from tillbridge.domain.ledger.keys import account_key, redemption_key
from tillbridge.domain.ledger.redemption import Mode, Receipt, Redemption, State, looked_up
from tillbridge.domain.ledger.writes import Item, Key
from tillbridge.errors import IdempotencyMismatch, RedemptionExists, RedemptionVoided


@dataclass(frozen=True, slots=True)
class Price:
    """What is asked for costs so many points; `reward` is what the customer gets for them, as it is
    stored. Or it cannot be had: `refusal` is a code and its facts."""

    points: int
    reward: Mapping[str, Any] = field(default_factory=dict)
    refusal: Mapping[str, Any] = field(default_factory=dict)


# What is asked for costs whoever has this account.
Pricing = Callable[[Account], Price]


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold, or burn, points for a sale: so many, or as many as `pricing` says for a reward.
    `redemption_id` stands for the till's key, `fingerprint` for all that it asks; `points_label` is
    what the merchant calls points. A rejection is a
    decision as well: it is stored and closes the sale, so that no late duplicate can succeed after
    it (T7)."""

    actor: Actor
    account_id: str
    redemption_id: str
    fingerprint: str
    points: int
    store_id: str
    sale_ref: str
    mode: Mode
    hold_ttl_s: int
    supersedes: str | None = None
    reward: Mapping[str, Any] = field(default_factory=dict)
    pricing: Pricing | None = None
    points_label: str = "points"

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `IdempotencyMismatch`, `RedemptionVoided`, `RedemptionExists`."""
        key = redemption_key(self.actor.tenant_id, self.redemption_id)
        if (known := seen.get(key)) is not None:
            return Settled(self._replay(Redemption.of(key, known)))
        registered = seen.get(self.sale_key)
        if registered is not None and sale_register.blocks(registered, self.supersedes):
            return self._refer_to(registered, seen)
        return self._begin(seen)

    def _begin(self, seen: Seen) -> Step[Receipt]:
        """Neither the key nor the sale stands in its way."""
        account = account_key(self.actor.tenant_id, self.account_id)
        if account not in seen:
            return Need(account)
        return self._decide(Book.opened(self.actor, self.account_id, seen))

    def _decide(self, book: Book) -> Commit[Receipt]:
        if book.stored is None:
            return self._reject(book, code="not_enrolled")
        if self.pricing is not None:
            return self._decide_at(self.pricing(book.account), book)
        available = book.account.available
        if available < self.points:
            return self._reject(book, code="insufficient_points", available=available)
        taken = book.account.take(self.points)
        redemption = self.redemption(
            State.CAPTURED if self.mode is Mode.BURN else State.HELD, lots=negative(taken.lots)
        )
        if self.mode is Mode.BURN:
            change, kind = taken, EntryKind.POST
        else:
            change, kind = taken + Change(held=self.points), EntryKind.HOLD
        writes = (
            redemption.created(),
            *book.writes(change),
            sale_register.taken(self.sale_key, self.redemption_id, self.supersedes),
            redemption.entry(kind, change.delta, self.actor),
        )
        return Commit(writes, Receipt(redemption, account=book.after(change)))

    def _decide_at(self, price: Price, book: Book) -> Commit[Receipt]:
        priced = self.at(price)
        return priced._reject(book, **price.refusal) if price.refusal else priced._decide(book)

    def at(self, price: Price) -> "Hold":
        """The hold of what is asked for, once it has its price."""
        return replace(self, points=price.points, reward=price.reward, pricing=None)

    def _reject(self, book: Book, **refusal: Any) -> Commit[Receipt]:
        redemption = self.redemption(State.REJECTED, refusal=refusal)
        taken = sale_register.taken(self.sale_key, self.redemption_id, self.supersedes, closed=True)
        return Commit((redemption.created(), taken), Receipt(redemption, account=book.account))

    def redemption(self, state: State, **parts: Any) -> Redemption:
        """The redemption that it makes."""
        held = state is State.HELD
        return Redemption(
            self.actor.tenant_id,
            self.redemption_id,
            state,
            mode=self.mode,
            points=self.points,
            reward=self.reward,
            points_label=self.points_label,
            account=self.account_id,
            store_id=self.store_id,
            sale_ref=self.sale_ref,
            fingerprint=self.fingerprint,
            refundable=self.points if state is State.CAPTURED else 0,
            created_at=self.actor.at,
            held_until_s=int(self.actor.now_s) + self.hold_ttl_s if held else None,
            **parts,
        )

    def _replay(self, known: Redemption) -> Receipt:
        if known.is_tombstone:
            # Voided before it came: nobody's request was ever decided under this key.
            raise RedemptionVoided(operation_ref=known.redemption_id, operation_state=known.state)
        if known.fingerprint != self.fingerprint:
            raise IdempotencyMismatch(operation_ref=known.redemption_id)
        return Receipt(known, replayed=True)

    def _refer_to(self, registered: Item, seen: Seen) -> Step[Receipt]:
        """The sale has a redemption: the till adopts it or, once it is over, supersedes it. Who
        would supersede it too early is rejected for good: no late duplicate may succeed."""
        other = looked_up(self.actor.tenant_id, registered["rid"], seen)
        if isinstance(other, Need):
            return other
        facts: dict[str, Any] = {
            "operation_ref": other.redemption_id,
            "operation_state": str(other.state),
        }
        if self.supersedes is None:
            raise RedemptionExists(**facts)
        rejected = self.redemption(State.REJECTED, refusal={"code": RedemptionExists.code, **facts})
        return Commit((rejected.created(),), Receipt(rejected))

    @property
    def sale_key(self) -> Key:
        return keys.sale_key(self.actor.tenant_id, self.store_id, self.sale_ref, self.account_id)
