"""What both jobs ask: the merchant's campaigns, and its CRM about a customer."""

import json
import os
from typing import Any
from urllib.parse import urlencode

from bench.gateway import floor


def campaigns(tenant: str) -> Any:
    """The most urgent first."""
    return floor.remembered("campaigns", lambda: _campaigns(tenant))


def details(tenant: str, customer_id: str) -> Any:
    """The customer as the CRM has it."""
    return _results(tenant, "customer_details", {"q": "jane", "id": customer_id})[0]


def orders(tenant: str, customer_id: str) -> Any:
    """The customer's purchases as the CRM has them, the oldest first."""
    return _results(tenant, "purchase_history", {"q": "orders", "id": customer_id})


def _results(tenant: str, operation: str, query: dict[str, str]) -> Any:
    record = floor.remembered(
        operation,
        lambda: floor.stored(floor.tenants(), f"LIVE#{tenant}#", f"INTEGRATION#{operation}"),
    )
    secret = floor.remembered("secret", lambda: floor.secret_of(tenant, record["auth"]["secret"]))
    upstream = floor.pool.request(
        "GET",
        f"{record['request']['url']}?{urlencode(query)}",
        headers={"Accept": "application/json", "Authorization": f"Bearer {secret['value']}"},
        timeout=2.5,
    )
    return json.loads(upstream.data)["data"]["results"]


def _campaigns(tenant: str) -> list[Any]:
    found = floor.aws(
        "dynamodb",
        "DynamoDB_20120810.Query",
        {
            "TableName": os.environ["TENANTS_TABLE"],
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {
                ":pk": {"S": f"LIVE#{tenant}#"},
                ":prefix": {"S": "CAMPAIGN#"},
            },
        },
    )
    content = (floor.plain({"M": item}) for item in found["Items"])
    return sorted(content, key=lambda campaign: -campaign["priority"])
