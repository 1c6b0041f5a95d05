"""What tills do, as docs/ledger.md tells them to, with all that goes wrong at a till: double taps,
restarts, cashiers who change their minds, other tills in the same sale, hours without a network.

A till writes down what it must not forget before it sends it: the void of a request that it gives
up, the capture of a discount that it has given, a refund. It forgets everything else.
"""

from typing import Any

from tests.simulation.violation import require
from tests.simulation.world import HOLD_TTL_S, Customer, Operation, Sale, World, caller_of
from tillbridge.domain.ledger.redemption import Mode, Receipt, Redemption, State
from tillbridge.domain.loyalty_requests import (
    AccrualRequest,
    AdjustmentRequest,
    CaptureRequest,
    RedemptionRequest,
    RefundRequest,
    ReversalRequest,
    VoidRequest,
    VoidUnansweredRequest,
)
from tillbridge.errors import (
    AccrualNotFound,
    InsufficientPoints,
    LoyaltyError,
    NotEnrolled,
    NotRefundable,
    NotReversible,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionExists,
    RedemptionSuperseded,
    RedemptionVoided,
)

_LIVE = (State.HELD, State.CAPTURED)


class Till:
    """One till in one sale. `alone`: no other till ever touches this sale."""

    def __init__(self, world: World, sale: Sale, *, alone: bool = True) -> None:
        self.world, self.rng = world, world.rng
        self.sale, self.alone = sale, alone
        self.caller: Any = caller_of(sale.customer)
        self.mode = self.rng.choice((Mode.HOLD, Mode.HOLD, Mode.BURN))
        self.points = self.rng.choice((10, 30, 50, 80))
        self._has_forgotten = False

    def sell(self) -> None:
        """A sale in which the customer wants to use points."""
        rng = self.rng
        rid = self._redeem(supersedes=None)
        for _ in range(rng.choice((0, 1, 2))):
            if rid is not None or self.sale.is_over:
                break
            # The customer asks again, or the till has restarted: with a new key.
            rid = self._redeem(supersedes=None)
        if rid is not None:
            self._go_on(rid)
        elif self._has_forgotten and not self.sale.is_over:
            # What it asked for before the restart may still be on its way.
            self._void_sale()

    def cancel(self) -> None:
        """Somebody at another till voids the sale, whatever there is of it."""
        self.world.scheduler.sleep(self.rng.random() * 2)
        self._void_sale()

    def _redeem(self, supersedes: str | None) -> Redemption | None:
        """What holds the sale's points for this till now, None when there is nothing."""
        key = self.world.new_name("key")
        what, operation = f"{self.sale.ref}: redeem {key}", self._redeem_with(key, supersedes)
        if self.rng.random() < 0.15:
            # A double tap: nobody waits for the first.
            self.world.scheduler.spawn(lambda: self.world.call(what, operation))
        for _ in range(self.rng.randint(1, 4)):
            answer = self.world.call(what, operation)
            if answer is not None:
                return self._answered(answer, key, supersedes)
            if self.rng.random() < 0.1:
                self.world.scheduler.sleep(self.rng.random() * HOLD_TTL_S * 2)
            if self.alone and self.rng.random() < 0.15:
                return self._restart()
        self._give_up(key)
        return None

    def _restart(self) -> Redemption | None:
        """The till knows the sale, and nothing of the key: it asks anew, or the sale is off."""
        self._has_forgotten = True
        if self.rng.random() < 0.5:
            return self._redeem(supersedes=None)
        self._void_sale()
        return None

    def _answered(
        self, answer: Receipt | LoyaltyError, key: str, supersedes: str | None
    ) -> Redemption | None:
        if isinstance(answer, Receipt):
            self.world.remember(self.sale.customer, key, accepted=True)
            return answer.redemption if answer.redemption.state in _LIVE else None
        if isinstance(answer, InsufficientPoints | NotEnrolled):
            self.world.remember(self.sale.customer, key, accepted=False)
            return None
        if isinstance(answer, RedemptionVoided):
            require(not self.alone, f"{key} is voided, and nobody did it")
            return None
        require(isinstance(answer, RedemptionExists), f"redeem: {answer!r}")
        return self._adopt(str(answer.facts["operation_ref"]), supersedes)

    def _adopt(self, rid: str, supersedes: str | None) -> Redemption | None:
        """The sale has a redemption already: go on with it, or replace it once it is over."""
        found = self.world.insist(
            f"{self.sale.ref}: find {rid}", lambda env: env.redemptions.find(self.caller, rid)
        )
        redemption = found.redemption
        if redemption.state in _LIVE:
            return redemption if self.alone else None
        if supersedes is None and not self.sale.is_over and self.rng.random() < 0.7:
            return self._redeem(supersedes=rid)
        return None

    def _give_up(self, key: str) -> None:
        """The customer will not wait. Whatever became of the request, it is undone; by the sale
        when there are others that the till has forgotten."""
        if self._has_forgotten:
            self._void_sale()
            return
        query = VoidUnansweredRequest(idempotency_key=key)
        self._note_void(
            self.world.insist(
                f"{self.sale.ref}: void {key}",
                lambda env: env.redemptions.void_unanswered(self.caller, query),
            )
        )

    def _go_on(self, redemption: Redemption) -> None:
        """The till has points for the sale: it gives the discount, or the sale is off."""
        rid, rng = redemption.redemption_id, self.rng
        if rng.random() < 0.15:
            self._note_void(
                self.world.insist(
                    f"{self.sale.ref}: void {rid}",
                    lambda env: env.redemptions.void(self.caller, rid, VoidRequest()),
                )
            )
            return
        self._give_discount(redemption)
        if redemption.mode is Mode.HOLD:
            if rng.random() < 0.15:
                # Offline, for longer than the hold.
                self.world.scheduler.sleep(HOLD_TTL_S * (0.5 + 2 * rng.random()))
            if not self._capture(rid):
                return
        if redemption.mode is Mode.BURN and rng.random() < 0.1:
            self._void_burn(rid)
            return
        while rng.random() < 0.3:
            self.world.scheduler.sleep(rng.random() * 10)
            self._refund(redemption)

    def _give_discount(self, redemption: Redemption) -> None:
        self.sale.given[redemption.redemption_id] = redemption.points
        if redemption.mode is Mode.BURN:
            self.sale.burnt.add(redemption.redemption_id)

    def _capture(self, rid: str) -> bool:
        answer = self.world.insist(
            f"{self.sale.ref}: capture {rid}",
            lambda env: env.redemptions.capture(self.caller, rid, CaptureRequest()),
        )
        if isinstance(answer, Receipt):
            require(rid not in self.sale.off, f"{rid} was voided for one, captured for another")
            return True
        allowed = isinstance(answer, RedemptionSuperseded | RedemptionClosed)
        require(allowed and not self.alone, f"I9: capture of a discount that was given: {answer!r}")
        self.sale.off.add(rid)
        return False

    def _void_burn(self, rid: str) -> None:
        self._note_void(
            self.world.insist(
                f"{self.sale.ref}: void {rid}",
                lambda env: env.redemptions.void(self.caller, rid, VoidRequest()),
            )
        )

    def _note_void(self, answer: Receipt | LoyaltyError) -> None:
        if isinstance(answer, RedemptionCaptured):
            require(not self.alone, f"void: {answer!r}")
            return
        require(isinstance(answer, Receipt), f"void: {answer!r}")
        assert isinstance(answer, Receipt)
        redemption = answer.redemption
        require(redemption.state in (State.VOIDED, State.REJECTED), f"void: {redemption.state}")
        self.sale.off.add(redemption.redemption_id)

    def _refund(self, redemption: Redemption) -> None:
        rid, ref = redemption.redemption_id, self.world.new_name("return")
        points = self.rng.choice((5, 10, redemption.points))
        request = RefundRequest(points=points, refund_ref=ref)

        def operation(env: Any) -> Any:
            return env.redemptions.refund(self.caller, rid, request)

        if self.rng.random() < 0.3:
            # Twice, at the same time.
            self.world.scheduler.spawn(
                lambda: self.world.call(f"{self.sale.ref}: refund {ref}", operation)
            )
        answer = self.world.insist(f"{self.sale.ref}: refund {ref}", operation)
        left = self.sale.left_of(rid)
        if isinstance(answer, NotRefundable):
            require(points > left or not self.alone, f"{points} of {left} are not given back")
            return
        require(isinstance(answer, Receipt), f"refund: {answer!r}")
        self.sale.returned[rid] = self.sale.returned.get(rid, 0) + points

    def _redeem_with(self, key: str, supersedes: str | None) -> Operation:
        request = RedemptionRequest(
            customer_id=self.sale.customer.name,
            points=self.points,
            store_id=self.sale.store,
            sale_ref=self.sale.ref,
            mode=self.mode,
            supersedes=supersedes,
        )
        return lambda env: env.redemptions.redeem(self.caller, key, request)

    def _void_sale(self) -> None:
        """Nobody redeems in this sale again: a late duplicate of this would undo that as well."""
        self.sale.is_over = True
        query = VoidUnansweredRequest(
            customer_id=self.sale.customer.name, store_id=self.sale.store, sale_ref=self.sale.ref
        )
        answer = self.world.insist(
            f"{self.sale.ref}: void sale",
            lambda env: env.redemptions.void_unanswered(self.caller, query),
        )
        self._note_void(answer)
        self.sale.is_off = isinstance(answer, Receipt)


