"""Who has sent a webhook of Shopify's: its app's secret signs it, and the shop is a tenant's."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from tillbridge.domain.shop import Shop, is_shop_domain
from tillbridge.errors import RecordsUnavailable, Unauthorized
from tillbridge.services.app_signatures import AppSignatures
from tillbridge.services.ports import ReadShop

SIGNATURE = "x-shopify-hmac-sha256"
SHOP = "x-shopify-shop-domain"


@dataclass(frozen=True, slots=True)
class ShopifyWebhooks:
    read_shop: ReadShop
    signatures: AppSignatures

    def sender(self, headers: Mapping[str, str], body: bytes) -> Shop:
        """The shop that sent these very bytes; header names in lower case. What its POS's users may
        do does not bear on it: Shopify itself speaks. Raises `Unauthorized`, `RecordUnusable`,
        `RecordsUnavailable` and `SecretUnavailable`."""
        domain, signature = headers.get(SHOP, "").lower(), headers.get(SIGNATURE, "")
        if not signature or not is_shop_domain(domain):
            raise Unauthorized
        shop, remembered = self.read_shop(domain)
        if shop is None:
            raise Unauthorized
        if remembered:
            # It may be another tenant's by now, or nobody's; Shopify sends it again.
            raise RecordsUnavailable
        if not self.signatures.verified(
            shop.client_id, lambda secret: _signed(secret, body, signature)
        ):
            raise Unauthorized
        return shop


def _signed(secret: str, body: bytes, signature: str) -> bool:
    digest = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
    return hmac.compare_digest(digest, signature.encode())
