"""Redemption by a merchant's own system as a till sees it: no point is taken twice, and none is
lost, whatever becomes of a call."""

from typing import Any

import pytest

from tests.support.builders import TENANT, an_upstream_programme
from tests.support.loyalty import sale
from tests.support.loyalty_system import FAULTS, UNCLEAR, Fault
from tests.support.upstream_loyalty import (
    CAPABILITIES,
    KEY,
    NONE,
    QUERY,
    RESERVE,
    UpstreamShop,
    fault,
)
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.redemption import Receipt, Redemption, State
from tillbridge.domain.loyalty_requests import RedemptionQuery
from tillbridge.domain.upstream.by_hand import SayByHand
from tillbridge.errors import (
    IdempotencyMismatch,
    InsufficientPoints,
    InvalidRequest,
    NotConfigured,
    NotEnrolled,
    NothingToResolve,
    NotRefundable,
    PointsRefused,
    RecordUnusable,
    RedemptionCaptured,
    RedemptionClosed,
    RedemptionExists,
    RedemptionSuperseded,
    RedemptionUnknown,
    RedemptionVoided,
)

HOLD_TTL_S = 900


def shop_with(capability: str, **rules: Any) -> UpstreamShop:
    return UpstreamShop(CAPABILITIES[capability], rules)


