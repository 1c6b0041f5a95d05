"""What a reward costs and gives: its label says it, its reasons say why not, and no point is spent
for nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tillbridge.domain.programme import RewardRecord
from tillbridge.domain.programme.reasons import Reason
from tillbridge.domain.programme.rewards import Award, Basket, Holder, Terms, offers

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RICH = Holder(available=10_000, tier="gold")


def a_reward(**changes: Any) -> RewardRecord:
    """100 points for 5.00 DKK off."""
    parts = {"id": "r", "points": 100, "gain": {"kind": "amount_off", "amount": {"DKK": 500}}}
    return RewardRecord.model_validate({**parts, **changes})


def percent(basis_points: int) -> dict[str, Any]:
    return {"kind": "percentage", "basis_points": basis_points}


def terms(reward: RewardRecord, currency: str | None = "DKK", subtotal: int | None = None) -> Terms:
    return Terms(reward, NOW, Basket(currency, subtotal))


def reason(reward: RewardRecord, holder: Holder = RICH, **sale: Any) -> Reason:
    award = terms(reward, **sale).award(holder)
    assert isinstance(award, Reason)
    return award


@pytest.mark.requirement("S18")
@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "Redeem 100 points for 5.00 off"),
        (
            {"gain": {"kind": "amount_off", "amount": {"EUR": 70}}},
            "Redeem 100 points for 0.70 EUR off",
        ),
        (
            {"gain": {"kind": "amount_off", "amount": {"JPY": 500, "DKK": 5}}},
            "Redeem 100 points for 0.05 off",
        ),
        ({"gain": percent(1_000)}, "Redeem 100 points for 10% off"),
        ({"gain": percent(1_250)}, "Redeem 100 points for 12.5% off"),
        (
            {"gain": {"kind": "free_product", "product_id": "mug"}},
            "Redeem 100 points for a free mug",
        ),
        (
            {"choice": {"min_points": 200}},
            "Redeem points from 200 on: 100 points for 5.00 off",
        ),
        ({"label": "Take five off"}, "Take five off"),
    ],
)
def test_a_label_begins_with_a_verb_and_says_cost_and_gain(
    changes: dict[str, Any], label: str
) -> None:
    assert terms(a_reward(**changes)).label == label


def test_several_of_a_product_are_counted() -> None:
    gain = {"kind": "free_product", "product_id": "m", "product_label": "mugs", "quantity": 2}

    assert terms(a_reward(gain=gain)).label == "Redeem 100 points for 2 free mugs"


def test_points_are_called_what_the_merchant_calls_them() -> None:
    stars = Terms(a_reward(), NOW, Basket("DKK"), "stars")

    assert stars.label == "Redeem 100 stars for 5.00 off"
    poor = stars.award(Holder(1))
    assert isinstance(poor, Reason)
    assert poor.message == "It needs 100 stars, 99 more."


@pytest.mark.parametrize(
    ("changes", "sale", "code", "message"),
    [
        (
            {"valid": {"from": "2026-11-25T12:00:01Z"}},
            {},
            "not_started",
            "It starts at 2026-11-25T12:00:01+00:00.",
        ),
        (
            {"valid": {"until": "2026-11-25T12:00:00Z"}},
            {},
            "ended",
            "It ended at 2026-11-25T12:00:00+00:00.",
        ),
        ({}, {"currency": "EUR"}, "other_currency", "It is not for EUR, only for DKK."),
        ({"tiers": ["vip", "staff"]}, {}, "other_tier", "It needs the tier vip or staff."),
        ({"points": 10_001}, {}, "insufficient_points", "It needs 10001 points, 1 more."),
        (
            {"minimum_subtotal": {"DKK": 20_000}},
            {"subtotal": 15_000},
            "below_subtotal",
            "It needs a sale of 200.00 DKK, 50.00 DKK more.",
        ),
        (
            {"minimum_subtotal": {"DKK": 20_000}},
            {},
            "subtotal_unknown",
            "Say what the sale comes to.",
        ),
        ({"gain": percent(1)}, {"subtotal": 100}, "no_value", None),
        ({"gain": percent(1)}, {"subtotal": 100, "currency": None}, "currency_unknown", None),
    ],
)
def test_what_cannot_be_had_says_why(
    changes: dict[str, Any], sale: dict[str, Any], code: str, message: str | None
) -> None:
    why = reason(a_reward(**changes), **sale)

    assert why.code == code
    assert message is None or why.message == message


def test_a_sale_that_comes_to_the_minimum_is_enough() -> None:
    reward = a_reward(minimum_subtotal={"DKK": 20_000})

    assert isinstance(terms(reward, subtotal=20_000).award(RICH), Award)


def test_the_first_instant_is_in_and_the_last_is_out() -> None:
    window = {"from": "2026-11-25T12:00:00Z", "until": "2026-11-25T12:00:01Z"}

    assert isinstance(terms(a_reward(valid=window)).award(RICH), Award)


def test_no_more_comes_off_than_the_sale_comes_to_or_the_maximum() -> None:
    small = terms(a_reward(), subtotal=300).award(RICH)
    capped = terms(
        a_reward(gain=percent(5_000), maximum_value={"DKK": 2_000}), subtotal=10_000
    ).award(RICH)

    assert isinstance(small, Award)
    assert isinstance(capped, Award)
    assert (small.amount_minor, capped.amount_minor) == (300, 2_000)


def test_a_percentage_can_be_had_before_its_worth_is_known() -> None:
    offer = terms(a_reward(gain=percent(1_000))).offer(RICH)

    assert (offer.eligible, offer.award) == (True, None)


def test_a_minimum_keeps_a_reward_from_a_sale_that_is_not_known() -> None:
    reward = a_reward(gain=percent(1_000), minimum_subtotal={"DKK": 20_000})

    offer = terms(reward).offer(RICH)

    assert offer.reason is not None
    assert offer.reason.code == "subtotal_unknown"


def test_an_offer_shows_what_can_be_had_first_then_what_is_cheap() -> None:
    rewards = [
        a_reward(id="dear", points=900),
        a_reward(id="gold-only", points=1, tiers=["gold"]),
        a_reward(id="off", enabled=False),
        a_reward(id="cheap"),
    ]

    shown = offers(rewards, Holder(1_000), NOW, Basket("DKK"))

    assert [(offer.reward.id, offer.eligible) for offer in shown] == [
        ("cheap", True),
        ("dear", True),
        ("gold-only", False),
    ]


choices = st.builds(
    lambda least, more, step: {
        "min_points": least,
        "max_points": None if more is None else least + more,
        "step_points": step,
    },
    st.integers(1, 300),
    st.none() | st.integers(0, 2_000),
    st.integers(1, 120),
)
chosen_rewards = st.builds(
    lambda points, amount, choice: a_reward(
        points=points, gain={"kind": "amount_off", "amount": {"DKK": amount}}, choice=choice
    ),
    st.integers(1, 200),
    st.integers(1, 2_000),
    choices,
)
holders = st.integers(0, 5_000).map(Holder)
subtotals = st.none() | st.integers(1, 50_000)


@given(chosen_rewards, holders, subtotals)
def test_the_most_that_is_offered_can_be_redeemed_and_is_not_wasted(
    reward: RewardRecord, holder: Holder, subtotal: int | None
) -> None:
    of_sale = terms(reward, subtotal=subtotal)
    offer = of_sale.offer(holder)
    if not offer.eligible:
        return
    assert offer.max_points is not None
    award = of_sale.award(holder, offer.max_points)

    if isinstance(award, Reason):
        # So few points for so little that not even one minor unit comes off.
        assert award.code == "no_value"
        return
    assert award.points <= holder.available
    assert subtotal is None or (award.amount_minor or 0) <= subtotal
    assert reward.choice is not None
    more = offer.max_points + reward.choice.step_points
    beyond = of_sale.award(holder, more)
    assert isinstance(beyond, Reason)
    assert beyond.code in ("insufficient_points", "points_not_offered", "more_than_needed")


@given(chosen_rewards, holders, subtotals, st.integers(1, 3_000))
def test_chosen_points_are_worth_their_share_and_never_more(
    reward: RewardRecord, holder: Holder, subtotal: int | None, points: int
) -> None:
    award = terms(reward, subtotal=subtotal).award(holder, points)

    if isinstance(award, Award):
        rate = reward.gain.amount["DKK"]  # type: ignore[union-attr]
        assert award.points == points
        assert 0 < (award.amount_minor or 0) * reward.points <= points * rate


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gain": percent(1), "choice": {"min_points": 1}}, "choice"),
        ({"choice": {"min_points": 10, "max_points": 9}}, "max_points"),
        ({"minimum_subtotal": {"EUR": 1}}, "minimum_subtotal has no amount in DKK"),
        ({"currencies": ["DKK", "SEK"]}, "gain.amount has no amount in SEK"),
        ({"gain": {"kind": "amount_off", "amount": {"DKK": 0}}}, "0 is no reward"),
        (
            {"gain": {"kind": "free_product", "product_id": "m"}, "maximum_value": {"DKK": 1}},
            "maximum_value",
        ),
        ({"valid": {"from": "2026-01-01T00:00:00"}}, "timezone"),
        (
            {"valid": {"from": "2026-01-02T00:00:00Z", "until": "2026-01-02T00:00:00Z"}},
            "before",
        ),
        ({"id": "Five Off"}, "pattern"),
        ({"points": 0}, "greater"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        a_reward(**changes)