class BackOffice:
    """Points that come and go without a redemption."""

    def __init__(self, world: World, customer: Customer) -> None:
        self.world, self.rng, self.customer = world, world.rng, customer
        self.caller: Any = caller_of(customer)

    def order(self) -> None:
        """An order earns points, and may be returned, in parts."""
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
            left -= self._take_back(order, left)

    def _take_back(self, order: str, left: int) -> int:
        ref, points = self.world.new_name("return"), self.rng.choice((None, 10, 40))
        request = ReversalRequest(store_id="shop", order_ref=order, return_ref=ref, points=points)
        name = self.customer.name
        booked = self.world.insist(
            f"unearn {ref}", lambda env: env.points.reverse(self.caller, name, request)
        )
        if isinstance(booked, NotReversible):
            require((left if points is None else points) > left or not left, f"unearn: {left} left")
            return 0
        require(not isinstance(booked, AccrualNotFound), f"{order} has earned nothing")
        require(booked.delta == -(left if points is None else points), f"unearn: {booked}")
        self.customer.expected += booked.delta
        return int(-booked.delta)

    def adjust(self) -> None:
        """Somebody puts points in, or takes some out."""
        key, points = self.world.new_name("adjust"), self.rng.choice((-60, -20, 15, 40))
        request = AdjustmentRequest(points=points, reason="goodwill", staff_id="s-1")
        name = self.customer.name
        booked = self.world.insist(
            f"adjust {key}", lambda env: env.points.adjust(self.caller, key, name, request)
        )
        self.world.remember(self.customer, key, accepted=not isinstance(booked, InsufficientPoints))
        if not isinstance(booked, InsufficientPoints):
            require(booked.delta == points, f"adjust: {booked}")
            self.customer.expected += points
