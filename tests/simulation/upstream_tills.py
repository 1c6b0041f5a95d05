"""What tills do where a merchant's own system keeps the points: as ever, and where an outcome is
not known, what the answer says: ask for a while, then void and sell without points."""

from typing import Any

from tests.simulation.tills import Till
from tests.simulation.violation import require
from tests.simulation.world import Customer, World, caller_of
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State
from tillbridge.domain.loyalty_requests import AccrualRequest, ReversalRequest, VoidRequest
from tillbridge.errors import LoyaltyError, NotReversible, PointsRefused, RedemptionUnknown

_POLLS = 4
_POLL_EVERY_S = 2.0
_LIVE = (State.HELD, State.CAPTURED)


class UpstreamTill(Till):
    def _answered(
        self, answer: Receipt | LoyaltyError, key: str, supersedes: str | None
    ) -> Redemption | None:
        if isinstance(answer, PointsRefused):
            self.world.remember(self.sale.customer, key, accepted=False)
            return None
        if not isinstance(answer, Receipt) or answer.redemption.state is not State.UNKNOWN:
            return super()._answered(answer, key, supersedes)
        known = self._poll(answer.redemption.redemption_id)
        if known.state is State.UNKNOWN:
            self._give_up(key)
            return None
        if known.state in (*_LIVE, State.REJECTED):
            accepted = known.state is not State.REJECTED
            self.world.remember(self.sale.customer, key, accepted=accepted)
        return known if known.state in _LIVE else None

    def _adopt(self, rid: str, supersedes: str | None) -> Redemption | None:
        known = self._poll(rid)
        if known.state is not State.UNKNOWN:
            return super()._adopt(rid, supersedes)
        if self.alone:
            self._note_void(
                self.world.insist(
                    f"{self.sale.ref}: void {rid}",
                    lambda env: env.redemptions.void(self.caller, rid, VoidRequest()),
                )
            )
        return None

    def _poll(self, rid: str) -> Redemption:
        """What is known of it once it is, or after a while."""
        for _ in range(_POLLS):
            found = self.world.insist(
                f"{self.sale.ref}: find {rid}", lambda env: env.redemptions.find(self.caller, rid)
            )
            if found.redemption.state is not State.UNKNOWN:
                break
            self.world.scheduler.sleep(_POLL_EVERY_S)
        redemption: Redemption = found.redemption
        return redemption


class UpstreamBackOffice:
    """Orders, and what comes back of them."""

    def __init__(self, world: World, customer: Customer) -> None:
        self.world, self.rng, self.customer = world, world.rng, customer
        self.caller: Any = caller_of(customer)

    def order(self) -> None:
        order, points = self.world.new_name("order"), self.rng.choice((20, 60, 100))
        request = AccrualRequest(points=points, store_id="shop", order_ref=order)
        name = self.customer.name
        booked = self.world.insist(
            f"earn {order}", lambda env: env.points.accrue(self.caller, name, request)
        )
        require(booked.delta == points, f"earn: {booked}")
        self.customer.expected += points
        left = points
        while self.rng.random() < 0.3:
            self.world.scheduler.sleep(self.rng.random() * 20)
            taken = self._take_back(order, left)
            if taken is None:
                return
            left -= taken

    def _take_back(self, order: str, left: int) -> int | None:
        """None when the order's own points are not known yet: it may be taken back later."""
        ref, points = self.world.new_name("return"), self.rng.choice((None, 10, 40))
        request = ReversalRequest(store_id="shop", order_ref=order, return_ref=ref, points=points)
        name = self.customer.name
        booked = self.world.insist(
            f"unearn {ref}", lambda env: env.points.reverse(self.caller, name, request)
        )
        if isinstance(booked, RedemptionUnknown):
            return None
        if isinstance(booked, NotReversible):
            require((left if points is None else points) > left or not left, f"unearn: {left} left")
            return 0
        require(booked.delta == -(left if points is None else points), f"unearn: {booked}")
        self.customer.expected += booked.delta
        return int(-booked.delta)