@pytest.mark.parametrize("capability", CAPABILITIES)
class TestWhatEveryCapabilityKeeps:
    def test_a_hold_takes_and_its_capture_keeps(self, capability: str) -> None:
        shop = shop_with(capability)
        held = shop.redeem()
        assert (held.redemption.state, shop.balance) == (State.HELD, 50)

        captured = shop.capture(held)

        assert (captured.redemption.state, captured.redemption.refundable) == (State.CAPTURED, 100)
        shop.settle()
        assert shop.balance == 50

    def test_a_burn_takes_at_once(self, capability: str) -> None:
        shop = shop_with(capability)
        assert shop.redeem(mode="burn").redemption.state is State.CAPTURED
        shop.settle()
        assert shop.balance == 50

    @pytest.mark.parametrize("mode", ["hold", "burn"])
    def test_a_void_gives_back(self, capability: str, mode: str) -> None:
        shop = shop_with(capability)
        voided = shop.void(shop.redeem(mode=mode))
        assert (voided.redemption.state, shop.balance) == (State.VOIDED, 150)
        assert shop.void(voided).replayed

    def test_a_hold_that_nobody_finishes_ends(self, capability: str) -> None:
        shop = shop_with(capability)
        held = shop.redeem()
        shop.wait(HOLD_TTL_S)
        assert (shop.find(held).state, shop.balance) == (State.EXPIRED, 150)

    def test_a_late_capture_takes_again(self, capability: str) -> None:
        shop = shop_with(capability)
        held = shop.redeem()
        shop.wait(HOLD_TTL_S)
        assert shop.capture(held).redemption.state is State.CAPTURED
        shop.settle()
        assert shop.balance == 50

    def test_a_refund_gives_back_once(self, capability: str) -> None:
        shop = shop_with(capability, partial_reverse=True)
        captured = shop.capture(shop.redeem())
        assert shop.refund(captured, 30).redemption.refundable == 70
        assert shop.refund(captured, 30).replayed
        assert shop.balance == 80
        with pytest.raises(IdempotencyMismatch):
            shop.refund(captured, 31)
        with pytest.raises(NotRefundable):
            shop.refund(captured, 71, "return-2")

    def test_the_same_key_takes_once(self, capability: str) -> None:
        shop = shop_with(capability)
        shop.redeem("key-of-a-tills-once")
        again = shop.redeem("key-of-a-tills-once")
        assert (again.replayed, again.redemption.state, shop.balance) == (True, State.HELD, 50)
        with pytest.raises(IdempotencyMismatch):
            shop.redeem("key-of-a-tills-once", points=101)

    def test_too_few_points_are_refused_for_good(self, capability: str) -> None:
        shop = shop_with(capability)
        for replayed in (False, True):
            with pytest.raises(InsufficientPoints) as refusal:
                shop.redeem("key-of-a-tills-once", points=151)
            assert refusal.value.replayed is replayed
        assert shop.balance == 150
        with pytest.raises(RedemptionExists):
            shop.redeem()
        rid = str(refusal.value.facts["operation_ref"])
        assert shop.redeem(supersedes=rid).redemption.state is State.HELD

    def test_a_void_overtakes_its_request(self, capability: str) -> None:
        shop = shop_with(capability)
        shop.void_unanswered(idempotency_key="key-of-a-tills-once")
        with pytest.raises(RedemptionVoided):
            shop.redeem("key-of-a-tills-once")
        shop.void_unanswered(**sale(sale_ref="another"))
        with pytest.raises(RedemptionExists):
            shop.redeem(sale_ref="another")
        assert shop.system.received == {}

    @pytest.mark.parametrize("outcome", UNCLEAR, ids=lambda each: each.name)
    @pytest.mark.parametrize("mode", ["hold", "burn"])
    def test_an_unclear_outcome_is_unknown_and_a_void_makes_good(
        self, capability: str, mode: str, outcome: Fault
    ) -> None:
        shop = shop_with(capability)
        shop.faults = [outcome]

        unknown = shop.redeem(mode=mode)

        assert unknown.redemption.state is State.UNKNOWN
        with pytest.raises(RedemptionUnknown):
            shop.capture(unknown)
        assert shop.void(unknown).redemption.state is State.VOIDED
        shop.happens_late()
        shop.settle()
        redemption = shop.find(unknown)
        assert redemption.state is State.VOIDED
        if capability == "none":
            assert redemption.leg is not None
            assert redemption.leg.state == "manual"
        else:
            assert (redemption.leg, shop.balance) == (None, 150)
        assert shop.system.repeated == []

    @pytest.mark.parametrize("outcome", UNCLEAR, ids=lambda each: each.name)
    def test_an_unclear_outcome_becomes_known_by_itself(
        self, capability: str, outcome: Fault
    ) -> None:
        shop = shop_with(capability)
        shop.faults = [outcome]
        unknown = shop.redeem(mode="burn")
        shop.happens_late()
        shop.settle()
        state = shop.find(unknown).state
        if capability == "none":
            assert state is State.UNKNOWN
        else:
            assert shop.balance == (50 if state is State.CAPTURED else 150)
            assert state in (State.CAPTURED, State.REJECTED)
        assert shop.system.repeated == []

    @pytest.mark.parametrize("outcome", FAULTS, ids=lambda each: each.name)
    @pytest.mark.parametrize("finish", ["void", "refund", "capture"])
    def test_what_follows_is_done_once_however_it_goes(
        self, capability: str, finish: str, outcome: Fault
    ) -> None:
        shop = shop_with(capability)
        held = shop.redeem()
        if finish == "refund":
            held = shop.capture(held)
        shop.faults = [outcome]

        if finish == "void":
            shop.void(held)
        elif finish == "refund":
            shop.refund(held, 100)
        else:
            shop.capture(held)
        shop.happens_late()
        shop.faults = []
        shop.settle()

        leg = shop.find(held).leg
        assert shop.system.repeated == []
        if leg is None:
            assert shop.balance == (50 if finish == "capture" else 150)
        else:
            assert leg.state == "manual"
            assert "none" in capability


def test_the_key_is_sent_again_until_it_is_answered() -> None:
    shop = UpstreamShop(KEY)
    shop.faults = [fault("silence, before"), fault("status 503, never")]
    unknown = shop.redeem()
    shop.clock.now_s += 3
    assert shop.find(unknown).state is State.UNKNOWN
    shop.clock.now_s += 5

    assert shop.find(unknown).state is State.HELD
    assert (shop.system.received, shop.balance) == ({unknown.redemption.redemption_id: 3}, 50)


