"""Finishing an application: capture, void, and the end of a hold that nobody finished. Its points
go with it, in the same transaction.

A till is told where its points stand in the way. A POS that reports a sale is not, since that is
over, whatever has become of the points alone: `reported` leaves those as they are. And a sale that
it reports void never was: then also what is captured comes back, all that is left of it."""

from dataclasses import dataclass
from typing import Any

from tillbridge.domain.applications.application import Application, Applied, looked_up
from tillbridge.domain.applications.find import unchanged
from tillbridge.domain.applications.points import PointsPart, part, voiding
from tillbridge.domain.applications.take import counting, counting_late
from tillbridge.domain.ledger import finish, sale_register
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.keys import (
    application_key,
    discounts_sale_key,
    tombstone_id,
)
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.ledger.writes import Key, Write
from tillbridge.errors import (
    ApplicationCaptured,
    ApplicationClosed,
    ApplicationSuperseded,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionSuperseded,
)


@dataclass(frozen=True, slots=True)
class Capture:
    """The sale is paid: what the application holds is used up, and its points are taken. One that
    comes after the hold has expired is still good while the sale is this application's, and counts
    even beyond a limit: the discount was given (I9)."""

    actor: Actor
    application_id: str
    reported: bool = False

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises `ApplicationNotFound`, `ApplicationSuperseded`, `ApplicationClosed`, and what a
        redemption's `Capture` raises."""
        application = looked_up(self.actor.tenant_id, self.application_id, seen)
        if isinstance(application, Need):
            return application
        match application.state:
            case State.HELD:
                return self._take_held(application, seen)
            case State.EXPIRED:
                return self._take_late(application, seen)
            case State.CAPTURED:
                return unchanged(application, seen)
            case _:
                raise ApplicationClosed(**application.facts)

    def _take_held(self, application: Application, seen: Seen) -> Step[Applied]:
        points = self._points(application, seen)
        if isinstance(points, Need):
            return points
        captured, moved = application.moved(State.CAPTURED, held_until_s=None)
        return Commit((moved, *points.writes), Applied(captured, redemption=points.redemption))

    def _take_late(self, application: Application, seen: Seen) -> Step[Applied]:
        if application.sale_key not in seen:
            return Need(application.sale_key)
        registered = seen[application.sale_key]
        if registered is None or registered["rid"] != self.application_id:
            raise ApplicationSuperseded(**application.facts)
        counted = counting_late(application.takes, seen)
        if isinstance(counted, Need):
            return counted
        points = self._points(application, seen)
        if isinstance(points, Need):
            return points
        counts, beyond_limit = counted
        captured, moved = application.moved(
            State.CAPTURED, held_until_s=None, beyond_limit=beyond_limit
        )
        writes = (
            moved,
            sale_register.changed(application.sale_key, self.application_id, closed=False),
            *counts,
            *points.writes,
        )
        return Commit(writes, Applied(captured, redemption=points.redemption))

    def _points(self, application: Application, seen: Seen) -> PointsPart | Need:
        redemption = application.redemption_id
        capture = finish.Capture(self.actor, redemption) if redemption else None
        try:
            return part(capture, seen)
        except (RedemptionClosed, RedemptionSuperseded):
            if self.reported:
                return PointsPart()
            raise


@dataclass(frozen=True, slots=True)
class Void:
    """Undo an application that is not captured: what it holds, and its points, are free again, and
    the sale is closed. What a till has captured comes back by returns."""

    actor: Actor
    application_id: str
    reported: bool = False

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises `ApplicationNotFound`, `ApplicationCaptured`, and what a redemption's `Void`
        raises."""
        application = looked_up(self.actor.tenant_id, self.application_id, seen)
        if isinstance(application, Need):
            return application
        return self.of(application, seen)

    def of(self, application: Application, seen: Seen) -> Step[Applied]:
        if application.state is State.CAPTURED:
            return self._uncaptured(application)
        if application.state not in (State.HELD, State.EXPIRED):
            return unchanged(application, seen)
        points = self._points(application, seen)
        if isinstance(points, Need):
            return points
        if application.state is State.HELD:
            return _released(application, State.VOIDED, points)
        # What it held is free already; no late capture may come after this.
        voided, moved = application.moved(State.VOIDED, held_until_s=None, takes=())
        return _with(points, (moved,), voided)

    def _uncaptured(self, application: Application) -> Commit[Applied]:
        """Its points are captured as well, or finished alone."""
        if not self.reported:
            raise ApplicationCaptured(**application.facts)
        voided, moved = application.moved(State.VOIDED, takes=())
        return Commit((moved, *counting((), application.takes)), Applied(voided))

    def _points(self, application: Application, seen: Seen) -> PointsPart | Need:
        redemption = application.redemption_id
        try:
            return part(voiding(self.actor, redemption) if redemption else None, seen)
        except RedemptionCaptured:
            if self.reported:
                return PointsPart()
            raise


@dataclass(frozen=True, slots=True)
class VoidKey:
    """Void by the till's key alone, for one that never got an answer. A key that was never seen
    leaves a tombstone, which the request finds should it still come (T8)."""

    actor: Actor
    application_id: str

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises as `Void`, but for `ApplicationNotFound`."""
        key = application_key(self.actor.tenant_id, self.application_id)
        if key not in seen:
            return Need(key)
        if (known := seen[key]) is not None:
            void = Void(self.actor, self.application_id)
            return void.of(Application.of(key, known), seen)
        tombstone = _tombstone(self.actor, self.application_id)
        return Commit((tombstone.created(),), Applied(tombstone))


