"""What campaigns offer a customer on the screen, with and without a sale."""

from typing import Any

import pytest

from tests.support.discounts import a_campaign, a_case, amount_off, percentage
from tillbridge.domain.discounts.case import Customer, Settings
from tillbridge.domain.discounts.customer_offers import (
    CampaignOffer,
    Told,
    campaign_offers,
    effect_of,
)
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.discounts.record import campaign_of

GOLD = {"kind": "tier", "any_of": ["gold"]}
MEMBER = {"kind": "customer_present"}
SUBTOTAL = {"kind": "basket_subtotal", "at_least": {"DKK": 20_000}}
SPEND = {"kind": "all", "of": [MEMBER, SUBTOTAL]}


def offered(
    *campaigns: dict[str, Any],
    customer: dict[str, Any] | None = None,
    told: Told | None = None,
    **changes: Any,
) -> list[CampaignOffer]:
    case = a_case(campaigns=(), **changes)
    basket = case.basket.model_copy(update={"lines": ()})
    discounts = Discounts(Campaigns(map(campaign_of, campaigns)), Settings())
    who = Customer.model_validate({"id": "jane", **(customer or {})})
    return campaign_offers(discounts, who, case.as_of, basket, told or Told())


def test_without_a_sale_the_customer_decides_and_what_is_missing_is_said() -> None:
    offers = offered(
        a_campaign("spend", condition=SPEND),
        a_campaign("gold", display_name="Gold", condition=GOLD),
        customer={"tier": "gold"},
    )

    assert offers == [
        CampaignOffer("gold", "Apply Gold: 10% off", eligible=True),
        CampaignOffer(
            "spend",
            "Apply spend: 10% off",
            eligible=False,
            reasons=(("below_subtotal", 20_000, 20_000, "DKK"),),
        ),
    ]


def test_what_the_till_tells_of_a_sale_without_lines_counts() -> None:
    items = {"kind": "item_count", "at_least": 3}
    campaigns = (
        a_campaign("spend", condition=SPEND),
        a_campaign("items", condition={"kind": "all", "of": [MEMBER, items]}),
    )

    enough = offered(*campaigns, told=Told(subtotal_minor=20_000, item_count=3))
    short = offered(*campaigns, told=Told(subtotal_minor=15_000, item_count=1))

    assert all(offer.eligible for offer in enough)
    assert [offer.reasons for offer in short] == [
        (("too_few_items", 2, 3),),
        (("below_subtotal", 5_000, 20_000, "DKK"),),
    ]


def test_what_is_for_anybody_is_no_offer_to_this_customer() -> None:
    once_each = [{"scope": "customer", "uses": 1}]

    assert offered(a_campaign(), a_campaign("spend", condition=SUBTOTAL)) == []
    assert [offer.eligible for offer in offered(a_campaign(limits=once_each))] == [True]


def test_what_does_not_run_is_not_offered() -> None:
    ended = {"until": "2026-01-01T00:00:00Z"}

    off = a_campaign(enabled=False, condition=MEMBER)
    assert offered(off, a_campaign("x", active=ended, condition=MEMBER)) == []
    assert offered(a_campaign(markets=["se"], condition=MEMBER), basket={"market": "dk"}) == []


@pytest.mark.parametrize(
    ("benefit", "effect"),
    [
        (percentage(1_250), "12.5% off"),
        (amount_off(500), "5.00 DKK off"),
        (amount_off(500, per="unit"), "5.00 DKK off each unit"),
        ({"kind": "new_unit_price", "price": {"DKK": 4_200}}, "42.00 DKK each"),
        ({"kind": "n_for_m", "n": 3, "m": 2}, "3 for 2"),
        ({"kind": "buy_x_get_y", "buy": 2, "get": 1}, "buy 2, get 1 free"),
        (
            {"kind": "buy_x_get_y", "buy": 2, "get": 1, "basis_points": 5_000},
            "buy 2, get 1 at 50% off",
        ),
        (
            {"kind": "bundle_price", "parts": [{"selector": {}}], "price": {"DKK": 9_900}},
            "together 99.00 DKK",
        ),
        (
            {
                "kind": "tiered",
                "by": "quantity",
                "tiers": [
                    {"at_least_quantity": 2, "benefit": percentage(500)},
                    {"at_least_quantity": 5, "benefit": percentage(1_000)},
                ],
            },
            "5% off to 10% off",
        ),
        ({"kind": "free_product", "product_id": "cap", "quantity": 2}, "2 free"),
    ],
)
def test_a_label_says_what_a_benefit_does(benefit: dict[str, Any], effect: str) -> None:
    assert effect_of(campaign_of(a_campaign(benefit=benefit)).benefit, "DKK") == effect
