"""When a campaign applies, and what it says when it does not."""

from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_case, a_line, outcome_of
from tillbridge.domain.discounts.case import Case

JANE = {
    "id": "jane",
    "tier": "silver",
    "groups": ["staff"],
    "tags": ["vip"],
    "member_since": "2026-01-01",
    "birthday": "1990-12-01",
    "history": {
        "orders": [
            {"at": "2026-11-01T10:00:00Z", "total_minor": 30_000},
            {"at": "2026-05-01T10:00:00Z", "total_minor": 20_000},
        ]
    },
}
LINES = (
    a_line("1", 1_000, quantity=2, tags=["socks"]),
    a_line("2", 5_000, product_id="boots", gift_card=True),
    a_line("3", 20_000, quantity="0.345"),
    a_line("4", 9_999, returned=True),
)  # 20.00 + 50.00 + 69.00 DKK, and one line that comes back
SOCKS = {"tags": ["socks"]}


def on(condition: dict[str, Any], customer: dict[str, Any] | None = JANE) -> Case:
    return a_case(
        *LINES,
        campaigns=(a_campaign(condition=condition),),
        customer=customer,
        basket={"codes": ["Spring"]},
    )


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in JANE.items() if name not in names}


@pytest.mark.requirement("S4")
@pytest.mark.parametrize(
    "condition",
    [
        {"kind": "customer_present"},
        {"kind": "tier", "any_of": ["gold", "silver"]},
        {"kind": "group", "any_of": ["staff"]},
        {"kind": "customer_tag", "any_of": ["vip"]},
        {"kind": "member_for", "days": 328},
        {"kind": "member_since", "on_or_before": "2026-01-01"},
        {"kind": "order_count", "at_least": 2, "at_most": 2},
        {"kind": "order_count", "within_days": 30, "at_most": 1},
        {"kind": "total_spent", "at_least": {"DKK": 50_000}},
        {"kind": "total_spent", "within_days": 30, "at_most": {"DKK": 30_000}},
        {"kind": "last_purchase", "within_days": 25},
        {"kind": "last_purchase", "not_within_days": 24},
        {"kind": "birthday", "days_before": 6},
        {"kind": "nth_order", "n": 3},
        {"kind": "nth_order", "n": 1, "every": True},
        {"kind": "code", "any_of": ["SPRING"]},
        {"kind": "basket_subtotal", "at_least": {"DKK": 13_900}, "at_most": {"DKK": 13_900}},
        {"kind": "item_count", "at_least": 4, "at_most": 4},
        {"kind": "selected_quantity", "selector": SOCKS, "at_least": 2},
        {"kind": "selected_quantity", "at_least": "2.345", "at_most": "2.345"},
        {"kind": "selected_amount", "selector": SOCKS, "at_least": {"DKK": 2_000}},
        {"kind": "distinct_products", "at_least": 2, "at_most": 2},
        {"kind": "all", "of": []},
        {"kind": "any", "of": [{"kind": "tier", "any_of": ["gold"]}, {"kind": "all", "of": []}]},
        {"kind": "not", "of": {"kind": "tier", "any_of": ["gold"]}},
    ],
)
def test_it_applies_where_its_condition_holds(condition: dict[str, Any]) -> None:
    assert outcome_of(on(condition)).applied
    assert not outcome_of(on({"kind": "not", "of": condition})).applied