def test_the_key_is_not_sent_again_when_it_may_be_forgotten() -> None:
    shop = UpstreamShop({**KEY, "key_window_s": 3_600})
    shop.faults = [fault("silence, before")]
    unknown = shop.redeem()
    shop.wait(1_801)
    leg = shop.find(unknown).leg
    assert (shop.system.received, leg and leg.state) == (
        {unknown.redemption.redemption_id: 1},
        "manual",
    )


def test_a_query_finds_what_was_done() -> None:
    shop = UpstreamShop(QUERY)
    shop.faults = [fault("silence, before")]
    unknown = shop.redeem()
    shop.clock.now_s += 3
    assert shop.find(unknown).state is State.HELD
    assert shop.system.received == {unknown.redemption.redemption_id: 1}


def test_what_is_not_found_is_not_refused_before_the_system_has_had_its_time() -> None:
    shop = UpstreamShop(QUERY, {"max_processing_s": 30})
    shop.faults = [fault("silence, late")]
    unknown = shop.redeem()
    for _ in range(8):
        shop.wait(10)
    assert shop.find(unknown).state is State.UNKNOWN
    shop.happens_late()
    shop.wait(10)
    assert (shop.find(unknown).state, shop.balance) == (State.HELD, 50)


def test_what_was_done_after_it_was_refused_is_found_and_comes_back() -> None:
    shop = UpstreamShop(QUERY)
    shop.faults = [fault("silence, late")]
    unknown = shop.redeem()
    for _ in range(4):
        shop.wait(60)
    with pytest.raises(PointsRefused) as refusal:
        shop.redeem(f"key-of-a-tills-{1:04}")
    assert refusal.value.facts["reason"] == "not_applied"
    shop.happens_late()
    assert shop.balance == 50
    shop.wait(3_600)
    assert (shop.find(unknown).state, shop.balance) == (State.REJECTED, 150)


def test_nothing_but_a_person_knows_where_nothing_is_promised() -> None:
    shop = UpstreamShop(NONE)
    shop.faults = [fault("silence, before")]
    unknown = shop.redeem()
    for _ in range(3):
        shop.wait(40)
    leg = shop.find(unknown).leg
    assert leg is not None
    assert leg.state == "manual"
    assert shop.resolve().manual == 1


def test_an_unknown_reservation_is_sent_again_under_its_key() -> None:
    shop = UpstreamShop(RESERVE)
    shop.faults = [fault("silence, before")]
    unknown = shop.redeem()
    shop.clock.now_s += 3
    assert (shop.find(unknown).state, shop.balance) == (State.HELD, 50)


def test_an_unknown_reservation_without_a_key_is_cancelled() -> None:
    shop = UpstreamShop(CAPABILITIES["reserve, query"])
    shop.faults = [fault("silence, before")]
    unknown = shop.redeem()
    assert shop.balance == 50
    shop.clock.now_s += 3
    assert (shop.find(unknown).state, shop.balance) == (State.REJECTED, 150)


def test_a_reservation_that_comes_after_its_cancel_lapses() -> None:
    shop = UpstreamShop(CAPABILITIES["reserve, query"])
    shop.faults = [fault("silence, late")]
    shop.redeem()
    shop.wait(3)
    shop.happens_late()
    assert shop.balance == 50
    shop.wait(1_201)
    assert shop.balance == 150


def test_a_commit_that_comes_after_the_reservation_takes_the_points_again() -> None:
    shop = UpstreamShop(RESERVE)
    held = shop.redeem()
    shop.faults = [fault("silence, never")] * 30
    shop.clock.now_s += HOLD_TTL_S - 1
    shop.capture(held)
    shop.wait(400)
    shop.faults = []
    shop.settle()
    assert (shop.find(held).leg, shop.balance) == (None, 50)


def test_a_reversal_that_is_refused_becomes_a_credit() -> None:
    shop = UpstreamShop(KEY, {"credits": True})
    shop.system.reverses = lambda: False
    shop.void(shop.redeem())
    assert shop.balance == 150


