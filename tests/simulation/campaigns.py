"""The campaigns of every merchant in the simulator: each limited in another way, so that sales race
for the last of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.applications import limited
from tests.support.discounts import a_campaign, percentage
from tillbridge.domain.ledger.writes import Key

# The first of its items may count 1,002 uses and each of seven others one. Of all but three,
# somebody has had the good before the simulator begins.
_LARGE = 1_009
_LARGE_BEFORE = (1_001, 1, 1, 1, 1, 1)

_SHOES = {"tags": ["shoes"]}
CAMPAIGNS: tuple[Mapping[str, Any], ...] = (
    a_campaign("ten", priority=9, benefit=percentage(1_000)),
    limited("last", uses=2),
    limited("large", off_minor=10, uses=_LARGE),
    {**limited("shoes", uses=3), "selector": _SHOES, "on_return": "keep"},
    limited("each", off_minor=50, scope="customer", period="day", uses=1),
    a_campaign("budget", benefit=percentage(1_000), limits=[{"spend": {"DKK": 500}}]),
    a_campaign(
        "both",
        benefit=percentage(500),
        limits=[{"uses": 4}, {"period": "week", "spend": {"DKK": 300}}],
    ),
)
# By attribute of a counter. What is limited in two ways has two counters, one limit each.
LIMITS: Mapping[str, Mapping[str, int]] = {
    "last": {"uses": 2},
    "large": {"uses": _LARGE},
    "shoes": {"uses": 3},
    "each": {"uses": 1},
    "budget": {"spent_DKK": 500},
    "both": {},
}


def counted_before(tenants: Iterable[str]) -> dict[Key, dict[str, Any]]:
    """Counters as they are in the beginning."""
    return {
        Key(f"T#{tenant}#U#large#ever#{number}", "U"): {"uses": uses, "spent_DKK": 10 * uses}
        for tenant in tenants
        for number, uses in enumerate(_LARGE_BEFORE)
    }
