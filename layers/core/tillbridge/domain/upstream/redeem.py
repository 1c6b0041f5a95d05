"""Redemption, finish and return where the merchant's own system keeps the points: what a till asks,
decided and written down before anything is sent."""

from dataclasses import dataclass, field, replace
from typing import Any

from tillbridge.domain.ledger import finish, hold, sale_register
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.redemption import Mode, Receipt, Redemption, State, looked_up
from tillbridge.domain.ledger.writes import AllOf, Equals, Update, Write
from tillbridge.domain.upstream.course import Course
from tillbridge.domain.upstream.leg import Action
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.domain.upstream.soft_hold import (
    BalanceOutdated,
    SoftHold,
    held_softly,
    soft_hold_key,
)
from tillbridge.errors import (
    IdempotencyMismatch,
    InsufficientPoints,
    NotRefundable,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionSuperseded,
    RedemptionUnknown,
)

_LIVE = (State.UNKNOWN, State.HELD, State.CAPTURED)


@dataclass(frozen=True, slots=True)
class Redeem(hold.Hold):
    """Take points for a sale by a call to the merchant's system: written down as sent before it is,
    so that no crash can make it forgotten (T10)."""

    rules: UpstreamProgrammeRecord = field(kw_only=True)
    customer_id: str = field(kw_only=True)
    # Where the system would let the balance fall below zero.
    soft_hold: SoftHold | None = field(default=None, kw_only=True)

    def planned(self) -> Redemption:
        """It with the call that is to be made."""
        now_s = self.actor.now_s
        new = self.redemption(State.UNKNOWN, customer_id=self.customer_id, version=1)
        held_until_s = int(now_s) + self.hold_ttl_s
        return Course(self.rules, now_s).first(replace(new, held_until_s=held_until_s))

    def _begin(self, seen: Seen) -> Step[Receipt]:
        """Raises `BalanceOutdated`."""
        planned = self.planned()
        soft_key = soft_hold_key(planned.tenant_id, planned.account)
        if self.soft_hold is not None and soft_key in seen:
            raise BalanceOutdated
        if self.soft_hold is not None and self.soft_hold.spendable < self.points:
            return self._refused(max(self.soft_hold.spendable, 0))
        leg = planned.legs[0].taken_up(Action.SEND, self.actor.now_s)
        redemption = replace(planned, legs=(leg,))
        taken = sale_register.taken(self.sale_key, self.redemption_id, self.supersedes)
        soft = () if self.soft_hold is None else (held_softly(redemption, self.soft_hold),)
        return Commit((redemption.created(), taken, *soft), Receipt(redemption))

    def _refused(self, available: int) -> Commit[Receipt]:
        refusal = {"code": InsufficientPoints.code, "available": available}
        rejected = self.redemption(State.REJECTED, refusal=refusal)
        taken = sale_register.taken(self.sale_key, self.redemption_id, self.supersedes, closed=True)
        return Commit((rejected.created(), taken), Receipt(rejected))


@dataclass(frozen=True, slots=True)
class Capture:
    """The sale is paid. What is held upstream stays taken, or is committed; what its end has given
    back already is taken again, since the discount was given (I9)."""

    actor: Actor
    redemption_id: str
    rules: UpstreamProgrammeRecord

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, `RedemptionSuperseded`, `RedemptionClosed`,
        `RedemptionUnknown`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        match redemption.state:
            case State.HELD:
                return _written(redemption, self._captured(redemption))
            case State.EXPIRED:
                return self._take_late(redemption, seen)
            case State.CAPTURED:
                return Settled(Receipt(redemption, replayed=True))
            case State.UNKNOWN:
                raise RedemptionUnknown(**_facts(redemption))
            case _:
                raise RedemptionClosed(**_facts(redemption))

    def _captured(self, redemption: Redemption) -> Redemption:
        return Course(self.rules, self.actor.now_s).captured(redemption)

    def _take_late(self, redemption: Redemption, seen: Seen) -> Step[Receipt]:
        sale = redemption.sale_key
        registered = seen.get(sale)
        if registered is not None and registered["rid"] != self.redemption_id:
            raise RedemptionSuperseded(**_facts(redemption))
        reopened = sale_register.changed(sale, self.redemption_id, closed=False)
        return _written(redemption, self._captured(redemption), reopened)


