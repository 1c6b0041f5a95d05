"""Cases for the discount engine: a test names what it is about, or draws them at random."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.result import CampaignOutcome, Evaluation

NOON = "2026-11-25T12:00:00Z"  # a Wednesday
MAX_LINES, MAX_CAMPAIGNS = 100, 200
TAGS = ("socks", "shoes", "sale", "bio")
PRODUCTS = tuple("abcdefgh")


def a_line(
    line_id: str = "1", unit_price_minor: int | Decimal = 1_000, **changes: Any
) -> dict[str, Any]:
    return {
        "id": line_id,
        "product_id": f"product-{line_id}",
        "unit_price_minor": unit_price_minor,
        **changes,
    }


def a_campaign(campaign_id: str = "c", **changes: Any) -> dict[str, Any]:
    """Ten per cent on everything, where nothing else is said."""
    return {"id": campaign_id, "name": campaign_id, "benefit": percentage(1_000), **changes}


def percentage(basis_points: int | Decimal, **changes: Any) -> dict[str, Any]:
    return {"kind": "percentage", "basis_points": basis_points, **changes}


def amount_off(amount_minor: int, per: str = "order") -> dict[str, Any]:
    return {"kind": "amount_off", "amount": {"DKK": amount_minor}, "per": per}


def a_case(
    *lines: dict[str, Any],
    campaigns: tuple[dict[str, Any], ...] | None = None,
    basket: dict[str, Any] | None = None,
    **changes: Any,
) -> Case:
    """One line of 10.00 DKK and one campaign, where nothing else is said."""
    return Case.model_validate(
        {
            "basket": {"currency": "DKK", "lines": lines or (a_line(),), **(basket or {})},
            "campaigns": (a_campaign(),) if campaigns is None else campaigns,
            "as_of": NOON,
            **changes,
        }
    )


def outcome_of(case: Case, campaign_id: str = "c") -> CampaignOutcome:
    return next(c for c in evaluate(case).campaigns if c.campaign_id == campaign_id)


def line_discounts(result: Evaluation) -> dict[str, int]:
    return {line.line_id: line.discount_minor for line in result.lines}


@st.composite
def cases(
    draw: st.DrawFn, *, strategy: str | None = None, campaigns: int = MAX_CAMPAIGNS
) -> dict[str, Any]:
    """A case as JSON. Sizes are drawn, and shrink; what fills them comes of one drawn seed, which
    is many times faster than to draw each field."""
    line_count = draw(st.one_of(st.integers(0, 6), st.integers(0, MAX_LINES)))
    small = min(6, campaigns)
    campaign_count = draw(st.one_of(st.integers(0, small), st.integers(0, campaigns)))
    rng = random.Random(draw(st.integers(0, 2**32)))
    return {
        "basket": {
            "currency": rng.choice(("DKK", "JPY", "JOD")),
            "prices_include_tax": rng.random() < 0.5,
            "codes": rng.sample(("SPRING", "vip"), rng.randint(0, 2)),
            "lines": [_line(rng, at) for at in range(line_count)],
        },
        "customer": rng.choice((None, _customer(rng))),
        "campaigns": [_campaign(rng, at) for at in range(campaign_count)],
        "settings": {
            "strategy": strategy or rng.choice(("priority", "best_for_customer")),
            "remainder": rng.choice(("largest", "first", "last")),
            "search_limit": rng.choice((10, 100, 300)),
        },
        "as_of": NOON,
    }


def _line(rng: random.Random, at: int) -> dict[str, Any]:
    weighed = rng.random() < 0.2
    return {
        "id": f"l{at}",
        "product_id": rng.choice(PRODUCTS),
        "tags": rng.sample(TAGS, rng.randint(0, 2)),
        "unit_price_minor": rng.choice((0, 1, 333, 999, 1_000, rng.randint(0, 100_000))),
        "quantity": f"{rng.randint(1, 2_999) / 1_000:.3f}" if weighed else rng.randint(1, 5),
        "gift_card": rng.random() < 0.05,
        "discounted": rng.random() < 0.1,
        "returned": rng.random() < 0.05,
    }


def _customer(rng: random.Random) -> dict[str, Any]:
    orders = [{"at": "2026-10-01T10:00:00Z", "total_minor": 5_000}] * rng.randint(0, 3)
    return {
        "id": "jane",
        "tier": rng.choice((None, "silver", "gold")),
        "history": rng.choice((None, {"orders": orders})),
    }


def _amounts(rng: random.Random, most: int) -> dict[str, int]:
    return {currency: rng.randint(0, most) for currency in ("DKK", "JPY", "JOD")}


def _selector(rng: random.Random) -> dict[str, Any]:
    return rng.choice(
        (
            {},
            {"tags": [rng.choice(TAGS)]},
            {"products": rng.sample(PRODUCTS, 2)},
            {"exclude_tags": [rng.choice(TAGS)], "exclude_discounted": True},
            {"min_unit_price": _amounts(rng, 2_000)},
        )
    )


def _line_benefit(rng: random.Random) -> dict[str, Any]:
    makes: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: percentage(
            rng.choice((1, 333, 1_000, 5_000, 10_000)), base=rng.choice(("running", "original"))
        ),
        lambda: {
            "kind": "amount_off",
            "amount": _amounts(rng, 5_000),
            "per": rng.choice(("order", "line", "unit")),
        },
        lambda: {"kind": "new_unit_price", "price": _amounts(rng, 1_500)},
    )
    return rng.choice(makes)()


def _benefit(rng: random.Random) -> dict[str, Any]:
    buy = rng.randint(1, 3)
    picked = rng.choice(("cheapest", "dearest"))
    part = {"selector": _selector(rng), "quantity": rng.randint(1, 2)}
    tiers = [{"at_least_quantity": n, "benefit": _line_benefit(rng)} for n in (1, 3)]
    others = (
        {"kind": "buy_x_get_y", "buy": buy, "get": rng.randint(1, 2), "pick": picked},
        {"kind": "buy_x_get_y", "buy": buy, "get": 1, "get_selector": _selector(rng)},
        {"kind": "n_for_m", "n": buy + 1, "m": buy, "pick": picked},
        {"kind": "bundle_price", "parts": [part, part], "price": _amounts(rng, 3_000)},
        {"kind": "tiered", "by": "quantity", "tiers": tiers},
        {"kind": "free_product", "product_id": rng.choice(PRODUCTS)},
    )
    return rng.choice((_line_benefit(rng), rng.choice(others)))


def _condition(rng: random.Random) -> dict[str, Any] | None:
    of = [
        {"kind": "customer_present"},
        {"kind": "tier", "any_of": ["gold"]},
        {"kind": "order_count", "at_least": 2},
        {"kind": "code", "any_of": ["VIP"]},
        {"kind": "basket_subtotal", "at_least": _amounts(rng, 20_000)},
        {"kind": "item_count", "at_least": rng.randint(0, 9)},
    ]
    picked = rng.sample(of, 2)
    choices: tuple[Any, ...] = (
        None,
        None,
        picked[0],
        {"kind": rng.choice(("all", "any")), "of": picked},
        {"kind": "not", "of": picked[0]},
    )
    picked_one: dict[str, Any] | None = rng.choice(choices)
    return picked_one


def _campaign(rng: random.Random, at: int) -> dict[str, Any]:
    caps = {
        "max_amount": rng.choice((None, None, _amounts(rng, 3_000))),
        "max_units": rng.choice((None, None, rng.randint(1, 4))),
        "floor_unit_price": rng.choice((None, None, _amounts(rng, 900))),
    }
    limits = [{"spend": _amounts(rng, 9_000)}] if rng.random() < 0.1 else []
    return {
        "id": f"c{at}",
        "name": f"Campaign {at}",
        "priority": rng.randint(0, 3),
        "condition": _condition(rng),
        "selector": _selector(rng),
        "benefit": _benefit(rng),
        "caps": caps if rng.random() < 0.4 else {},
        "limits": limits,
        "combination": {
            "exclusive": rng.random() < 0.04,
            "exclusive_lines": rng.random() < 0.2,
            "group": rng.choice((None, None, "g1", "g2")),
        },
    }
