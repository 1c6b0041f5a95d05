"""What the intake of sales runs on: the queue, and for Shopify's webhooks the shops and their app's
secrets. It reads nothing of a tenant's: what the till was told is stored must not hang on that."""

from functools import cache

from tillbridge.adapters.app_secrets import AppSecrets
from tillbridge.adapters.dynamodb import dynamodb_client
from tillbridge.adapters.sale_queue import SaleQueue, sqs_client
from tillbridge.adapters.secrets import secrets_manager_client
from tillbridge.adapters.shops import Shops
from tillbridge.entrypoint.settings import settings
from tillbridge.services.app_signatures import AppSignatures
from tillbridge.services.shopify_webhooks import ShopifyWebhooks
from tillbridge.services.take_sales import TakeSales


@cache
def take_sales() -> TakeSales:
    return TakeSales(SaleQueue(sqs_client(), settings().sale_queue_url).send)


@cache
def shopify_webhooks() -> ShopifyWebhooks:
    secrets = AppSecrets(secrets_manager_client(), settings().shopify_apps_secret)
    shops = Shops(dynamodb_client(), settings().tenants_table)
    return ShopifyWebhooks(shops.read, AppSignatures(secrets.read))
