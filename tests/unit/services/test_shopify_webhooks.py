"""Who has sent a webhook: forged, replayed with another body, and re-encoded ones are nobody's."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.fakes import FakeAppSecrets, FakeShops
from tillbridge.domain.caller import Scope
from tillbridge.domain.shop import Shop
from tillbridge.errors import RecordsUnavailable, SecretUnavailable, Unauthorized
from tillbridge.services.app_signatures import AppSignatures
from tillbridge.services.shopify_webhooks import ShopifyWebhooks

DOMAIN = "acme.myshopify.com"
SHOP = Shop(DOMAIN, "acme", "app")
NEW, BEFORE, RETIRED = ("shpss_" + digit * 32 for digit in "abc")
BODY = b'{"id": 820982911946154508, "note": "caf\\u00e9", "total": 10.0}'


def signature(body: bytes = BODY, secret: str = NEW) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(**changes: str) -> dict[str, str]:
    given = {"x-shopify-shop-domain": DOMAIN, "x-shopify-hmac-sha256": signature()}
    return {**given, **{f"x-shopify-{name}": value for name, value in changes.items()}}


@pytest.fixture
def webhooks() -> ShopifyWebhooks:
    shops = FakeShops({DOMAIN: SHOP, "secretless.myshopify.com": Shop("s", "acme", "other")})
    return ShopifyWebhooks(shops, AppSignatures(FakeAppSecrets({"app": (NEW, BEFORE)})))


def test_a_webhook_is_the_shops_whose_apps_secret_signs_it(webhooks: ShopifyWebhooks) -> None:
    assert webhooks.sender(headers(), BODY) == SHOP


def test_both_of_an_apps_live_secrets_sign(webhooks: ShopifyWebhooks) -> None:
    old = headers(**{"hmac-sha256": signature(secret=BEFORE)})
    assert webhooks.sender(old, BODY) == SHOP


def test_a_domain_is_compared_without_case(webhooks: ShopifyWebhooks) -> None:
    assert webhooks.sender(headers(**{"shop-domain": "Acme.MyShopify.com"}), BODY) == SHOP


REENCODED = [
    json.dumps(json.loads(BODY), ensure_ascii=False).encode(),
    BODY.replace(b" ", b""),
    BODY + b"\n",
    b"\xef\xbb\xbf" + BODY,
    BODY.replace(b"10.0", b"10"),
    b"",
]


@pytest.mark.parametrize("body", REENCODED)
def test_the_same_document_in_other_bytes_is_not_signed(
    webhooks: ShopifyWebhooks, body: bytes
) -> None:
    assert body != BODY
    with pytest.raises(Unauthorized):
        webhooks.sender(headers(), body)


@pytest.mark.parametrize(
    "changes",
    [
        {"hmac-sha256": ""},
        {"hmac-sha256": signature(secret=RETIRED)},
        {"hmac-sha256": signature().lower()},
        {"hmac-sha256": signature().rstrip("=")},
        {"hmac-sha256": hmac.new(NEW.encode(), BODY, hashlib.sha256).hexdigest()},
        {"hmac-sha256": "å" * 44},
        {"shop-domain": ""},
        {"shop-domain": "nobodys.myshopify.com"},
        {"shop-domain": "acme.example.com"},
    ],
)
def test_what_nobody_signed_is_nobodys(webhooks: ShopifyWebhooks, changes: Any) -> None:
    with pytest.raises(Unauthorized):
        webhooks.sender(headers(**changes), BODY)


def test_a_shop_whose_app_is_not_here_is_a_fault_of_the_deployment(
    webhooks: ShopifyWebhooks,
) -> None:
    with pytest.raises(SecretUnavailable):
        webhooks.sender(headers(**{"shop-domain": "secretless.myshopify.com"}), BODY)


def test_a_shop_that_is_only_remembered_moves_nothing(webhooks: ShopifyWebhooks) -> None:
    """Whose it is may have changed since."""
    remembered = replace(webhooks, read_shop=FakeShops({DOMAIN: SHOP}, remembered=True))
    with pytest.raises(RecordsUnavailable):
        remembered.sender(headers(), BODY)


def test_what_a_shops_pos_may_do_does_not_bear_on_what_shopify_reports() -> None:
    shop = Shop(DOMAIN, "acme", "app", frozenset({Scope.LOOKUP}))
    signatures = AppSignatures(FakeAppSecrets({"app": (NEW,)}))
    webhooks = ShopifyWebhooks(FakeShops({DOMAIN: shop}), signatures)
    assert webhooks.sender(headers(), BODY) == shop