def test_a_reversal_that_is_refused_and_cannot_be_credited_is_a_persons() -> None:
    shop = UpstreamShop(KEY)
    shop.system.reverses = lambda: False
    held = shop.redeem()
    shop.void(held)
    leg = shop.find(held).leg
    assert leg is not None
    assert (leg.state, leg.refusal) == ("manual", "upstream_rejected")


def test_parts_are_credited_where_only_the_whole_is_reversed() -> None:
    shop = UpstreamShop(KEY, {"credits": True})
    captured = shop.capture(shop.redeem())
    shop.refund(captured, 40)
    operations = [each.operation for each in shop.system.done.values()]
    assert (operations, shop.balance) == (["redeem", "accrue"], 90)


def test_a_void_while_the_call_is_on_its_way_is_made_good() -> None:
    shop = UpstreamShop(QUERY)
    shop.system.after = _once(lambda: shop.void_unanswered(**sale()))

    answer = shop.redeem()

    assert answer.redemption.state is State.VOIDED
    assert shop.balance == 150


def _once(run: Any) -> Any:
    left = [run]
    return lambda _fault: left.pop()() if left else None


def test_a_till_that_has_lost_the_answer_asks_by_key_and_by_sale() -> None:
    shop = UpstreamShop()
    shop.redeem("key-of-a-tills-once")
    by_key = RedemptionQuery(idempotency_key="key-of-a-tills-once")
    for query in (by_key, RedemptionQuery(**sale())):
        found = shop.redemptions.find_unanswered(shop.caller, query)
        assert found.redemption.state is State.HELD


def test_another_till_has_redone_the_sale() -> None:
    shop = UpstreamShop()
    first = shop.redeem()
    shop.wait(HOLD_TTL_S)
    shop.redeem(supersedes=first.redemption.redemption_id)
    with pytest.raises(RedemptionSuperseded):
        shop.capture(first)


def test_a_capture_of_what_is_off_is_refused() -> None:
    shop = UpstreamShop()
    with pytest.raises(RedemptionClosed):
        shop.capture(shop.void(shop.redeem()))


def test_a_hold_that_was_captured_is_refunded_and_not_voided() -> None:
    shop = UpstreamShop()
    with pytest.raises(RedemptionCaptured):
        shop.void(shop.capture(shop.redeem()))


@pytest.mark.parametrize("missing", ["loyalty_redeem", "loyalty_reverse", "loyalty_query"])
def test_nothing_is_taken_where_a_record_is_missing(missing: str) -> None:
    shop = UpstreamShop(QUERY)
    shop.records.missing = {missing}
    with pytest.raises(NotConfigured) as refusal:
        shop.redeem()
    assert refusal.value.facts == {"operation": missing}
    assert (shop.store.items, shop.system.received) == ({}, {})


@pytest.mark.parametrize(
    ("operation", "capability"),
    [
        ("loyalty_redeem", KEY),
        ("loyalty_redeem", QUERY),
        ("loyalty_query", QUERY),
        ("loyalty_reverse", KEY),
        ("loyalty_commit", RESERVE),
    ],
)
def test_nothing_is_taken_where_a_record_does_not_send_the_reference(
    operation: str, capability: dict[str, Any]
) -> None:
    """A system that is sent no name for a call does it again whenever the call is repeated."""
    shop = UpstreamShop(capability)
    shop.records.nameless = {operation}
    with pytest.raises(RecordUnusable, match=f"{operation} does not send {{reference}}"):
        shop.redeem()
    assert (shop.store.items, shop.system.received) == ({}, {})


def test_nothing_is_earned_where_the_record_does_not_send_the_reference() -> None:
    shop = UpstreamShop()
    shop.records.nameless = {"loyalty_accrue"}
    with pytest.raises(RecordUnusable, match="loyalty_accrue"):
        shop.earn(10)
    assert (shop.store.items, shop.system.received) == ({}, {})


