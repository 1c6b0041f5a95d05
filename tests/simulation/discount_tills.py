"""What tills do with discounts, as docs/applications.md tells them to: apply, apply a changed
basket in its place, capture, late as well, void and return; with points or without, and with all
that goes wrong at a till (tills.py)."""

from collections.abc import Mapping
from typing import Any

from tests.simulation.violation import require
from tests.simulation.world import FOREVER, HOLD_TTL_S, DiscountSale, Operation, World, caller_of
from tillbridge.domain.applications.application import Applied
from tillbridge.domain.discount_requests import (
    ApplicationQuery,
    ApplicationRequest,
    ReturnRequest,
    VoidApplicationRequest,
)
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.loyalty_requests import CaptureRequest, VoidRequest
from tillbridge.errors import (
    ApplicationCaptured,
    ApplicationClosed,
    ApplicationExists,
    ApplicationSuperseded,
    ApplicationVoided,
    DiscountsChanged,
    InsufficientPoints,
    LoyaltyError,
    NotEnrolled,
    NotReturnable,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionSuperseded,
)

# What another till has done meanwhile, said of the discounts or of the points.
_OVER = (ApplicationSuperseded, ApplicationClosed, RedemptionSuperseded, RedemptionClosed)
_REFUSED = (DiscountsChanged, InsufficientPoints, NotEnrolled)


