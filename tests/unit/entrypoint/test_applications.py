"""The words of an application: whose sale it is, what comes off, and the points with it."""

import pytest

from tests.support.applications import DiscountShop, customer, limited
from tillbridge.domain.loyalty_requests import CaptureRequest
from tillbridge.entrypoint.applications import application_answer

JANE = CaptureRequest(customer_name="Jane Doe")


@pytest.fixture
def shop() -> DiscountShop:
    shop = DiscountShop()
    shop.run(limited())
    return shop


@pytest.mark.requirement("S11")
def test_an_application_names_the_customer_and_the_points_with_it(shop: DiscountShop) -> None:
    shop.run_programme(points_label="stars")
    shop.earn(150)
    held = shop.apply(customer=customer(), redemption={"points": 100})
    captured = shop.capture_application(held)

    assert [application_answer(each, JANE).body["message"] for each in (held, captured)] == [
        "Discounts held for Jane Doe's sale: 1.00 DKK off; 100 stars held for Jane Doe",
        "Discounts given in Jane Doe's sale; 100 stars redeemed for Jane Doe",
    ]


def test_a_sale_of_nobody_names_nobody(shop: DiscountShop) -> None:
    held = shop.apply()

    assert application_answer(held).body["message"] == "Discounts held for the sale: 1.00 DKK off"