@pytest.mark.requirement("S19")
@pytest.mark.parametrize(
    ("condition", "reason", "text"),
    [
        (
            {"kind": "basket_subtotal", "at_least": {"DKK": 14_310}},
            ("below_subtotal", 410, 14_310, "DKK"),
            "Needs a basket of 143.10 DKK: missing 4.10 DKK.",
        ),
        (
            {"kind": "selected_quantity", "selector": SOCKS, "at_least": 3},
            ("below_quantity", 10**6, 3 * 10**6, "tag socks"),
            "Needs 1 more of tag socks.",
        ),
        (
            {"kind": "tier", "any_of": ["gold"]},
            ("other_tier", "silver", ("gold",)),
            "Tier silver, needs gold.",
        ),
        (
            {"kind": "member_for", "days": 330},
            ("member_too_short", 2, 330),
            "Needs 330 days of membership, 2 more.",
        ),
        (
            {"kind": "birthday", "days_before": 5},
            ("not_birthday", 1),
            "Begins 1 days from now.",
        ),
        (
            {"kind": "last_purchase", "within_days": 24},
            ("purchase_too_long_ago", 24),
            "The last purchase is more than 24 days ago.",
        ),
        (
            {"kind": "order_count", "at_least": 3},
            ("too_few_orders", 1, 3),
            "Needs 3 earlier orders, 1 more.",
        ),
        (
            {"kind": "nth_order", "n": 10},
            ("other_order_number", 3, 10),
            "This is the customer's order number 3, not 10.",
        ),
        (
            {"kind": "code", "any_of": ["winter"]},
            ("code_missing",),
            "Needs a code that was not entered.",
        ),
    ],
)
def test_it_says_with_facts_what_is_missing(
    condition: dict[str, Any], reason: tuple[Any, ...], text: str
) -> None:
    outcome = outcome_of(on(condition))

    assert outcome.reasons == (reason,)
    assert outcome.as_json()["reasons"][0]["text"] == text


def test_without_a_customer_it_asks_for_one() -> None:
    orders = {"kind": "order_count", "at_least": 1}
    both = {"kind": "all", "of": [{"kind": "tier", "any_of": ["gold"]}, orders]}

    outcome = outcome_of(on(both, customer=None))

    assert outcome.reasons == (("customer_missing",),)
    assert outcome.as_json()["smallest_change"] == [{"change": "add_customer"}]


@pytest.mark.requirement("S4", "S15")
@pytest.mark.parametrize(
    "condition",
    [
        {"kind": "order_count", "at_least": 1},
        {"kind": "total_spent", "at_least": {"DKK": 1}},
        {"kind": "last_purchase", "within_days": 30},
        {"kind": "nth_order", "n": 1},
    ],
)
def test_history_that_is_not_known_neither_fails_nor_holds(condition: dict[str, Any]) -> None:
    customer = without("history")
    for asked in (condition, {"kind": "not", "of": condition}):
        outcome = outcome_of(on(asked, customer))

        assert [reason[0] for reason in outcome.reasons] == ["history_unavailable"]
        assert outcome.as_json()["smallest_change"] is None


def test_history_is_known_as_far_as_it_goes_back() -> None:
    known = {**JANE["history"], "known_since": "2026-06-01T00:00:00Z"}  # type: ignore[dict-item]
    customer = {**JANE, "history": known}

    within = outcome_of(on({"kind": "order_count", "within_days": 30, "at_least": 1}, customer))
    year = {"kind": "order_count", "within_days": 365, "at_least": 1}
    beyond = [outcome_of(on(c, customer)) for c in (year, {"kind": "nth_order", "n": 3})]

    assert within.applied
    assert [b.reasons for b in beyond] == [(("history_unavailable", "order_count"),)] * 2


def test_what_is_certain_decides_beside_what_is_unknown() -> None:
    unknown = {"kind": "order_count", "at_least": 1}
    gold, silver = ({"kind": "tier", "any_of": [tier]} for tier in ("gold", "silver"))
    customer = without("history")

    both = outcome_of(on({"kind": "not", "of": {"kind": "all", "of": [unknown, gold]}}, customer))
    either = outcome_of(on({"kind": "any", "of": [unknown, silver]}, customer))

    assert both.applied
    assert either.applied


def test_the_smallest_change_is_what_the_till_can_do() -> None:
    gold = {"kind": "tier", "any_of": ["gold"]}
    more = {"kind": "basket_subtotal", "at_least": {"DKK": 14_310}}

    outcome = outcome_of(on({"kind": "any", "of": [gold, more]}))

    assert outcome.as_json()["smallest_change"] == [
        {
            "change": "add_amount",
            "missing_minor": 410,
            "required_minor": 14_310,
            "currency": "DKK",
        }
    ]


def test_all_that_is_missing_is_told_at_once() -> None:
    gold = {"kind": "tier", "any_of": ["gold"]}
    code = {"kind": "code", "any_of": ["winter"]}

    outcome = outcome_of(on({"kind": "all", "of": [gold, code]}))

    assert [reason[0] for reason in outcome.reasons] == ["other_tier", "code_missing"]


