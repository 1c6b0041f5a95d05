"""The customer's screen, one part after another: the whole of the app's answer. Left out: what it
says when a part cannot be read, other currencies and time zones, views, tiers and rewards."""

import os
import time
from typing import Any

from bench.gateway import floor
from bench.gateway.floors import merchant

_NO_BASKET = {
    "code": "no_basket",
    "message": "Start a sale first: discounts are given in one.",
    "facts": {},
}
# By the kind of a campaign's condition: those that ask for the customer or for a code.
_WHY_NOT: dict[str, Any] = {
    "customer_present": _NO_BASKET,
    "code": {
        "code": "code_missing",
        "message": "Needs a code that was not entered.",
        "facts": {},
    },
    "tier": {
        "code": "tier_unknown",
        "message": "The customer's tier is not known.",
        "facts": {},
    },
    "birthday": {
        "code": "birthday_unknown",
        "message": "The customer's birthday is not known.",
        "facts": {},
    },
    "nth_order": {
        "code": "history_unavailable",
        "message": "The customer's purchase history (order_count) could not be read.",
        "facts": {"needs": "order_count"},
    },
}


def handle(event: Any, _context: Any) -> Any:
    started = time.monotonic()
    caller = event["requestContext"]["authorizer"]
    tenant = caller["tenant_id"]
    customer_id = event["pathParameters"]["customer_id"]
    currency = event["queryStringParameters"]["currency_code"]
    one = merchant.details(tenant, customer_id)
    orders = merchant.orders(tenant, customer_id)
    account, interactions = _kept_by_us(tenant, customer_id)
    orders.sort(key=lambda order: order["created"], reverse=True)
    spent = sum(_minor(order["amount"]) for order in orders)
    answer = {
        "customer": _customer(one),
        "status": _status(one, account, currency),
        "recent_purchases": [_purchase(order) for order in orders[:5]],
        "purchase_patterns": {
            "last_purchase": orders[0]["created"][:10],
            "average_purchase": _money((2 * spent + len(orders)) // (2 * len(orders)), currency),
            "purchases_read": len(orders),
        },
        "actions": _actions(customer_id, one["full_name"], merchant.campaigns(tenant), caller),
        "recent_interactions": interactions,
        "limitations": [],
    }
    return floor.answered(event, 200, answer, started)


def _kept_by_us(tenant: str, customer_id: str) -> tuple[Any, list[Any]]:
    """The account, and what was done for the customer last, with points and without."""
    profile = floor.remembered(
        "profile", lambda: floor.stored(floor.tenants(), f"LIVE#{tenant}#", "PROFILE")
    )
    account_id = floor.account_of(profile, customer_id)
    table, pk = os.environ["LEDGER_TABLE"], f"T#{tenant}#A#{account_id}"
    account = floor.stored(table, pk, "ACCT", consistent=True)
    done = [*_latest(table, pk), *_latest(table, f"T#{tenant}#C#{account_id}")]
    done.sort(key=lambda item: item["at"]["S"], reverse=True)
    return account, [_interaction(item) for item in done[:5]]


def _latest(table: str, pk: str) -> Any:
    asked = {
        "TableName": table,
        "IndexName": "by-time",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ScanIndexForward": False,
        "ConsistentRead": True,
        "Limit": 5,
    }
    return floor.aws("dynamodb", "DynamoDB_20120810.Query", asked)["Items"]


def _interaction(item: Any) -> Any:
    return {
        "id": item["sk"]["S"],
        "kind": item["kind"]["S"],
        "at": item["at"]["S"],
        "result": "done",
        "actor": item["actor"]["S"],
        "store_id": item["store_id"]["S"],
        "points": int(item["delta"]["N"]),
        "order_ref": item["order_ref"]["S"],
    }


def _customer(one: Any) -> Any:
    return {
        "identifier": one["id"],
        "name": one["full_name"],
        "street": one["address"]["street"],
        "city": one["address"]["city"],
        "postal_code": one["address"]["zip"],
        "country_code": one["address"]["country"],
        "phone": one["phone"],
        "email": one["email"],
        "balance": {
            "identifier": one["account"]["no"],
            "balance": round(one["account"]["amount"], 2),
        },
    }


def _status(one: Any, account: Any, currency: str) -> Any:
    available, held, debt = account["avail"], account["held"], account["debt"]
    balance = available + held - debt
    return {
        "points": {"balance": balance, "available": available, "label": "points"},
        "expiring": [
            {"points": account["lots"][day], "expires_on": day}
            for day in sorted(account["lots"])[:3]
        ],
        "account_balance": _money(_minor(one["account"]["amount"]), currency),
        "badges": [],
    }


def _purchase(order: Any) -> Any:
    return {
        "date": order["created"][:10],
        "total": _money(_minor(order["amount"]), order["currency"]),
        "items": order["items"],
        "reference": order["no"],
    }


def _minor(amount: float) -> int:
    return round(amount * 100)


def _money(amount_minor: int, currency: str) -> Any:
    return {"amount": f"{amount_minor / 100:.2f}", "currency_code": currency}


def _actions(customer_id: str, name: str, campaigns: list[Any], caller: Any) -> list[Any]:
    reason = {
        "code": "no_basket",
        "message": "Start a sale first: points are used in one.",
        "facts": {},
    }
    body = {"customer_id": customer_id, "customer_name": name}
    call = _call("POST", "/v1/redemptions", body)
    redeem = _action("redeem", "redemption", f"Redeem points for {name}", reason, call)
    offers = [_offer(one, customer_id, name) for one in campaigns if _is_personal(one)]
    offers.sort(key=lambda offer: offer["reason"]["code"] != "no_basket")
    return [redeem, *offers, *_services(customer_id, name, caller["scopes"].split())]


def _is_personal(campaign: Any) -> bool:
    return campaign.get("condition", {}).get("kind") in _WHY_NOT


def _offer(campaign: Any, customer_id: str, name: str) -> Any:
    kind, benefit = campaign["condition"]["kind"], campaign["benefit"]
    match benefit["kind"]:
        case "percentage":
            gives = f"{benefit['basis_points'] // 100}% off"
        case "amount_off":
            gives = f"{benefit['amount']['DKK'] / 100:.2f} DKK off"
        case _:
            gives = f"{benefit['price']['DKK'] / 100:.2f} DKK each"
    body = {"customer": {"id": customer_id}, "customer_name": name}
    label = f"Apply {campaign['display_name']}: {gives}"
    call = _call("POST", "/v1/discounts/applications", body)
    return _action(f"discount:{campaign['id']}", "discount", label, _WHY_NOT[kind], call)


def _services(customer_id: str, name: str, scopes: list[str]) -> list[Any]:
    path, body = f"/v1/customers/{customer_id}", {"customer_name": name}
    services = (
        (
            "points_adjustment",
            "adjust",
            f"Add or take points of {name} by hand",
            _call("POST", f"{path}/points/adjustments", body),
        ),
        (
            "profile_update",
            "service",
            f"Update preferences and consent of {name}",
            _call("PATCH", path, body),
        ),
        (
            "service_request",
            "service",
            f"Record a service request for {name}",
            _call("POST", f"{path}/service-requests", body),
        ),
    )
    return [
        _action(kind, kind, label, None if scope in scopes else _not_allowed(scope), call)
        for kind, scope, label, call in services
    ]


def _not_allowed(scope: str) -> Any:
    message = "This till is not allowed to do that."
    return {"code": "scope_missing", "message": message, "facts": {"scope": scope}}


def _call(method: str, path: str, body: Any) -> Any:
    return {"method": method, "path": path, "body": body, "needs_key": True}


def _action(name: str, kind: str, label: str, reason: Any, call: Any) -> Any:
    action = {"id": name, "kind": kind, "label": label, "eligible": reason is None, "call": call}
    return action if reason is None else action | {"reason": reason}
