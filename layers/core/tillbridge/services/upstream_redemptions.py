"""Redemption where the merchant's own system keeps the points: the same for a till as by the
built-in ledger, but that an outcome can be unknown for a while."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tillbridge.domain.caller import Caller
from tillbridge.domain.ledger.actor import SWEEPER, Actor
from tillbridge.domain.ledger.find import Find, FindBySale
from tillbridge.domain.ledger.keys import account_id, fingerprint, redemption_id
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import (
    LoyaltyRequest,
    RedemptionQuery,
    RedemptionRequest,
    RefundRequest,
    VoidUnansweredRequest,
)
from tillbridge.domain.upstream.leg import Action
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.domain.upstream.redeem import Capture, Redeem, Refund, Void, VoidKey, VoidSale
from tillbridge.domain.upstream.resolve import Call, Hear, TakeUp, next_call
from tillbridge.domain.upstream.soft_hold import BalanceOutdated, ReadSoftHold
from tillbridge.errors import (
    InvalidRequest,
    NotConfigured,
    NotEnrolled,
    RecordsUnavailable,
    RedemptionNotFound,
    TillbridgeError,
)
from tillbridge.services.ledger import Ledger
from tillbridge.services.loyalty_calls import SHORTEST_CALL_S, LoyaltyCalls, Prepared
from tillbridge.services.ports import ReadUpstreamProgramme
from tillbridge.services.redemptions import accepted, sale_of

logger = logging.getLogger(__name__)

# Somebody else spends the customer's points at the same time: more seldom than this.
_BALANCES_AT_ONCE = 3
# A commit and what undoes it, each with an attempt or two: more is for the next look.
_STEPS_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class LegRunner:
    """Goes on with a redemption's calls, one by one: written ahead, made, and written down."""

    ledger: Ledger
    calls: LoyaltyCalls
    now_s: Callable[[], float] = time.time

    def go_on(
        self, tenant_id: str, redemption_id: str, programme: UpstreamProgramme, deadline: Deadline
    ) -> Receipt:
        """Everything that is due of it and fits before the deadline. Raises `TillbridgeError`s when
        it has to wait for something; what is written stays due."""
        receipt = self.ledger.settle(Find(tenant_id, redemption_id))
        for _ in range(_STEPS_AT_ONCE):
            if not self._is_due(receipt.redemption, programme):
                break
            if not self._step(receipt.redemption, programme, deadline):
                break
            receipt = self.ledger.settle(Find(tenant_id, redemption_id))
        return receipt

    def looked_after(
        self, receipt: Receipt, programme: UpstreamProgramme, deadline: Deadline
    ) -> Receipt:
        """It, after what can be learnt of it now; what has to wait stays due."""
        redemption = receipt.redemption
        if not redemption.legs:
            return receipt
        rid = redemption.redemption_id
        try:
            return self.go_on(redemption.tenant_id, rid, programme, deadline)
        except TillbridgeError as error:
            facts = {"tenant_id": redemption.tenant_id, "redemption_id": rid, "error": error.code}
            logger.warning("a call of a redemption has to wait", extra=facts)
            return receipt

    def hear(
        self, call: Call, prepared: Prepared, programme: UpstreamProgramme, deadline: Deadline
    ) -> None:
        """Make a call that is written ahead, and write down what was heard. Raises `Undecided`,
        `RecordsUnavailable`: then it is looked at again when its lease is over."""
        heard = self.calls.make(call.redemption.tenant_id, prepared, deadline)
        actor = self._actor(call.redemption.tenant_id, programme)
        rid = call.redemption.redemption_id
        self.ledger.settle(Hear(actor, call, programme.rules, heard), rid)

    def _is_due(self, redemption: Redemption, programme: UpstreamProgramme) -> bool:
        now_s = self.now_s()
        is_over = redemption.state is State.HELD and redemption.is_overdue(now_s)
        return is_over or next_call(redemption, programme.rules, now_s) is not None

    def _step(
        self, redemption: Redemption, programme: UpstreamProgramme, deadline: Deadline
    ) -> bool:
        """False when there is no time for it."""
        tenant_id, rules = redemption.tenant_id, programme.rules
        actor = self._actor(tenant_id, programme)
        following = next_call(redemption, rules, actor.now_s)
        if following is None or following[1] not in (Action.SEND, Action.QUERY):
            self.ledger.settle(TakeUp(actor, redemption.redemption_id, rules))
            return True
        leg, action = following
        if deadline.remaining_s() < SHORTEST_CALL_S:
            return False
        prepared = self.calls.prepare(redemption, leg, action, rules, actor.now_s, deadline)
        call = self.ledger.settle(TakeUp(actor, redemption.redemption_id, rules, leg))
        if call is not None:
            self.hear(call, prepared, programme, deadline)
        return True

    def _actor(self, tenant_id: str, programme: UpstreamProgramme) -> Actor:
        return Actor(tenant_id, SWEEPER, self.now_s(), programme.time_zone)


