"""Shopify's requirements through the whole gateway, each named for its own; those that other tests
hold are marked there (docs/requirements.md)."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.session_token import mint
from tests.support.aws import put
from tests.support.discounts import a_campaign, a_line
from tests.support.gateway import GatewayAnswer
from tests.support.screen import (
    CHANGING,
    CUSTOMER,
    PROFILE,
    READING,
    ScreenShop,
    a_screen_shop,
    said,
)
from tillbridge.errors import UpstreamTimeout, UpstreamUnreachable

SHOP, APP, SECRET = "acme.myshopify.com", "client-1", "shpss_" + "a" * 32
# Jane, by what `shopify.customer.id` is in her case.
NUMBER = "7123456789012"
BY_SHOPIFYS_ID = f"gid://shopify/Customer/{NUMBER}"
BY_NUMBER = {
    "operation": "customer_by_shopify_id",
    "request": {
        "url": "https://crm.example.com/by-shopify",
        "query": {"id": "gid://shopify/Customer/{customer_id}"},
    },
}
WHO = {"staff_id": "staff-7", "store_id": "aarhus", "customer_name": "Jane Doe"}


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScreenShop]:
    with a_screen_shop(monkeypatch) as shop:
        shop.answers["by-shopify"] = said([{"identifier": CUSTOMER}])
        yield shop


def open_at_shopify(shop: ScreenShop, *records: dict[str, Any]) -> None:
    """A merchant whose POS is Shopify's, and shows a session token."""
    shop.open(*READING, *CHANGING)
    shop.earn(1_240)
    for record in records:
        put(shop.gateway.table, "LIVE#acme#", f"INTEGRATION#{record['operation']}", **record)
    shop.gateway.add_app(APP, SECRET)
    shop.gateway.add_shop(SHOP, "acme", APP)
    shop.token = mint(SHOP, APP, SECRET, time.time())


def change(shop: ScreenShop, customer_id: str = CUSTOMER, **also: Any) -> GatewayAnswer:
    body = {**WHO, "preferences": {"language": "en"}, **also}
    return shop.call("PATCH", customer_id=customer_id, body=body)


def redeem(shop: ScreenShop, **changes: Any) -> GatewayAnswer:
    body = {"customer_id": CUSTOMER, "points": 100, "store_id": "aarhus", "sale_ref": "sale-1"}
    return shop.gateway.call(
        "POST",
        "/v1/redemptions",
        shop.token,
        body={**body, "customer_name": "Jane Doe", **changes},
        headers={"Idempotency-Key": shop.new_key()},
    )


@pytest.mark.requirement("S1")
@pytest.mark.parametrize("query", [{}, {"subtotal": "0.00"}, {"subtotal": "449.00"}])
def test_s1_the_screen_is_shown_whatever_is_in_the_cart(
    shop: ScreenShop, query: dict[str, str]
) -> None:
    open_at_shopify(shop)

    assert shop.screen(**query)["status"]["points"]["available"] == 1_240


@pytest.mark.requirement("S1")
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "no_basket"),
        ({"subtotal": "0.00"}, "basket_empty"),
        ({"subtotal": "449.00", "editable": "false"}, "basket_locked"),
        ({"subtotal": "449.00", "has_discount": "true"}, "discount_in_basket"),
    ],
)
def test_s1_a_redemption_says_why_this_cart_cannot_have_it(
    shop: ScreenShop, query: dict[str, str], code: str
) -> None:
    open_at_shopify(shop)

    redemption = shop.screen(**query)["actions"][0]

    assert not redemption["eligible"]
    assert redemption["reason"]["code"] == code


