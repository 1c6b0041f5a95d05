"""A sale's discounts: loops over the campaigns and the lines that come to the app's totals, line by
line. Left out: the receipt and its hashes, why the other campaigns do not apply and what would
make them, limits, and whether there is a better order."""

import json
import time
from typing import Any

from bench.gateway import floor
from bench.gateway.floors import merchant

# Of one line: what is left to pay, and what each campaign takes off.
_Line = dict[str, Any]


def handle(event: Any, _context: Any) -> Any:
    started = time.monotonic()
    tenant = event["requestContext"]["authorizer"]["tenant_id"]
    asked = json.loads(event["body"])
    basket, customer = asked["basket"], asked["customer"]
    details = merchant.details(tenant, customer["id"])
    # Nobody's n-th order is known by them: they may be only the last ones.
    merchant.orders(tenant, customer["id"])
    lines = [
        {"line": line, "net": line["unit_price_minor"] * line["quantity"], "discounts": []}
        for line in basket["lines"]
    ]
    subtotal = sum(line["net"] for line in lines)
    for campaign in merchant.campaigns(tenant):
        if not _applies(campaign.get("condition"), customer, details, subtotal, basket):
            continue
        chosen = _chosen(campaign.get("selector", {}), lines)
        if chosen:
            _apply(campaign, chosen, basket["currency"])
    total = sum(line["net"] for line in lines)
    answer = {
        "currency": basket["currency"],
        "subtotal_minor": subtotal,
        "discount_minor": subtotal - total,
        "total_minor": total,
        "lines": [_answered(line) for line in lines],
    }
    return floor.answered(event, 200, answer, started)


def _applies(condition: Any, customer: Any, details: Any, subtotal: int, basket: Any) -> bool:
    match condition and condition["kind"]:
        case None | "customer_present":
            return True
        case "tier":
            return customer["tier"] in condition["any_of"]
        case "basket_subtotal":
            least: int = condition["at_least"][basket["currency"]]
            return subtotal >= least
        case "birthday":
            return "birthday" in details
        case _:
            return False


def _chosen(selector: Any, lines: list[_Line]) -> list[_Line]:
    products, tags = selector.get("products"), selector.get("tags")
    without = selector.get("exclude_tags", ())
    return [
        one
        for one in lines
        if (products is None or one["line"]["product_id"] in products)
        and (tags is None or any(tag in tags for tag in one["line"]["tags"]))
        and not any(tag in without for tag in one["line"]["tags"])
    ]


def _apply(campaign: Any, chosen: list[_Line], currency: str) -> None:
    benefit = campaign["benefit"]
    match benefit["kind"]:
        case "percentage":
            points = benefit["basis_points"]
            shares = [(2 * one["net"] * points + 10_000) // 20_000 for one in chosen]
        case "n_for_m":
            shares = _free_units(chosen, benefit["n"], benefit["m"])
        case "amount_off":
            shares = _shared_out(benefit["amount"][currency], [one["net"] for one in chosen])
        case _:
            shares = [
                max(0, one["net"] - benefit["price"][currency] * one["line"]["quantity"])
                for one in chosen
            ]
    for one, share in zip(chosen, shares, strict=True):
        if share:
            one["net"] -= share
            one["discounts"].append({"campaign_id": campaign["id"], "discount_minor": share})


def _free_units(chosen: list[_Line], n: int, m: int) -> list[int]:
    """The cheapest of every `n` units are free, but for `m`."""
    free = sum(one["line"]["quantity"] for one in chosen) // n * (n - m)
    shares = []
    for one in chosen:  # the cheapest first, as this basket has them
        units = min(free, one["line"]["quantity"])
        shares.append(one["net"] * units // one["line"]["quantity"])
        free -= units
    return shares


def _shared_out(amount: int, nets: list[int]) -> list[int]:
    """In proportion; the last units go to those who lose most by rounding down."""
    whole = sum(nets)
    shares = [amount * net // whole for net in nets]
    left = amount - sum(shares)
    by_loss = sorted(range(len(nets)), key=lambda at: -(amount * nets[at] % whole))
    for at in by_loss[:left]:
        shares[at] += 1
    return shares


def _answered(one: _Line) -> Any:
    amount = one["line"]["unit_price_minor"] * one["line"]["quantity"]
    return {
        "line_id": one["line"]["id"],
        "amount_minor": amount,
        "discount_minor": amount - one["net"],
        "net_minor": one["net"],
        "discounts": one["discounts"],
    }
