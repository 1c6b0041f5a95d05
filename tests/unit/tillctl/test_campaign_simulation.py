"""What a draft would have done to past sales: its cost, and what it collides with."""

from datetime import datetime
from typing import Any

from tests.support.discounts import NOON, a_campaign, a_line, amount_off
from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.case import Settings
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.discounts.record import campaign_of
from tools.tillctl.campaign_simulation import Simulation, simulate


def a_sale(
    *lines: dict[str, Any], as_of: str = NOON, customer: str | None = None, currency: str = "DKK"
) -> tuple[EvaluationRequest, datetime]:
    """A line of 10.00, where nothing else is said."""
    basket = {"currency": currency, "lines": lines or (a_line(),)}
    who = None if customer is None else {"id": customer}
    request = EvaluationRequest.model_validate({"basket": basket, "customer": who})
    return request, datetime.fromisoformat(as_of)


def simulated(
    draft: dict[str, Any],
    *sales: tuple[EvaluationRequest, datetime],
    live: tuple[dict[str, Any], ...] = (),
    **settings: Any,
) -> Simulation:
    discounts = Discounts(Campaigns(map(campaign_of, live)), Settings(**settings))
    return simulate([campaign_of(draft)], discounts, sales)


def test_the_cost_is_what_the_draft_gives_and_the_change_what_that_adds() -> None:
    told = simulated(
        a_campaign("draft", priority=2), a_sale(), a_sale(), live=(a_campaign("live"),)
    )

    # Ten per cent of 10.00, of which the live one's ten per cent is 0.10 less than before.
    assert told.cost == {"DKK": 200}
    assert told.change == {"DKK": 180}
    assert (told.sales, told.sales_with_draft) == (2, 2)
    assert told.displaced == {}


def test_a_sale_that_gets_nothing_says_why() -> None:
    told = simulated(a_campaign("draft", selector={"tags": ["socks"]}), a_sale())

    assert (told.sales_with_draft, told.cost) == (0, {"DKK": 0})
    assert told.reasons == {"no_matching_line": 1}


def test_a_draft_that_takes_the_place_of_a_live_one_is_told() -> None:
    exclusive = a_campaign("draft", priority=2, combination={"exclusive": True})

    told = simulated(exclusive, a_sale(), live=(a_campaign("live"),))

    assert (told.displaced, told.kept_out) == ({"live": 1}, {})
    assert told.change == {"DKK": 0}


def test_a_draft_that_a_live_one_keeps_out_is_told() -> None:
    exclusive = a_campaign("live", priority=2, combination={"exclusive": True})

    told = simulated(a_campaign("draft"), a_sale(), live=(exclusive,))

    assert (told.displaced, told.kept_out) == ({}, {"live": 1})
    assert told.reasons == {"blocked_by_exclusive": 1}


def test_a_draft_takes_the_place_of_the_live_campaign_with_its_id() -> None:
    more = a_campaign("same", benefit=amount_off(300))

    told = simulated(more, a_sale(), live=(a_campaign("same"),))

    assert (told.cost, told.change, told.displaced) == ({"DKK": 300}, {"DKK": 200}, {})


def test_what_a_limited_draft_uses_up_builds_up() -> None:
    first_two = a_campaign("draft", limits=[{"uses": 2}])

    told = simulated(first_two, *[a_sale()] * 5)

    assert (told.sales_with_draft, told.reasons) == (2, {"limit_reached": 3})


def test_a_budget_is_cut_to_what_is_left_of_it() -> None:
    told = simulated(a_campaign("draft", limits=[{"spend": {"DKK": 250}}]), *[a_sale()] * 5)

    assert (told.sales_with_draft, told.cost) == (3, {"DKK": 250})


def test_a_limit_is_each_customers_and_each_periods_own() -> None:
    daily = a_campaign("draft", limits=[{"scope": "customer", "period": "day", "uses": 1}])
    tomorrow = "2026-11-26T12:00:00Z"

    told = simulated(
        daily,
        *(a_sale(customer="jane"), a_sale(customer="jane"), a_sale(customer="joe")),
        a_sale(customer="jane", as_of=tomorrow),
    )

    assert (told.sales_with_draft, told.reasons) == (3, {"limit_reached": 1})


def test_days_end_where_the_merchant_is() -> None:
    daily = a_campaign("draft", limits=[{"period": "day", "uses": 1}])
    sales = a_sale(as_of="2026-11-25T22:30:00Z"), a_sale(as_of="2026-11-25T23:30:00Z")

    assert simulated(daily, *sales).sales_with_draft == 1
    assert simulated(daily, *sales, time_zone="Europe/Copenhagen").sales_with_draft == 2


def test_each_currency_has_its_own_sums() -> None:
    told = simulated(a_campaign("draft"), a_sale(), a_sale(currency="JPY"))

    assert told.cost == {"DKK": 100, "JPY": 100}