@pytest.mark.requirement("S2")
def test_s2_contact_details_and_purchases_are_one_answer(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    screen = shop.screen()

    assert screen["customer"]["email"] == "jane@example.com"
    assert screen["customer"]["phone"] == "+45 20 12 34 56"
    assert [one["total"]["amount"] for one in screen["recent_purchases"]] == ["449.00", "100.00"]


@pytest.mark.requirement("S3")
def test_s3_what_a_merchant_does_not_keep_is_absent(shop: ScreenShop) -> None:
    shop.open(*READING, programme=None)

    status = shop.screen()["status"]

    assert not {"points", "tier"} & status.keys()


@pytest.mark.requirement("S4")
def test_s4_a_members_discount_comes_as_calls_on_the_cart(shop: ScreenShop) -> None:
    gold = a_campaign(
        name="Gold", display_name="Gold", condition={"kind": "tier", "any_of": ["gold"]}
    )
    shop.open(*READING, campaigns=[gold])
    line = a_line("c2f9a0f4-6d3c-4b93-8f0a-1d1b7a1f5a10", 10_000)

    def evaluated(tier: str) -> Any:
        body = {
            "basket": {"currency": "DKK", "lines": [line]},
            "customer": {"id": CUSTOMER, "tier": tier},
            "shopify": {},
        }
        return shop.gateway.call("POST", "/v1/discounts/evaluations", shop.token, body=body).json()

    assert evaluated("silver")["pos_actions"] == []
    (call,) = evaluated("gold")["pos_actions"]
    assert call["args"][0] in {"Percentage", "FixedAmount"}


@pytest.mark.requirement("S5", "S11")
def test_s5_preferences_and_consent_are_changed_in_the_merchants_system(shop: ScreenShop) -> None:
    open_at_shopify(shop)
    consent = [{"channel": "email", "consent": "withdrawn"}]

    answer = change(shop, communication=consent)

    assert answer.status == 200
    assert "Jane Doe" in answer.json()["message"]
    assert "anguage set to en" in answer.json()["message"]
    assert shop.gateway.requests_sent[-1].method == "PATCH"


@pytest.mark.requirement("S6", "S11")
def test_s6_a_service_request_is_sent_and_confirmed(shop: ScreenShop) -> None:
    open_at_shopify(shop)
    body = {**WHO, "subject": "repair", "text": "The zip is broken"}

    answer = shop.call("POST", "/service-requests", body=body)

    assert answer.status == 201
    assert answer.json()["reference"] == "T-1"
    assert answer.json()["message"] == "Service request (repair) sent for Jane Doe"


@pytest.mark.requirement("S8", "S21", "X1")
def test_s8_a_customer_is_named_by_shopifys_number(shop: ScreenShop) -> None:
    open_at_shopify(shop, BY_NUMBER)

    screen = shop.screen(BY_SHOPIFYS_ID)

    assert screen["customer"]["identifier"] == CUSTOMER
    assert screen["status"]["points"]["available"] == 1_240


@pytest.mark.requirement("S8")
def test_s8_every_call_about_a_customer_takes_the_number(shop: ScreenShop) -> None:
    open_at_shopify(shop, BY_NUMBER)

    changed = change(shop, customer_id=BY_SHOPIFYS_ID)
    service = {**WHO, "subject": "repair", "text": "The zip is broken"}
    asked = shop.call("POST", "/service-requests", BY_SHOPIFYS_ID, body=service)
    by_number = shop.call("GET", "/interactions", BY_SHOPIFYS_ID).json()["interactions"]

    assert (changed.status, asked.status) == (200, 201)
    assert by_number == shop.call("GET", "/interactions").json()["interactions"]
    assert len(by_number) == 3


@pytest.mark.requirement("S8")
def test_s8_what_a_screen_offers_is_for_the_one_whom_it_shows(shop: ScreenShop) -> None:
    """Also where the merchant's own identifiers are numbers: others' at Shopify."""
    open_at_shopify(shop, BY_NUMBER)
    shop.answers |= {
        "by-shopify": said([{"identifier": "500"}]),
        "500": said({"identifier": "500", "name": "Jane Doe"}),
    }
    screen = shop.screen(BY_SHOPIFYS_ID)
    offered = next(one for one in screen["actions"] if one["kind"] == "service_request")
    shop.answers["by-shopify"] = said([{"identifier": "900"}])
    shop.gateway.requests_sent.clear()

    answer = shop.gateway.call(
        "POST",
        offered["call"]["path"],
        shop.token,
        body={**WHO, "subject": "repair", "text": "The zip is broken"},
        headers={"Idempotency-Key": shop.new_key()},
    )

    assert (screen["customer"]["identifier"], answer.status) == ("500", 201)
    (ticket,) = shop.gateway.requests_sent
    assert json.loads(ticket.body or b"")["for"] == "500"


@pytest.mark.requirement("S8", "S12")
def test_s12_somebody_unknown_is_said_to_be_so(shop: ScreenShop) -> None:
    open_at_shopify(shop, BY_NUMBER)
    shop.answers["by-shopify"] = said([])

    answer = change(shop, customer_id=BY_SHOPIFYS_ID)

    assert (answer.status, answer.json()["code"]) == (404, "customer_not_found")
    words = answer.json()["cashier_message"]
    assert words.startswith("Unable to process - customer not found")
    assert [request.method for request in shop.gateway.requests_sent] == ["GET"]


@pytest.mark.requirement("S14", "S13")
def test_s14_what_was_redeemed_is_gone_from_the_next_screen(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    answer = redeem(shop)

    assert answer.status == 201
    assert shop.screen()["status"]["points"]["available"] == 1_140


@pytest.mark.requirement("S14")
def test_s14_every_change_leaves_a_record_of_who_did_what_where(shop: ScreenShop) -> None:
    open_at_shopify(shop)
    redeem(shop, staff_id="staff-7")
    change(shop)
    shop.call("POST", "/service-requests", body={**WHO, "subject": "repair", "text": "The zip"})

    done = shop.call("GET", "/interactions").json()["interactions"]

    assert len(done) == 4
    for one in done[:3]:
        assert one["actor"] == SHOP
        assert one["staff_id"] == "staff-7"
        assert one["store_id"] == "aarhus"
        assert one["at"]


@pytest.mark.requirement("S21", "S15")
def test_s21_an_unknown_shop_is_told_in_words(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    answer = shop.gateway.call("GET", f"/v1/customers/{NUMBER}", "null")

    assert answer.status == 401
    assert "may not use this app" in answer.json()["cashier_message"]


@pytest.mark.requirement("S11", "S13")
def test_s11_each_confirmation_names_the_customer_and_the_change(shop: ScreenShop) -> None:
    open_at_shopify(shop)
    held = redeem(shop).json()
    finish = f"/v1/redemptions/{held['redemption_id']}/capture"
    captured = shop.gateway.call("POST", finish, shop.token, body={"customer_name": "Jane Doe"})

    assert held["message"] == "100 points held for Jane Doe"
    assert captured.json()["message"] == "100 points redeemed for Jane Doe"
    assert change(shop).json()["message"] == "Language set to en for Jane Doe"


@pytest.mark.requirement("S15")
def test_s15_too_few_points_are_told_with_what_is_there(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    answer = redeem(shop, points=5_000)

    assert answer.json()["code"] == "insufficient_points"
    assert "5000 points are needed, 1240 are there" in answer.json()["cashier_message"]


@pytest.mark.requirement("S15")
@pytest.mark.parametrize("failure", [UpstreamTimeout(), UpstreamUnreachable()])
def test_s15_a_part_that_fails_is_named_and_the_rest_is_shown(
    shop: ScreenShop, failure: Exception
) -> None:
    open_at_shopify(shop)
    shop.answers["orders"] = failure

    screen = shop.screen()

    assert screen["customer"]["name"] == "Jane Doe"
    assert "recent_purchases" not in screen
    (limitation,) = screen["limitations"]
    assert "Acme CRM" in limitation["message"]
    assert str(failure) not in limitation["message"]


@pytest.mark.requirement("S16")
def test_s16_what_is_not_mapped_stays_in_the_merchants_system(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    assert "pays late" not in shop.call("GET").text


@pytest.mark.requirement("S17")
def test_s17_the_merchants_notice_comes_with_the_customer(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    assert shop.screen()["data_notice"] == PROFILE["data_notice"]


@pytest.mark.requirement("S18")
def test_s18_a_label_begins_with_a_verb_and_says_cost_and_effect(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    labels = [one["label"] for one in shop.screen(subtotal="449.00")["actions"]]

    assert labels[0] == "Redeem 100 points for 5.00 off"
    assert {label.split()[0] for label in labels} <= {"Redeem", "Add", "Update", "Send"}
    assert all("Jane Doe" in label for label in labels if not label.startswith("Redeem"))


@pytest.mark.requirement("S19")
def test_s19_what_cannot_be_had_is_shown_with_why(shop: ScreenShop) -> None:
    open_at_shopify(shop)

    screen = shop.screen(subtotal="449.00")

    assert screen["status"]["badges"][0]["text"] == "VIP customer - expedited service"
    for one in screen["actions"]:
        assert one["eligible"] or one["reason"]["message"]
    assert [one["id"] for one in screen["actions"] if not one["eligible"]] == [
        "redeem:r5000",
        # Not among what a shop's POS may do, unless the operator says so.
        "points_adjustment",
    ]