@pytest.mark.parametrize(
    ("campaign", "code"),
    [
        ({"enabled": False}, "disabled"),
        ({"active": {"from": "2026-11-25T12:00:01Z"}}, "not_started"),
        ({"active": {"until": "2026-11-25T12:00:00Z"}}, "ended"),
        ({"active": {"hours": [{"weekdays": ["tue"]}]}}, "outside_hours"),
        ({"active": {"hours": [{"from": "12:30"}]}}, "outside_hours"),
        ({"currencies": ["EUR"]}, "other_currency"),
        ({"benefit": {"kind": "amount_off", "amount": {"EUR": 1}}}, "other_currency"),
        ({"markets": ["se"]}, "other_market"),
        ({"channels": ["web"]}, "other_channel"),
        ({"shops": ["1"]}, "other_shop"),
    ],
)
def test_it_runs_in_its_time_and_place(campaign: dict[str, Any], code: str) -> None:
    outcome = outcome_of(a_case(campaigns=(a_campaign(**campaign),), basket={"channel": "pos"}))

    assert [reason[0] for reason in outcome.reasons] == [code]


@pytest.mark.parametrize(
    "active",
    [
        {"hours": [{"weekdays": ["wed"], "from": "12:00", "until": "12:01"}]},
        {"hours": [{"weekdays": ["tue"], "from": "22:00", "until": "13:00"}]},
        {
            "hours": [{"weekdays": ["wed"], "from": "13:00", "until": "14:00"}],
            "time_zone": "Europe/Copenhagen",
        },
    ],
)
def test_hours_are_those_of_the_place_and_may_pass_midnight(active: dict[str, Any]) -> None:
    assert outcome_of(a_case(campaigns=(a_campaign(active=active),))).applied


@pytest.mark.parametrize(
    ("birthday", "as_of", "near"),
    [
        ("1992-02-29", "2027-03-01T00:00:00Z", True),
        ("1992-02-29", "2028-02-29T00:00:00Z", True),
        ("1992-02-29", "2028-03-01T00:00:00Z", False),
        ("1990-01-01", "2026-12-31T00:00:00Z", False),
    ],
)
def test_birthdays_come_every_year(birthday: str, as_of: str, near: bool) -> None:
    campaign = a_campaign(condition={"kind": "birthday"})
    customer = {"id": "jane", "birthday": birthday}

    assert outcome_of(a_case(campaigns=(campaign,), customer=customer, as_of=as_of)).applied == near


@pytest.mark.parametrize(("missing", "applies"), [(410, True), (409, False)])
def test_the_change_that_is_told_is_enough_and_no_less_is(missing: int, applies: bool) -> None:
    more = a_campaign(condition={"kind": "basket_subtotal", "at_least": {"DKK": 14_310}})
    case = a_case(*LINES, a_line("5", missing), campaigns=(more,))

    assert outcome_of(case).applied == applies


@pytest.mark.parametrize("bound", ["at_least", "at_most"])
def test_what_was_spent_in_another_currency_leaves_the_campaign_out(bound: str) -> None:
    case = on({"kind": "total_spent", bound: {"SEK": 1}})

    assert outcome_of(case).reasons == (("other_currency", "DKK"),)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("tier", "tier_unknown"),
        ("group", "group_unknown"),
        ("customer_tag", "customer_tag_unknown"),
    ],
)
def test_what_could_not_be_read_of_a_customer_is_neither_yes_nor_no(kind: str, code: str) -> None:
    """A discount that staff is excluded from is not for who may be staff."""
    is_one = {"kind": kind, "any_of": ["staff"]}
    customer = {"id": "jane", "unknown": [kind]}

    for condition in (is_one, {"kind": "not", "of": is_one}):
        case = a_case(campaigns=(a_campaign(condition=condition),), customer=customer)
        assert outcome_of(case).reasons == ((code,),)
    nobody = {"kind": "not", "of": is_one}
    known = a_case(campaigns=(a_campaign(condition=nobody),), customer={"id": "jane"})
    assert outcome_of(known).applied
