"""Applying discounts to a sale: deciding what it is given, and holding what is limited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.applications.application import Application, Applied, looked_up
from tillbridge.domain.applications.decided import Decided, exhausted_of
from tillbridge.domain.applications.find import shown
from tillbridge.domain.applications.offering import Offer, Offering
from tillbridge.domain.applications.points import PointsPart, held_anew
from tillbridge.domain.applications.take import Takes, counting
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.discounts.shopify import PointsOff, ShopifyCart
from tillbridge.domain.ledger import sale_register
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Step
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.keys import application_key, decided_key, discounts_sale_key
from tillbridge.domain.ledger.redemption import Redemption, State
from tillbridge.domain.ledger.writes import Key, Write
from tillbridge.errors import (
    ApplicationCaptured,
    ApplicationExists,
    ApplicationVoided,
    IdempotencyMismatch,
    TooManyLimits,
)

# With those of the application that it replaces, and what else is written, at most 100 items.
MAX_TAKES = 40


@dataclass(frozen=True, slots=True)
class Apply:
    """Give a sale what it is offered, and hold what that uses up; with points, both or neither.
    `limitations` are what could not be looked at, `cart` is what the discounts are to go into;
    `hold` is that of the points, for a sale that comes to so much without them.

    `supersedes` names the sale's application that this one replaces: what that holds counts as
    free, in one step. `most_total_minor` is what the customer was told: a sale that would cost more
    is refused. A refusal is a decision as well, which no late duplicate can change (T7)."""

    actor: Actor
    application_id: str
    fingerprint: str
    store_id: str
    sale_ref: str
    account_id: str
    offering: Offering
    limitations: tuple[Mapping[str, Any], ...]
    hold_ttl_s: int
    cart: ShopifyCart | None = None
    hold: Callable[[int], Hold] | None = None
    supersedes: str | None = None
    most_total_minor: int | None = None

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises `IdempotencyMismatch`, `ApplicationVoided`, `ApplicationExists`,
        `ApplicationCaptured`, `TooManyLimits`, and what `Hold` and `Void` raise."""
        key = application_key(self.actor.tenant_id, self.application_id)
        if (known := seen.get(key)) is not None:
            return self._replay(Application.of(key, known), seen)
        if self.supersedes is not None and self._sale_key not in seen:
            return Need(self._sale_key)
        registered = seen.get(self._sale_key)
        if registered is None:
            return self._decide(None, seen)
        sales = looked_up(self.actor.tenant_id, registered["rid"], seen)
        if isinstance(sales, Need):
            return sales
        if sales.application_id != self.supersedes:
            return self._refer_to(sales)
        if sales.state is State.CAPTURED:
            raise ApplicationCaptured(**sales.facts)
        return self._decide(sales, seen)

    def _decide(self, replaced: Application | None, seen: Seen) -> Step[Applied]:
        offer = self.offering.of(_held_by(replaced), seen)
        if isinstance(offer, Need):
            return offer
        if len(offer.takes) > MAX_TAKES:
            raise TooManyLimits(limits=len(offer.takes))
        total_minor, most = offer.evaluation.total_minor, self.most_total_minor
        if most is not None and total_minor > most:
            return self._reject(replaced, **_price(offer.evaluation))
        hold = None if self.hold is None else self.hold(total_minor)
        points = held_anew(self.actor, hold, replaced, seen)
        if isinstance(points, Need):
            return points
        if (redemption := points.redemption) and redemption.state is State.REJECTED:
            return self._reject(replaced, **{"points": redemption.points, **redemption.refusal})
        return self._commit(replaced, offer, points)

    def _commit(
        self, replaced: Application | None, offer: Offer, points: PointsPart
    ) -> Commit[Applied]:
        redemption = points.redemption
        decided = Decided.by(offer, self.offering.campaigns, self.limitations)
        if self.cart is not None:
            decided = decided.in_cart(offer.evaluation, _with_points(self.cart, redemption))
        held = self._application(
            State.HELD,
            replaced,
            takes=offer.takes,
            held_until_s=int(self.actor.now_s) + self.hold_ttl_s,
            redemption_id="" if redemption is None else redemption.redemption_id,
        )
        writes = (
            held.created(),
            decided.stored(decided_key(held.key)),
            *self._in_place_of(replaced),
            *counting(offer.takes, _held_by(replaced)),
            *points.writes,
        )
        return Commit(writes, Applied(held, decided, redemption))

    def _in_place_of(self, replaced: Application | None) -> tuple[Write, ...]:
        """The sale becomes this application's."""
        if replaced is None or replaced.state is not State.HELD:
            return (sale_register.taken(self._sale_key, self.application_id, self.supersedes),)
        voided, moved = replaced.moved(State.VOIDED, held_until_s=None, takes=())
        handed_on = sale_register.handed_on(
            self._sale_key, voided.application_id, self.application_id, closed=False
        )
        return moved, handed_on

    def _reject(self, replaced: Application | None, **refusal: Any) -> Commit[Applied]:
        """What the sale holds already, it goes on holding."""
        rejected = self._application(State.REJECTED, replaced, refusal=refusal)
        if replaced is not None and replaced.state is State.HELD:
            return Commit((rejected.created(),), Applied(rejected))
        taken = sale_register.taken(
            self._sale_key, self.application_id, self.supersedes, closed=True
        )
        return Commit((rejected.created(), taken), Applied(rejected))

    def _application(self, state: State, replaced: Application | None, **parts: Any) -> Application:
        return Application(
            self.actor.tenant_id,
            self.application_id,
            state,
            store_id=self.store_id,
            sale_ref=self.sale_ref,
            account=self.account_id,
            fingerprint=self.fingerprint,
            created_at=self.actor.at,
            earlier_redemption_id="" if replaced is None else replaced.last_redemption_id,
            **parts,
        )

    def _replay(self, known: Application, seen: Seen) -> Step[Applied]:
        if known.is_tombstone:
            # Voided before it came: nobody's request was ever decided under this key.
            raise ApplicationVoided(**known.facts)
        if known.fingerprint != self.fingerprint:
            raise IdempotencyMismatch(operation_ref=known.application_id)
        return shown(known, seen, replayed=True)

    def _refer_to(self, sales: Application) -> Step[Applied]:
        """The sale has another application: the till adopts it, or names it in `supersedes`. Who
        names one that is not the sale's any more is rejected for good: no late duplicate may undo
        what was applied since."""
        if self.supersedes is None:
            raise ApplicationExists(**sales.facts)
        rejected = self._application(
            State.REJECTED, None, refusal={"code": ApplicationExists.code, **sales.facts}
        )
        return Commit((rejected.created(),), Applied(rejected))

    @property
    def _sale_key(self) -> Key:
        return discounts_sale_key(self.actor.tenant_id, self.store_id, self.sale_ref)


def _held_by(application: Application | None) -> Takes:
    """What counts as free for the one that replaces it."""
    if application is None or application.state is not State.HELD:
        return ()
    return application.takes


def _price(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "code": "discounts_changed",
        "currency": evaluation.currency,
        "total_minor": evaluation.total_minor,
        "discount_minor": evaluation.discount_minor,
        "exhausted": exhausted_of(evaluation),
    }


def _with_points(cart: ShopifyCart, redemption: Redemption | None) -> ShopifyCart:
    """The cart has one discount of its own: what a reward takes off goes into the same."""
    reward = {} if redemption is None else redemption.reward
    if cart.points_off is not None or "amount_minor" not in reward:
        return cart
    points_off = PointsOff(title=reward["label"], amount_minor=reward["amount_minor"])
    return cart.model_copy(update={"points_off": points_off})