class DiscountTill:
    """One till in one sale. `alone`: no other till ever touches this sale."""

    def __init__(self, world: World, sale: DiscountSale, *, alone: bool = True) -> None:
        self.world, self.rng = world, world.rng
        self.sale, self.alone = sale, alone
        self.caller: Any = caller_of(sale.customer)
        self.has_customer = self.rng.random() < 0.7
        self._has_forgotten = False

    def sell(self) -> None:
        """A sale whose basket may change before it is paid."""
        applied = self._apply(supersedes=None)
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            if applied is None or self.sale.is_over:
                break
            changed = self._apply(supersedes=applied.application.application_id)
            # Whatever became of the change: what the sale has now counts.
            applied = changed or self._what_the_sale_has()
        if applied is not None and not self.sale.is_over:
            self._finish(applied)
        elif self._has_forgotten and not self.sale.is_over:
            self._void_sale()

    def cancel(self) -> None:
        """Somebody at another till voids the sale, whatever there is of it."""
        self.world.scheduler.sleep(self.rng.random() * 2)
        self._void_sale()

    def _apply(self, supersedes: str | None) -> Applied | None:
        """What the sale has for this till now, None when there is nothing new."""
        key, request = self.world.new_name("key"), self._request(supersedes)
        what, operation = f"{self.sale.ref}: apply {key}", self._applying(key, request)
        if self.rng.random() < 0.15:
            # A double tap: nobody waits for the first.
            self.world.scheduler.spawn(lambda: self.world.call(what, operation))
        for _ in range(self.rng.randint(1, 4)):
            answer = self.world.call(what, operation)
            if answer is not None:
                return self._answered(answer, key, request)
            if self.rng.random() < 0.1:
                self.world.scheduler.sleep(self.rng.random() * HOLD_TTL_S * 2)
            if self.alone and supersedes is None and self.rng.random() < 0.15:
                return self._restart()
        self._give_up(key)
        return None

    def _what_the_sale_has(self) -> Applied | None:
        query = ApplicationQuery(store_id=self.sale.store, sale_ref=self.sale.ref)
        found = self.world.insist(
            f"{self.sale.ref}: find",
            lambda env: env.applications.find_unanswered(self.caller, query),
        )
        if isinstance(found, Applied) and found.application.state is State.HELD and self.alone:
            return self._noted(found)
        return None

    def _noted(self, applied: Applied) -> Applied:
        """What the till was told is what it always is told."""
        application = applied.application.application_id
        require(applied.decided is not None, f"nothing is said of {application}")
        assert applied.decided is not None
        known = self.sale.told.setdefault(application, applied.decided.answer)
        require(known == applied.decided.answer, "a replay says something else")
        if applied.redemption is not None:
            self.sale.points[application] = applied.redemption.points
        return applied

    def _restart(self) -> Applied | None:
        """The till knows the sale, and nothing of the key: it asks anew, or the sale is off."""
        self._has_forgotten = True
        if self.rng.random() < 0.5:
            return self._apply(supersedes=None)
        self._void_sale()
        return None

    def _answered(
        self, answer: Applied | LoyaltyError, key: str, request: ApplicationRequest
    ) -> Applied | None:
        if isinstance(answer, Applied):
            self.world.remember(self.sale.customer, key, accepted=True)
            self._check(answer, request)
            return answer if answer.application.state is State.HELD else None
        if isinstance(answer, _REFUSED):
            self.world.remember(self.sale.customer, key, accepted=False)
            return None
        if isinstance(answer, ApplicationVoided | ApplicationCaptured):
            require(not self.alone, f"apply: {answer!r}")
            return None
        require(isinstance(answer, ApplicationExists), f"apply: {answer!r}")
        if request.supersedes is not None:
            require(
                not self.alone or self._has_forgotten, f"{request.supersedes} is not the sale's"
            )
            return None
        return self._adopt(str(answer.facts["operation_ref"]))

    def _check(self, applied: Applied, request: ApplicationRequest) -> None:
        """What the till is told is what it may charge, with the points that it asked for."""
        application, most = self._noted(applied).application, request.most_total_minor
        total = self.sale.told[application.application_id]["total_minor"]
        require(most is None or total <= most, f"{total} is charged, {most} was told")
        has_points = bool(application.redemption_id)
        require(has_points == (request.redemption is not None), "points without discounts")

    def _adopt(self, application: str) -> Applied | None:
        """The sale has an application already: go on with it, or put another in its place."""
        found = self.world.insist(
            f"{self.sale.ref}: find {application}",
            lambda env: env.applications.find(self.caller, application),
        )
        if found.application.state is State.HELD and self.alone and self.rng.random() < 0.5:
            return self._noted(found)
        if self.alone and not self.sale.is_over and found.application.state is not State.CAPTURED:
            return self._apply(supersedes=application)
        return None

    def _give_up(self, key: str) -> None:
        """The customer will not wait. Whatever became of the request, it is undone; by the sale
        when there are others that the till has forgotten."""
        if self._has_forgotten:
            self._void_sale()
            return
        query = VoidApplicationRequest(idempotency_key=key)
        self._note_void(
            self.world.insist(
                f"{self.sale.ref}: void {key}",
                lambda env: env.applications.void_unanswered(self.caller, query),
            )
        )

    def _finish(self, applied: Applied) -> None:
        """The customer pays, or does not."""
        application, rng = applied.application.application_id, self.rng
        if rng.random() < 0.2:
            self._note_void(
                self.world.insist(
                    f"{self.sale.ref}: void {application}",
                    lambda env: env.applications.void(self.caller, application, VoidRequest()),
                )
            )
            return
        self.sale.given.add(application)
        if rng.random() < 0.2:
            # Offline, for longer than the hold.
            self.world.scheduler.sleep(HOLD_TTL_S * (0.5 + 2 * rng.random()))
        if not self._capture(application):
            return
        while rng.random() < 0.4:
            self.world.scheduler.sleep(rng.random() * 10)
            self._give_back(application)

    def _capture(self, application: str) -> bool:
        answer = self.world.insist(
            f"{self.sale.ref}: capture {application}",
            lambda env: env.applications.capture(self.caller, application, CaptureRequest()),
        )
        if isinstance(answer, Applied):
            return True
        allowed = isinstance(answer, _OVER)
        require(allowed and not self.alone, f"I9: capture of discounts that were given: {answer!r}")
        self.sale.given.discard(application)
        return False

    def _note_void(self, answer: Applied | LoyaltyError) -> None:
        if isinstance(answer, ApplicationCaptured | RedemptionCaptured):
            require(not self.alone, f"void: {answer!r}")
            return
        require(isinstance(answer, Applied), f"void: {answer!r}")
        assert isinstance(answer, Applied)
        state = answer.application.state
        require(state in (State.VOIDED, State.REJECTED), f"void: {state}")

    def _void_sale(self) -> None:
        """Nobody applies in this sale again: a late duplicate of this would undo that as well."""
        self.sale.is_over = True
        query = VoidApplicationRequest(store_id=self.sale.store, sale_ref=self.sale.ref)
        answer = self.world.insist(
            f"{self.sale.ref}: void sale",
            lambda env: env.applications.void_unanswered(self.caller, query),
        )
        self._note_void(answer)

    def _give_back(self, application: str) -> None:
        """Some of the goods come back."""
        ref, line = self.world.new_name("return"), self.rng.choice(("1", "2"))
        quantity = self.rng.choice((1, 1, 2))
        request = ReturnRequest.model_validate(
            {"return_ref": ref, "lines": [{"line_id": line, "quantity": quantity}]}
        )

        def operation(env: Any) -> Any:
            return env.applications.give_back(self.caller, application, request)

        if self.rng.random() < 0.3:
            # Twice, at the same time.
            self.world.scheduler.spawn(
                lambda: self.world.call(f"{self.sale.ref}: return {ref}", operation)
            )
        answer = self.world.insist(f"{self.sale.ref}: return {ref}", operation)
        left = self._left_of(application, line)
        if isinstance(answer, NotReturnable):
            require(quantity > left, f"{quantity} of {left} are not taken back")
            return
        require(not isinstance(answer, LoyaltyError), f"return: {answer!r}")
        require(quantity <= left, f"{quantity} of {left} are taken back")
        returned = self.sale.returned.setdefault(application, {})
        returned[line] = returned.get(line, 0) + quantity
        self.sale.refunded[application] = (
            self.sale.refunded.get(application, 0) + answer.outcome["refund_minor"]
        )
        if not any(self._left_of(application, each) for each in ("1", "2")):
            total = self.sale.told[application]["total_minor"]
            refunded = self.sale.refunded[application]
            require(refunded == total, f"{refunded} of {total} is refunded for everything")

    def _left_of(self, application: str, line: str) -> int:
        """How many of a line's items the customer has."""
        amounts = self.sale.told[application]["lines"]
        bought = sum(each["amount_minor"] for each in amounts if each["line_id"] == line)
        back = self.sale.returned.get(application, {}).get(line, 0)
        return int(bought // 1_000 - back)

    def _request(self, supersedes: str | None) -> ApplicationRequest:
        rng = self.rng
        wanted: dict[str, Any] = {
            "store_id": self.sale.store,
            "sale_ref": self.sale.ref,
            "supersedes": supersedes,
            "basket": {"currency": "DKK", "lines": [_line("1", rng), _line("2", rng)]},
        }
        if self.has_customer:
            wanted["customer"] = {"id": self.sale.customer.name}
            if rng.random() < 0.4:
                wanted["redemption"] = {"points": rng.choice((10, 30, 80))}
        if rng.random() < 0.3:
            wanted["most_total_minor"] = rng.choice((1_500, 2_000, 3_000))
        return ApplicationRequest.model_validate(wanted)

    def _applying(self, key: str, request: ApplicationRequest) -> Operation:
        return lambda env: env.applications.apply(self.caller, key, request, FOREVER)


def _line(line_id: str, rng: Any) -> Mapping[str, Any]:
    tags = rng.choice((["shoes"], ["socks"], ["shoes", "socks"]))
    quantity = rng.choice((1, 2))
    return {
        "id": line_id,
        "product_id": "p",
        "tags": tags,
        "unit_price_minor": 1_000,
        "quantity": quantity,
    }
