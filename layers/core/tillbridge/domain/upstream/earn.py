"""Points that a customer earns by an order in the merchant's own system, and gives back with a
return. They are kept as a redemption is: one item, and the calls that make it so."""

from dataclasses import dataclass, replace

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.keys import accrual_id, redemption_key
from tillbridge.domain.ledger.redemption import Mode, Receipt, Redemption, State
from tillbridge.domain.upstream.course import Course
from tillbridge.domain.upstream.programme import UpstreamProgrammeRecord
from tillbridge.domain.upstream.redeem import written
from tillbridge.errors import (
    AccrualNotFound,
    IdempotencyMismatch,
    NotReversible,
    PointsRefused,
    RedemptionUnknown,
)


@dataclass(frozen=True, slots=True)
class Accrue:
    """Earn points by a shop's order, once, whatever keys a till makes up."""

    actor: Actor
    account_id: str
    customer_id: str
    store_id: str
    order_ref: str
    points: int
    rules: UpstreamProgrammeRecord

    @property
    def accrual_id(self) -> str:
        return accrual_id(self.actor.tenant_id, self.account_id, self.store_id, self.order_ref)

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `IdempotencyMismatch` for an order that earned another number of points, and
        `PointsRefused` where the system has refused."""
        key = redemption_key(self.actor.tenant_id, self.accrual_id)
        if (known := seen.get(key)) is not None:
            accrual = Redemption.of(key, known)
            if accrual.points != self.points:
                raise IdempotencyMismatch(
                    "this order has earned another number of points", points=accrual.points
                )
            return Settled(Receipt(accrual, replayed=True))
        accrual = Redemption(
            self.actor.tenant_id,
            self.accrual_id,
            State.UNKNOWN,
            mode=Mode.BURN,
            points=self.points,
            account=self.account_id,
            store_id=self.store_id,
            created_at=self.actor.at,
            customer_id=self.customer_id,
            order_ref=self.order_ref,
            version=1,
        )
        planned = Course(self.rules, self.actor.now_s).first(accrual)
        return Commit((planned.created(),), Receipt(planned))


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take back what an order has earned, for a return: all that is left of it, or so many points.
    `return_ref` names the return, which takes back once."""

    actor: Actor
    accrual_id: str
    return_ref: str
    points: int | None
    rules: UpstreamProgrammeRecord

    def __call__(self, seen: Seen) -> Step[Receipt]:
        """Raises `AccrualNotFound`, `NotReversible`, `IdempotencyMismatch`, and `RedemptionUnknown`
        while it is not known whether the order has earned anything."""
        key = redemption_key(self.actor.tenant_id, self.accrual_id)
        if key not in seen:
            return Need(key)
        item = seen[key]
        if item is None:
            raise AccrualNotFound
        accrual = Redemption.of(key, item)
        known = accrual.returns.get(self.return_ref)
        if known is not None:
            if self.points not in (None, known):
                raise IdempotencyMismatch(
                    "this return has taken back another number of points", points=known
                )
            return Settled(Receipt(accrual, replayed=True))
        if accrual.state is State.UNKNOWN:
            raise RedemptionUnknown(operation_state=str(accrual.state))
        if accrual.state is State.REJECTED:
            raise AccrualNotFound
        points = accrual.refundable if self.points is None else self.points
        if points == 0 or points > accrual.refundable:
            raise NotReversible(reversible=accrual.refundable)
        if points != accrual.points and not self.rules.partial_reverse:
            raise NotReversible(
                "the merchant's loyalty system takes back all that an order has earned, or nothing",
                reversible=accrual.refundable,
            )
        taken = replace(
            accrual,
            refundable=accrual.refundable - points,
            returns={**accrual.returns, self.return_ref: points},
        )
        course = Course(self.rules, self.actor.now_s)
        after = course.given_back(taken, points, f"return{len(taken.returns)}")
        return Commit((written(accrual, after),), Receipt(after))


def refused(accrual: Redemption) -> PointsRefused:
    """What says that the system would not take an order's points."""
    return PointsRefused(reason=str(accrual.refusal.get("code")))
