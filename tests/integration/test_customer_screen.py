"""The customer's screen through the whole gateway: what it shows, says is missing, and lets do."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.aws import TABLE
from tests.support.gateway import Gateway
from tests.support.screen import (
    CHANGING,
    CUSTOMER,
    JANE,
    PROGRAMME,
    PURCHASES,
    READING,
    ScreenShop,
    a_screen_gateway,
    a_screen_record,
    said,
    screen_shop_in,
)
from tillbridge.domain.caller import Scope
from tillbridge.errors import (
    NotConfigured,
    RecordsUnavailable,
    UpstreamTimeout,
    UpstreamTlsFailed,
    UpstreamUnreachable,
)

DETAILS = "crm%2F8841%251"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with a_screen_gateway() as gateway:
        yield gateway


@pytest.fixture
def shop(gateway: Gateway) -> ScreenShop:
    return screen_shop_in(gateway)


def action(screen: Any, action_id: str) -> Any:
    (found,) = (one for one in screen["actions"] if one["id"] == action_id)
    return found


def reason(screen: Any, action_id: str) -> str | None:
    found = action(screen, action_id)
    assert found["eligible"] is ("reason" not in found)
    return found["reason"]["code"] if "reason" in found else None


@pytest.mark.requirement("S2", "S3", "S17", "S18", "S19")
def test_it_shows_status_patterns_and_what_can_be_done(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING)
    shop.earn(1_240)

    screen = shop.screen(subtotal="449.00")

    assert screen["customer"]["name"] == "Jane Doe"
    assert screen["status"] == {
        "tier": {"code": "gold", "label": "Gold"},
        "points": {"balance": 1_240, "available": 1_240, "label": "points"},
        "account_balance": {"amount": "25.00", "currency_code": "DKK"},
        "badges": [
            {"text": "VIP customer - expedited service", "tone": "info"},
            {"text": "Invoice customer", "tone": "info"},
        ],
    }
    assert screen["recent_purchases"][0] == {
        "date": "2026-09-30",
        "total": {"amount": "449.00", "currency_code": "DKK"},
        "items": 3,
        "reference": "#1007",
    }
    assert screen["purchase_patterns"] == {
        "order_count": 17,
        "total_spent": {"amount": "12500.50", "currency_code": "DKK"},
        "last_purchase": "2026-09-30",
        "average_purchase": {"amount": "735.32", "currency_code": "DKK"},
        "favourite_categories": ["socks", "boots"],
        "purchases_read": 2,
    }
    assert [(one["label"], one["eligible"]) for one in screen["actions"]] == [
        ("Redeem 100 points for 5.00 off", True),
        ("Redeem 5000 points for 10% off", False),
        ("Add or take points of Jane Doe by hand", True),
        ("Update preferences and consent of Jane Doe in Acme CRM", True),
        ("Send a service request for Jane Doe to Acme CRM", True),
    ]
    assert action(screen, "redeem:r5000")["reason"] == {
        "code": "insufficient_points",
        "message": "It needs 5000 points, 3760 more.",
        "facts": {"points": 5_000, "available": 1_240, "missing": 3_760},
    }
    assert screen["limitations"] == []
    assert screen["data_notice"] == "Read from Acme CRM; nothing is stored in the till."


@pytest.mark.requirement("S6", "S14")
@pytest.mark.requirement("S6", "S19")
def test_each_redemption_that_is_offered_can_be_done_as_it_is_offered(shop: ScreenShop) -> None:
    shop.open(*READING)
    shop.earn(1_240)
    call = action(shop.screen(subtotal="449.00"), "redeem:r100")["call"]

    answer = shop.gateway.call(
        call["method"],
        call["path"],
        shop.token,
        body={**call["body"], "store_id": "aarhus", "sale_ref": "sale-1"},
        headers={"Idempotency-Key": shop.new_key()},
    )

    assert answer.status == 201, answer.text
    assert answer.json()["message"] == "100 points held for Jane Doe: 5.00 DKK off"
    screen = shop.screen()
    assert screen["status"]["points"]["available"] == 1_140
    assert [(one["kind"], one["points"]) for one in screen["recent_interactions"]] == [
        ("hold", 100),
        ("earn", 1_240),
    ]


@pytest.mark.requirement("S11")
@pytest.mark.parametrize(
    ("name", "sent"),
    [("Jane Doe", {"Jane Doe"}), (None, {None}), ("J" * 129, {None}), ("Jané\u00a0D", {"Jané D"})],
)
def test_each_call_names_the_customer_where_the_screen_does(
    shop: ScreenShop, name: str | None, sent: set[str | None]
) -> None:
    shop.open(*READING, *CHANGING)
    shop.answers[DETAILS] = said({**JANE, "name": name})

    calls = [one["call"]["body"] for one in shop.screen(subtotal="449.00")["actions"]]

    assert {body.get("customer_name") for body in calls} == sent


@pytest.mark.requirement("S16")
def test_no_call_names_a_customer_whose_name_the_view_does_not_show(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING, profile={"views": {"shopify": ["email"]}})

    assert "Jane" not in str(shop.screen(view="shopify", subtotal="449.00")["actions"])


@pytest.mark.requirement("S11")
def test_the_screen_calls_points_as_the_merchant_does(shop: ScreenShop) -> None:
    shop.open(*READING, programme={**PROGRAMME, "points_label": "stars"})
    shop.earn(1_240)

    screen = shop.screen()

    assert action(screen, "redeem:r100")["label"] == "Redeem 100 stars for 5.00 off"
    assert action(screen, "redeem:r100")["reason"]["message"] == (
        "Start a sale first: stars are used in one."
    )
    assert action(screen, "points_adjustment")["label"] == ("Add or take stars of Jane Doe by hand")


@pytest.mark.requirement("S1", "S19")
@pytest.mark.parametrize(
    ("basket", "code"),
    [
        ({}, "no_basket"),
        ({"subtotal": "0"}, "basket_empty"),
        ({"subtotal": "10.00", "item_count": "0"}, "basket_empty"),
        ({"subtotal": "10.00", "editable": "false"}, "basket_locked"),
        ({"subtotal": "10.00", "has_discount": "true"}, "discount_in_basket"),
        ({"subtotal": "10.00", "currency_code": "EUR"}, "other_currency"),
        ({"subtotal": "10.00"}, None),
    ],
)
def test_a_redemption_says_what_the_sale_lacks(
    shop: ScreenShop, basket: dict[str, str], code: str | None
) -> None:
    shop.open(*READING)
    shop.earn(1_240)

    screen = shop.screen(**basket)

    assert reason(screen, "redeem:r100") == code
    # Without a sale as well, what the customer lacks comes first.
    assert reason(screen, "redeem:r5000") == "insufficient_points"


@pytest.mark.requirement("S19")
def test_a_till_without_a_scope_sees_what_it_may_not_do(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING, scopes=frozenset({Scope.LOOKUP, Scope.REDEEM}))

    screen = shop.screen(subtotal="10.00")

    assert reason(screen, "points_adjustment") == "scope_missing"
    assert reason(screen, "profile_update") == "scope_missing"
    assert reason(screen, "service_request") == "scope_missing"
    assert reason(screen, "redeem:r100") == "not_enrolled"


@pytest.mark.requirement("S3")
def test_what_no_system_takes_is_recorded_and_what_none_does_is_disabled(
    shop: ScreenShop,
) -> None:
    shop.open(*READING)

    screen = shop.screen()

    service = action(screen, "service_request")
    assert (service["label"], service["eligible"]) == (
        *("Record a service request for Jane Doe", True),
    )
    assert reason(screen, "profile_update") == "not_configured"


def test_without_a_pseudonym_key_nothing_is_offered_that_needs_a_record(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING, profile={"pseudonym_key": None}, programme=None)

    screen = shop.screen()

    assert reason(screen, "profile_update") == "unavailable"
    assert reason(screen, "service_request") == "unavailable"


@pytest.mark.requirement("S3")
def test_what_is_not_known_is_left_out_and_never_0(shop: ScreenShop) -> None:
    shop.open(*READING)
    shop.answers[DETAILS] = said({"identifier": CUSTOMER})
    shop.answers["orders"] = said([])

    screen = shop.screen()

    assert screen["customer"] == {"identifier": CUSTOMER}
    assert screen["status"] == {"badges": []}
    assert screen["recent_purchases"] == []
    assert screen["purchase_patterns"] == {"purchases_read": 0}
    assert screen["limitations"] == []


def test_a_merchants_own_tiers_and_points_are_shown_where_it_has_no_programme(
    shop: ScreenShop,
) -> None:
    shop.open(*READING, programme=None)
    shop.answers[DETAILS] = said({"identifier": CUSTOMER, "tier": "gold", "points": "310"})

    screen = shop.screen(view="kaching")

    assert screen["status"]["tier"] == {"code": "gold", "label": "Gold"}
    assert screen["status"]["points"] == {"balance": 310, "label": "points"}
    assert screen["customer"]["additional_info"] == "Gold · 310 points"
    assert screen["limitations"] == []
    assert reason(screen, "redeem") == "not_configured"


def test_customers_are_looked_up_by_id_where_there_are_no_details(shop: ScreenShop) -> None:
    lookup = {
        "operation": "customer_lookup",
        "request": {"url": "https://crm.example.com/search", "query": {"q": "{search_term}"}},
    }
    token = shop.gateway.add_tenant("plain", lookup, profile={"name": "Plain"})
    shop.token = token
    shop.answers["search"] = said([{"identifier": "other"}, {"identifier": CUSTOMER, "name": "J"}])

    screen = shop.screen()

    assert screen["customer"] == {"identifier": CUSTOMER, "name": "J"}
    assert [one["code"] for one in screen["limitations"]] == [
        "purchase_history_not_configured",
        "loyalty_not_configured",
    ]
    shop.answers["search"] = said([{"identifier": "other"}])
    assert shop.call("GET").status == 404


@pytest.mark.requirement("S12")
@pytest.mark.parametrize("answer", [said([]), said(None, 204)])
def test_a_customer_whom_the_system_does_not_know_is_not_found(
    shop: ScreenShop, answer: Any
) -> None:
    shop.open(*READING)
    shop.answers[DETAILS] = answer

    found = shop.call("GET")

    assert found.status == 404
    assert found.json()["code"] == "customer_not_found"
    assert found.json()["cashier_message"].startswith("Unable to process - customer not found")


@pytest.mark.requirement("S15")
@pytest.mark.parametrize(
    ("failure", "code", "why"),
    [
        (UpstreamTimeout(), "unavailable", "it did not answer in time"),
        (UpstreamUnreachable(), "unavailable", "it cannot be reached"),
        (UpstreamTlsFailed(), "unavailable", "its connection is not safe"),
        (said({"error": "jane"}, 401), "unavailable", "it refuses the stored credential"),
        (said({"error": "jane"}, 429), "unavailable", "it is busy"),
        (said({"error": "jane"}, 500), "unavailable", "it has a fault"),
        (said({"error": "jane"}, 404), "unavailable", "it did not accept the request"),
        (said("<html>", 200), "unavailable", "its answer could not be used"),
    ],
)
def test_a_part_that_cannot_be_read_is_a_limitation_and_the_rest_is_there(
    shop: ScreenShop, failure: Any, code: str, why: str
) -> None:
    shop.open(*READING)
    shop.earn(50)
    whole = shop.screen()
    shop.answers["orders"] = failure

    screen = shop.screen()

    assert "recent_purchases" not in screen
    (missing,) = screen["limitations"]
    assert missing["code"] == f"purchase_history_{code}"
    assert missing["message"] == f"Purchase history could not be read from Acme CRM: {why}."
    assert screen["customer"] == whole["customer"]
    assert screen["status"] == whole["status"]
    assert screen["purchase_patterns"]["order_count"] == 17


def test_without_its_details_a_customer_still_has_points_and_actions(shop: ScreenShop) -> None:
    shop.open(*READING, *CHANGING)
    shop.earn(1_240)
    shop.answers[DETAILS] = UpstreamTimeout()

    screen = shop.screen(subtotal="449.00")

    assert screen["customer"] == {"identifier": CUSTOMER}
    assert screen["status"]["tier"]["label"] == "Gold"
    assert reason(screen, "redeem:r100") is None
    assert action(screen, "service_request")["label"].endswith("for this customer to Acme CRM")


@pytest.mark.requirement("S15")
def test_without_the_ledger_the_systems_are_still_shown(
    shop: ScreenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.open(*READING)

    def silent(*_asked: object) -> Any:
        raise RecordsUnavailable

    monkeypatch.setattr(shop.gateway.ledger, "get", silent)
    monkeypatch.setattr(shop.gateway.ledger, "entries", silent)

    screen = shop.screen(subtotal="10.00")

    assert screen["customer"]["name"] == "Jane Doe"
    assert "points" not in screen["status"]
    assert [one["code"] for one in screen["limitations"]] == [
        "loyalty_unavailable",
        "interactions_unavailable",
    ]
    assert reason(screen, "redeem") == "unavailable"
    assert reason(screen, "points_adjustment") == "unavailable"


def test_a_record_that_asks_for_what_nobody_says_is_a_limitation(shop: ScreenShop) -> None:
    shop.open("customer_details")
    history = {
        "operation": "purchase_history",
        "request": {"url": "https://crm.example.com/orders", "query": {"since": "{since}"}},
    }
    shop.put("INTEGRATION#purchase_history", history)

    (missing,) = shop.screen()["limitations"]

    assert missing["code"] == "purchase_history_misconfigured"


def test_purchases_that_cannot_be_used_are_counted(shop: ScreenShop) -> None:
    shop.open(*READING)
    shop.answers["orders"] = said([*PURCHASES, {"date": "yesterday"}])

    screen = shop.screen()

    assert len(screen["recent_purchases"]) == 2
    assert screen["limitations"][0]["message"] == (
        "Purchase history from Acme CRM is incomplete: 1 could not be used."
    )


@pytest.mark.requirement("S16")
def test_a_screen_shows_the_fields_that_its_view_allows(shop: ScreenShop) -> None:
    record = {"response": {"fields": {name: name for name in JANE}}}
    shop.open(*READING, profile={"views": {"shopify": ["name", "internal_note", "points"]}})
    details = {**a_screen_record("customer_details"), **record}
    shop.put("INTEGRATION#customer_details", details)

    assert shop.screen(view="shopify")["customer"] == {
        "identifier": CUSTOMER,
        "name": "Jane Doe",
        "internal_note": "pays late",
    }
    assert "internal_note" not in shop.screen(view="kaching")["customer"]


@pytest.mark.requirement("S16")
def test_what_a_view_does_not_allow_is_nowhere_on_the_screen(shop: ScreenShop) -> None:
    shop.open(*READING, profile={"views": {"shopify": ["name"]}}, programme=None)
    shop.answers[DETAILS] = said(JANE | {"tier": "gold", "points": 310})

    narrow, whole = shop.screen(view="shopify"), shop.screen()

    assert whole["status"].keys() == {"tier", "points", "account_balance", "badges"}
    assert narrow["status"] == {"badges": []}
    assert {"order_count", "total_spent"} <= whole["purchase_patterns"].keys()
    assert not {"order_count", "total_spent"} & narrow["purchase_patterns"].keys()
    # Of the purchases that were read, not of all that the system counts.
    assert narrow["purchase_patterns"]["average_purchase"]["amount"] == "274.50"


def test_a_view_does_not_hide_what_the_programme_says(shop: ScreenShop) -> None:
    shop.open(*READING, profile={"views": {"shopify": ["name"]}})
    shop.earn(1_240)

    status = shop.screen(view="shopify")["status"]

    assert (status["tier"]["code"], status["points"]["available"]) == ("gold", 1_240)
    assert "account_balance" not in status


@pytest.mark.parametrize(
    "customer_id", ["a/b", "100%", "gid://shopify/Customer/7001234567", "b64.x", "é ü", "..", "a+b"]
)
def test_a_customers_id_may_hold_anything(shop: ScreenShop, customer_id: str) -> None:
    shop.open(*READING)
    shop.answers[quote(customer_id, safe="")] = said({"identifier": customer_id})

    answer = shop.call("GET", customer_id=customer_id)

    # An id of dots alone cannot be part of an address: the record is at fault, not the customer.
    assert answer.json()["customer"]["identifier"] == customer_id


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"subtotal": "4.495"}, "subtotal"),
        ({"subtotal": "-1"}, "subtotal"),
        ({"subtotal": "1", "currency_code": "dkk"}, "currency_code"),
        ({"view": "toast"}, "view"),
    ],
)
def test_a_basket_that_cannot_be_is_refused(
    shop: ScreenShop, query: dict[str, str], field: str
) -> None:
    shop.open(*READING)

    answer = shop.call("GET", query=query)

    assert (answer.status, answer.json()["field"]) == (400, field)


def test_a_merchant_without_a_profile_has_no_screen(shop: ScreenShop) -> None:
    shop.open(*READING)
    shop.gateway.table.delete_item(
        TableName=TABLE, Key={"pk": {"S": f"LIVE#{shop.tenant_id}#"}, "sk": {"S": "PROFILE"}}
    )

    assert shop.call("GET").json()["code"] == NotConfigured.code


def test_a_suspended_merchant_has_no_screen(shop: ScreenShop) -> None:
    shop.open(*READING, profile={"status": "suspended"})

    answers = [
        shop.call("GET"),
        shop.call("GET", "/interactions"),
        shop.call("PATCH", body={"preferences": {"language": "en"}, "staff_id": "s"}),
    ]

    assert {answer.json()["code"] for answer in answers} == {"tenant_suspended"}
    assert not shop.gateway.requests_sent