def test_a_record_that_no_longer_sends_the_reference_repeats_no_call() -> None:
    shop = UpstreamShop()
    shop.faults = [fault("silence, before")]
    receipt = shop.redeem()
    shop.records.nameless = {"loyalty_redeem"}
    shop.wait(60)
    shop.resolve()
    assert shop.find(receipt).state is State.UNKNOWN
    assert list(shop.system.received.values()) == [1]


def test_a_call_that_is_never_repeated_needs_no_reference() -> None:
    shop = UpstreamShop(NONE)
    shop.records.nameless = {"loyalty_redeem", "loyalty_reverse"}
    assert shop.redeem().redemption.state is State.HELD


def test_a_customer_whom_the_system_does_not_know_is_not_enrolled() -> None:
    with pytest.raises(NotEnrolled):
        UpstreamShop().redeem(customer_id="C-2")


def test_no_more_points_are_taken_than_the_programme_says() -> None:
    shop = UpstreamShop(rules={"most_points": 99})
    with pytest.raises(InvalidRequest):
        shop.redeem()


def test_a_restart_of_the_programme_keeps_what_is_open() -> None:
    """The rules may change while a call is on its way."""
    shop = UpstreamShop(QUERY)
    shop.faults = [fault("silence, before")]
    unknown = shop.redeem()
    shop.programme = an_upstream_programme(capability=NONE)
    shop.settle()
    shop.programme = an_upstream_programme(capability=QUERY)
    leg = shop.find(unknown).leg
    assert leg is not None
    assert leg.state == "manual"


def by_hand(shop: UpstreamShop, unknown: Receipt, *, is_applied: bool) -> Redemption:
    actor = Actor(TENANT, "Kim", shop.clock(), "UTC")
    rid = unknown.redemption.redemption_id
    rules = shop.programme.rules
    say = SayByHand(actor, rid, is_applied, "seen in the CRM", rules, "t-0")
    shop.ledger.settle(say)
    shop.resolve()
    return shop.find(unknown)


def manual(shop: UpstreamShop, outcome: str) -> Receipt:
    """A redemption that nobody but a person knows of."""
    shop.faults = [fault(outcome)]
    unknown = shop.redeem(mode="burn")
    for _ in range(3):
        shop.wait(40)
    return unknown


def test_a_person_says_that_it_was_done() -> None:
    shop = UpstreamShop(NONE)
    said = by_hand(shop, manual(shop, "silence, before"), is_applied=True)
    assert (said.state, shop.balance) == (State.CAPTURED, 50)
    (known,) = said.said_by_hand.values()
    assert (known["actor"], known["reason"], known["applied"]) == ("Kim", "seen in the CRM", True)


def test_a_person_says_that_it_was_not_done() -> None:
    shop = UpstreamShop(NONE)
    said = by_hand(shop, manual(shop, "silence, never"), is_applied=False)
    assert (said.state, shop.balance) == (State.REJECTED, 150)


def test_what_was_voided_meanwhile_comes_back_once_a_person_knows() -> None:
    shop = UpstreamShop(NONE)
    unknown = manual(shop, "silence, before")
    shop.void(unknown)
    said = by_hand(shop, unknown, is_applied=True)
    assert (said.state, said.leg, shop.balance) == (State.VOIDED, None, 150)


def test_a_reversal_that_a_person_says_was_not_done_is_tried_again() -> None:
    shop = UpstreamShop(NONE)
    held = shop.redeem()
    shop.faults = [fault("silence, never")]
    shop.void(held)
    for _ in range(3):
        shop.wait(40)
    said = by_hand(shop, held, is_applied=False)
    assert (said.leg, shop.balance) == (None, 150)


def test_nobody_says_anything_of_what_becomes_known_by_itself() -> None:
    shop = UpstreamShop(QUERY)
    with pytest.raises(NothingToResolve):
        by_hand(shop, shop.redeem(), is_applied=True)