@dataclass(frozen=True, slots=True)
class Void:
    """Undo a redemption. It is off for the till as soon as that is written down; the points come
    back by calls that follow, whatever becomes of one that is still on its way."""

    actor: Actor
    redemption_id: str
    rules: UpstreamProgrammeRecord

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, `RedemptionCaptured`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        return redemption if isinstance(redemption, Need) else self.of(redemption)

    def of(self, redemption: Redemption) -> Step[Receipt]:
        course = Course(self.rules, self.actor.now_s)
        voided = replace(redemption, state=State.VOIDED, refundable=0, held_until_s=None)
        match redemption.state:
            case State.UNKNOWN | State.HELD:
                undone = course.undone(voided, redemption.points)
            case State.EXPIRED:
                # What it had taken comes back already; no late capture may come after this.
                return _written(redemption, voided)
            case State.CAPTURED if redemption.mode is Mode.BURN and not redemption.refundable:
                undone = voided
            case State.CAPTURED if redemption.mode is Mode.BURN:
                undone = course.undone(voided, redemption.refundable)
            case State.CAPTURED:
                raise RedemptionCaptured(**_facts(redemption), refundable=redemption.refundable)
            case _:
                return Settled(Receipt(redemption, replayed=True))
        return _written(redemption, undone, closing(redemption))


@dataclass(frozen=True, slots=True)
class VoidKey(finish.VoidKey):
    """See the ledger's."""

    rules: UpstreamProgrammeRecord = field(kw_only=True)

    def _voided(self, redemption: Redemption, _seen: Seen) -> Step[Receipt]:
        return Void(self.actor, redemption.redemption_id, self.rules).of(redemption)


@dataclass(frozen=True, slots=True)
class VoidSale(finish.VoidSale):
    """See the ledger's."""

    rules: UpstreamProgrammeRecord = field(kw_only=True)

    def _voided(self, redemption: Redemption, _seen: Seen) -> Step[Receipt]:
        return Void(self.actor, redemption.redemption_id, self.rules).of(redemption)


@dataclass(frozen=True, slots=True)
class Refund:
    """Give points of a captured redemption back. `refund_ref` is the till's own name for this
    return: the same one is given back once (T14)."""

    actor: Actor
    redemption_id: str
    refund_ref: str
    points: int
    rules: UpstreamProgrammeRecord

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `RedemptionNotFound`, `NotRefundable`, `IdempotencyMismatch`."""
        redemption = looked_up(self.actor.tenant_id, self.redemption_id, seen)
        if isinstance(redemption, Need):
            return redemption
        known = redemption.returns.get(self.refund_ref)
        if known not in (None, self.points):
            raise IdempotencyMismatch(operation_ref=self.redemption_id)
        if known is not None:
            return Settled(Receipt(redemption, replayed=True))
        if redemption.state is not State.CAPTURED or redemption.refundable < self.points:
            raise NotRefundable(**_facts(redemption), refundable=redemption.refundable)
        if self.points != redemption.points and not self.rules.gives_back_parts:
            raise NotRefundable(
                "the merchant's loyalty system gives back whole redemptions only",
                **_facts(redemption),
                refundable=redemption.refundable,
            )
        given = replace(
            redemption,
            refundable=redemption.refundable - self.points,
            returns={**redemption.returns, self.refund_ref: self.points},
        )
        about = f"return{len(given.returns)}"
        course = Course(self.rules, self.actor.now_s)
        return _written(redemption, course.given_back(given, self.points, about))


def written(before: Redemption, after: Redemption) -> Update:
    """The write of what has become of it, refused when somebody else was faster."""
    version = before.version or 0
    parts = {name: getattr(after, name) for name in _CHANGING}
    _, update = before.moved(after.state, **parts, version=version + 1)
    return replace(update, condition=AllOf((update.condition, Equals("version", version))))


def closing(redemption: Redemption) -> Update:
    """The write that closes its sale: nothing is held or taken for it any more."""
    return sale_register.changed(redemption.sale_key, redemption.redemption_id, closed=True)


def is_live(redemption: Redemption) -> bool:
    """Whether the sale is its own."""
    return redemption.state in _LIVE and not redemption.order_ref


def _written(before: Redemption, after: Redemption, *others: Write) -> Commit[Receipt]:
    return Commit((written(before, after), *others), Receipt(after))


_CHANGING = ("refundable", "held_until_s", "refusal", "legs", "returns", "said_by_hand")


def _facts(redemption: Redemption) -> dict[str, Any]:
    return {
        "operation_ref": redemption.redemption_id,
        "operation_state": str(redemption.state),
    }
