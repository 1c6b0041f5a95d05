"""Goods of a sale that come back: by what it was given, in parts, each return once."""

from typing import Any

import pytest

from tests.support.applications import DiscountShop, a_basket, limited, total_minor
from tests.support.discounts import a_campaign, a_line, amount_off, percentage
from tillbridge.domain.applications.application import Applied
from tillbridge.errors import ApplicationClosed, IdempotencyMismatch, NotReturnable

THREE = a_basket(a_line("1", quantity=2), a_line("2"))


@pytest.fixture
def shop() -> DiscountShop:
    return DiscountShop()


def a_sale(shop: DiscountShop, *campaigns: dict[str, Any], **changes: Any) -> Applied:
    """A paid sale of two of line 1 and one of line 2, 10.00 DKK each."""
    shop.run(*campaigns)
    applied = shop.apply(**{"basket": THREE, **changes})
    shop.capture_application(applied)
    return applied


def one_of(line_id: str, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    return {"line_id": line_id, "quantity": quantity, **changes}


def test_parts_together_are_what_was_paid(shop: DiscountShop) -> None:
    applied = a_sale(shop, a_campaign(benefit=amount_off(100)))
    refunds = [
        shop.give_back(applied, one_of(line), return_ref=f"r-{n}").outcome["refund_minor"]
        for n, line in enumerate(("1", "2", "1"))
    ]

    assert sum(refunds) == total_minor(applied) == 2_900


def test_a_return_is_given_back_once(shop: DiscountShop) -> None:
    applied = a_sale(shop, a_campaign())
    first = shop.give_back(applied, one_of("1"))
    again = shop.give_back(applied, one_of("1"))

    assert (first.replayed, again.replayed) == (False, True)
    assert again.outcome == first.outcome
    assert again.application.returns == 1


def test_another_return_of_the_same_name_is_refused(shop: DiscountShop) -> None:
    applied = a_sale(shop, a_campaign())
    shop.give_back(applied, one_of("1"))

    with pytest.raises(IdempotencyMismatch):
        shop.give_back(applied, one_of("2"))


def test_never_more_comes_back_than_is_left(shop: DiscountShop) -> None:
    applied = a_sale(shop, a_campaign())
    shop.give_back(applied, one_of("1", 2), return_ref="r-1")

    for line in (one_of("1"), one_of("2", 2), one_of("9")):
        with pytest.raises(NotReturnable, match=line["line_id"]):
            shop.give_back(applied, line, return_ref="r-2")


def test_what_was_given_counts_whatever_has_become_of_the_campaign(shop: DiscountShop) -> None:
    applied = a_sale(shop, a_campaign(benefit=percentage(5_000)))
    shop.run()

    assert shop.give_back(applied, one_of("2")).outcome["refund_minor"] == 500


def test_a_threshold_that_is_no_longer_met_is_kept_or_clawed_back(shop: DiscountShop) -> None:
    threshold = {"kind": "basket_subtotal", "at_least": {"DKK": 3_000}}
    campaign = a_campaign(condition=threshold, benefit=percentage(1_000))
    kept = shop.give_back(a_sale(shop, campaign), one_of("2"))
    clawed = shop.give_back(
        a_sale(shop, campaign, sale_ref="sale-2"), one_of("2"), policy="claw_back"
    )

    assert (kept.outcome["refund_minor"], clawed.outcome["refund_minor"]) == (900, 700)
    assert clawed.outcome["clawed_back"] == {"c": 200}


def test_what_the_till_has_refunded_wins(shop: DiscountShop) -> None:
    applied = a_sale(shop, a_campaign())
    returned = shop.give_back(applied, one_of("2", refund_minor=1_000))

    assert returned.outcome["refund_minor"] == 1_000
    assert returned.outcome["lines"][0]["computed_minor"] == 900


@pytest.mark.parametrize("state", ["held", "voided"])
def test_only_what_was_paid_comes_back(shop: DiscountShop, state: str) -> None:
    applied = shop.apply()
    if state == "voided":
        shop.void_application(applied)

    with pytest.raises(ApplicationClosed):
        shop.give_back(applied)


# --- Limits ----------------------------------------------------------------------------------


def test_a_budget_gets_back_what_the_goods_had_off(shop: DiscountShop) -> None:
    applied = a_sale(shop, limited(off_minor=300, spend={"DKK": 1_000}))
    shop.give_back(applied, one_of("1"))

    assert (shop.spent_minor(), shop.used()) == (200, 1)


def test_a_use_is_free_once_nothing_of_the_discount_is_left(shop: DiscountShop) -> None:
    applied = a_sale(shop, limited(off_minor=300, uses=1))
    shop.give_back(applied, one_of("1", 2), return_ref="r-1")
    assert shop.used() == 1
    shop.give_back(applied, one_of("2"), return_ref="r-2")

    assert (shop.used(), shop.spent_minor()) == (0, 0)
    assert total_minor(shop.apply(sale_ref="sale-2")) == 700


def test_a_campaign_may_keep_its_limits_used_up(shop: DiscountShop) -> None:
    applied = a_sale(shop, {**limited(off_minor=300, uses=1), "on_return": "keep"})
    shop.give_back(applied, one_of("1", 2), one_of("2"))

    assert (shop.used(), shop.spent_minor()) == (1, 300)


def test_every_counter_of_a_campaign_gets_it_back(shop: DiscountShop) -> None:
    limits = [{"uses": 5}, {"period": "day", "spend": {"DKK": 5_000}}]
    applied = a_sale(shop, a_campaign(benefit=amount_off(300), limits=limits))
    assert (shop.used(), shop.spent_minor()) == (2, 600)
    shop.give_back(applied, one_of("1", 2), one_of("2"))

    assert (shop.used(), shop.spent_minor()) == (0, 0)


def test_a_budget_that_was_spent_in_several_items_gets_all_of_it_back(shop: DiscountShop) -> None:
    campaign = limited(off_minor=3_000_000, spend={"DKK": 3_000_000})
    basket = a_basket(a_line(unit_price_minor=4_000_000))
    applied = a_sale(shop, campaign, basket=basket)
    assert shop.spent_minor() == 3_000_000
    shop.give_back(applied)

    assert shop.spent_minor() == 0
