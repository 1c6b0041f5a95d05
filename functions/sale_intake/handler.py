"""Sale intake: what a POS says of its sales, into the queue."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.sale_formats import kaching
from tillbridge.domain.sale_formats.plain import ReportedSale
from tillbridge.entrypoint.api import Answer, Api, Request
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.sales import (
    KACHING,
    SALES,
    SHOPIFY,
    accepted,
    delivery_id,
    exported_sales,
    sender_of,
    shopify_document,
)
from tillbridge.entrypoint.wiring.sale_intake import shopify_webhooks, take_sales
from tillbridge.services.take_sales import Sender

api = Api()


@api.operation("POST", "/v1/sales", input=ReportedSale, **SALES)
def report_sale(request: Request[ReportedSale]) -> Answer:
    """Report a sale that is over, or what came back of one.

    It is answered once it is stored, and counted soon after: points are earned and taken back, and
    those held for the sale are captured. Send it again as often as needed, in any order.
    """
    taken = take_sales().reported(sender_of(request.caller), request.input, request.deadline)
    return accepted(taken)


@api.operation("POST", "/v1/webhooks/kaching/sales", **KACHING)
def take_export(request: Request[None]) -> Answer:
    """Take in sales of Ka-ching's export: an object with a member for each."""
    sales = exported_sales(request.body)
    take_sales().documents(sender_of(request.caller), kaching.FORMAT, sales, request.deadline)
    return Answer(None)


@api.operation("POST", "/v1/webhooks/shopify/{topic}", **SHOPIFY)
def take_webhook(request: Request[None]) -> Answer:
    """Take in a webhook of Shopify's: `orders-paid`, `orders-cancelled` or `refunds-create`.

    No key: `X-Shopify-Hmac-Sha256` signs the body with the app's secret.
    """
    shop = shopify_webhooks().sender(request.headers, request.body)
    format_, document = shopify_document(request.path["topic"], request.headers, request.body)
    principal = f"shopify/{shop.domain}"
    sender = Sender(shop.tenant_id, principal, shop.domain, delivery_id(request.headers))
    take_sales().documents(sender, format_, [document], request.deadline)
    return Answer(None)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)