@dataclass(frozen=True, slots=True)
class UpstreamRedemptions:
    """As `Redemptions`, and until `deadline`."""

    ledger: Ledger
    read_programme: ReadUpstreamProgramme
    calls: LoyaltyCalls
    deadline: Deadline
    now_s: Callable[[], float] = time.time

    def redeem(self, caller: Caller, key: str, request: RedemptionRequest) -> Receipt:
        """Hold or burn points. Its receipt says `unknown` when the system has not said. Raises
        `IdempotencyMismatch` as well, and `NotConfigured` when a record is missing."""
        programme = self.read_programme(caller.tenant_id)
        if request.points is None or request.reward_id is not None:
            raise NotConfigured(
                "rewards are the built-in ledger's: ask for points", operation="rewards"
            )
        if request.points > programme.rules.most_points:
            raise InvalidRequest(
                f"points: {programme.rules.most_points} at most, says the programme",
                field="points",
            )
        redeem = self._redeem(caller, key, request, request.points, programme)
        try:
            self.ledger.settle(Find(caller.tenant_id, redeem.redemption_id))
        except RedemptionNotFound:
            return accepted(self._begun(redeem, programme))
        receipt = self.ledger.settle(redeem, redeem.redemption_id)
        return accepted(replace(self._looked_after(receipt, programme), replayed=True))

    def _redeem(
        self,
        caller: Caller,
        key: str,
        request: RedemptionRequest,
        points: int,
        programme: UpstreamProgramme,
    ) -> Redeem:
        account = account_id(programme.pseudonym_key, request.customer_id)
        content = {**request.content(), "customer_id": account}
        return Redeem(
            Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id),
            account,
            redemption_id(caller.tenant_id, caller.principal, key),
            fingerprint("redeem", caller.tenant_id, caller.principal, content),
            points=points,
            store_id=request.store_id,
            sale_ref=request.sale_ref,
            mode=request.mode,
            hold_ttl_s=programme.rules.hold_ttl_s,
            supersedes=request.supersedes,
            points_label=programme.rules.points_label,
            rules=programme.rules,
            customer_id=request.customer_id,
        )

    def _begun(self, redeem: Redeem, programme: UpstreamProgramme) -> Receipt:
        """A first request: its call is prepared before anything is written, and made after."""
        tenant_id, rules = redeem.actor.tenant_id, programme.rules
        self.calls.require(tenant_id, rules)
        planned = redeem.planned()
        prepared = self.calls.prepare(
            planned, planned.legs[0], Action.SEND, rules, redeem.actor.now_s, self.deadline
        )
        if self.deadline.remaining_s() < SHORTEST_CALL_S:
            raise RecordsUnavailable
        receipt = self._written_ahead(redeem, programme)
        written = receipt.redemption
        if receipt.replayed or written.state is not State.UNKNOWN:
            return receipt
        call = Call(written, written.legs[0], Action.SEND, is_first=True)
        self._runner.hear(call, prepared, programme, self.deadline)
        return self._looked_after(receipt, programme)

    def _written_ahead(self, redeem: Redeem, programme: UpstreamProgramme) -> Receipt:
        """It, decided; where the system would let the balance fall below zero, by a balance that
        nothing has moved since."""
        if not programme.rules.may_overdraw:
            return self.ledger.settle(redeem, redeem.redemption_id)
        tenant_id, account = redeem.actor.tenant_id, redeem.account_id
        for _ in range(_BALANCES_AT_ONCE):
            soft_hold = self.ledger.settle(ReadSoftHold(tenant_id, account))
            said = self.calls.balance(tenant_id, redeem.customer_id, self.deadline)
            if said is None:
                raise NotEnrolled
            known = replace(soft_hold, available=said.available)
            try:
                return self.ledger.settle(replace(redeem, soft_hold=known), redeem.redemption_id)
            except BalanceOutdated:
                continue
        raise RecordsUnavailable(retry_after_s=1)

    def capture(self, caller: Caller, redemption: str, request: LoyaltyRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        receipt = self.ledger.settle(Capture(actor, redemption, programme.rules), redemption)
        return self._followed_up(receipt, programme)

    def void(self, caller: Caller, redemption: str, request: LoyaltyRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        receipt = self.ledger.settle(Void(actor, redemption, programme.rules), redemption)
        return self._followed_up(receipt, programme)

    def void_unanswered(self, caller: Caller, request: VoidUnansweredRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        if request.idempotency_key is not None:
            key = redemption_id(caller.tenant_id, caller.principal, request.idempotency_key)
            by_key = VoidKey(actor, key, grace_days=0, rules=programme.rules)
            return self._followed_up(self.ledger.settle(by_key, key), programme)
        sale = sale_of(programme.pseudonym_key, request)
        by_sale = VoidSale(actor, *sale, grace_days=0, rules=programme.rules)
        return self._followed_up(self.ledger.settle(by_sale), programme)

    def refund(self, caller: Caller, redemption: str, request: RefundRequest) -> Receipt:
        programme = self.read_programme(caller.tenant_id)
        actor = Actor.of(caller, programme.time_zone, self.now_s(), request.staff_id)
        refund = Refund(actor, redemption, request.refund_ref, request.points, programme.rules)
        return self._followed_up(self.ledger.settle(refund, redemption), programme)

    def find(self, caller: Caller, redemption: str) -> Receipt:
        receipt = self.ledger.settle(Find(caller.tenant_id, redemption))
        return self._looked_after(receipt, self.read_programme(caller.tenant_id))

    def find_unanswered(self, caller: Caller, query: RedemptionQuery) -> Receipt:
        if query.idempotency_key is not None:
            key = redemption_id(caller.tenant_id, caller.principal, query.idempotency_key)
            return self.find(caller, key)
        programme = self.read_programme(caller.tenant_id)
        sale = sale_of(programme.pseudonym_key, query)
        receipt = self.ledger.settle(FindBySale(caller.tenant_id, *sale))
        return self._looked_after(receipt, programme)

    def _looked_after(self, receipt: Receipt, programme: UpstreamProgramme) -> Receipt:
        """It, after what can be learnt of it now: a till waits for it."""
        return self._runner.looked_after(receipt, programme, self.deadline)

    def _followed_up(self, receipt: Receipt, programme: UpstreamProgramme) -> Receipt:
        """What was decided stands; the calls that follow from it are made at once where that can
        be, or by the resolver."""
        self._looked_after(receipt, programme)
        return receipt

    @property
    def _runner(self) -> LegRunner:
        return LegRunner(self.ledger, self.calls, self.now_s)