@dataclass(frozen=True, slots=True)
class VoidSale:
    """Void whatever discounts the sale holds. When it holds none, the sale is closed to what may
    still come."""

    actor: Actor
    store_id: str
    sale_ref: str
    reported: bool = False

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises as `Void`, but for `ApplicationNotFound`."""
        sale = discounts_sale_key(self.actor.tenant_id, self.store_id, self.sale_ref)
        if sale not in seen:
            return Need(sale)
        registered = seen[sale]
        if registered is None:
            tombstone = self._tombstone(after="")
            taken = sale_register.taken(sale, tombstone.application_id, None, closed=True)
            return Commit((tombstone.created(), taken), Applied(tombstone))
        application = looked_up(self.actor.tenant_id, registered["rid"], seen)
        if isinstance(application, Need):
            return application
        if application.is_tombstone:
            return Settled(Applied(application, replayed=True))
        return self._close(sale, application, seen)

    def _close(self, sale: Key, application: Application, seen: Seen) -> Step[Applied]:
        """What the sale has is voided and, since a request that supersedes it may be on its way, a
        tombstone takes its place."""
        void = Void(self.actor, application.application_id, self.reported)
        step = void.of(application, seen)
        if isinstance(step, Need):
            return step
        tombstone = self._tombstone(after=application.application_id)
        handed_on = sale_register.handed_on(
            sale, application.application_id, tombstone.application_id, closed=True
        )
        if isinstance(step, Settled):
            return Commit((tombstone.created(), handed_on), Applied(tombstone))
        voiding = tuple(write for write in step.writes if write.key != sale)
        return Commit((*voiding, tombstone.created(), handed_on), step.outcome)

    def _tombstone(self, after: str) -> Application:
        sale = (self.actor.tenant_id, self.store_id, self.sale_ref)
        return _tombstone(
            self.actor,
            tombstone_id(*sale, "DISCOUNTS", after),
            store_id=self.store_id,
            sale_ref=self.sale_ref,
        )


@dataclass(frozen=True, slots=True)
class Expire:
    """End a hold whose time is over. The due index only finds it: what it is now decides."""

    actor: Actor
    application_id: str

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises `ApplicationNotFound`."""
        application = looked_up(self.actor.tenant_id, self.application_id, seen)
        if isinstance(application, Need):
            return application
        is_over = application.is_overdue(self.actor.now_s)
        if application.state is not State.HELD or not is_over:
            return Settled(Applied(application, replayed=True))
        redemption = application.redemption_id
        points = part(finish.ExpireHold(self.actor, redemption) if redemption else None, seen)
        if isinstance(points, Need):
            return points
        return _released(application, State.EXPIRED, points)


def _released(application: Application, state: State, points: PointsPart) -> Commit[Applied]:
    """What is held of limited campaigns is free again, and the sale is closed. An expired one goes
    on knowing what it held: a late capture counts that."""
    kept = application.takes if state is State.EXPIRED else ()
    after, moved = application.moved(state, held_until_s=None, takes=kept)
    closed = sale_register.changed(application.sale_key, application.application_id, closed=True)
    return _with(points, (moved, closed, *counting((), application.takes)), after)


def _with(points: PointsPart, writes: tuple[Write, ...], after: Application) -> Commit[Applied]:
    return Commit((*writes, *points.writes), Applied(after, redemption=points.redemption))


def _tombstone(actor: Actor, application_id: str, **parts: Any) -> Application:
    return Application(actor.tenant_id, application_id, State.VOIDED, created_at=actor.at, **parts)
