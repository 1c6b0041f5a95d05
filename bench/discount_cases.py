"""The calls that the discount benchmark measures; run as a program, counts their instructions."""

from collections.abc import Callable

from bench.baskets import Campaign, Case, case, growth_case
from bench.floor import bare_double_loop
from bench.instructions import count_calls
from tillbridge.domain.discounts.case import Case as EngineCase
from tillbridge.domain.discounts.compiled import compile_campaigns
from tillbridge.domain.discounts.engine import decide
from tillbridge.domain.discounts.receipt import answer
from tillbridge.domain.discounts.result import Evaluation

CURRENCY = "GBP"
# Lines, campaigns, and how many of the campaigns are about goods in the basket.
SIZES = ((10, 20, 3), (50, 200, 16), (200, 500, 66))
GROWTH_LINES = (25, 50, 100, 200)
GROWTH_CAMPAIGNS = (10, 20, 40)
OTHER_CAMPAIGNS = (100, 200, 400, 800)
TIMES = 10

# How often a call is made for one measurement.
Calls = dict[str, tuple[Callable[[], object], int]]


def calls() -> Calls:
    """Every measurement by its name."""
    measured: Calls = {}
    for size in SIZES:
        one = case(*size)
        measured[f"loop {one.name}"] = bare_double_loop(one), TIMES
        measured[f"engine {one.name}"] = engine_call(one), TIMES
        measured[f"answer {one.name}"] = _answer_call(one), 2
        measured[f"loop again {one.name}"] = bare_double_loop(one), TIMES
    for lines in GROWTH_LINES:
        for campaigns in GROWTH_CAMPAIGNS:
            grown = engine_call(growth_case(lines, campaigns))
            measured[f"growth {lines} x {campaigns}"] = grown, 2
    for campaigns in OTHER_CAMPAIGNS:
        measured[f"others {campaigns}"] = engine_call(case(50, campaigns, 16)), TIMES
    return measured


def engine_call(one: Case) -> Callable[[], Evaluation]:
    """A decision, reasons included, with campaigns that were compiled before, as a warm function
    has them; the basket is indexed every time."""
    read = _read(one)
    ready = compile_campaigns(read.campaigns, CURRENCY)
    return lambda: decide(read, ready)


def _answer_call(one: Case) -> Callable[[], object]:
    read = _read(one)
    return lambda: answer(read)


def _read(one: Case) -> EngineCase:
    highest = len(one.campaigns)
    return EngineCase.model_validate(
        {
            "basket": {
                "currency": CURRENCY,
                "lines": [
                    {
                        "id": line.id,
                        "product_id": line.id,
                        "tags": [line.tag],
                        "unit_price_minor": line.unit_price_minor,
                        "quantity": line.quantity,
                    }
                    for line in one.lines
                ],
            },
            "campaigns": [
                {
                    "id": campaign.id,
                    "name": campaign.id,
                    "priority": highest - position,
                    "selector": {"tags": [campaign.tag]},
                    "benefit": _benefit(campaign),
                }
                for position, campaign in enumerate(one.campaigns)
            ],
            "as_of": "2026-11-25T12:00:00Z",
        }
    )


def _benefit(campaign: Campaign) -> dict[str, object]:
    match campaign.kind:
        case "percentage":
            return {"kind": "percentage", "basis_points": campaign.value}
        case "multibuy":
            return {"kind": "n_for_m", "n": campaign.value, "m": campaign.value - 1}
        case "amount":
            return {"kind": "amount_off", "amount": {CURRENCY: campaign.value}}


if __name__ == "__main__":
    count_calls(calls())
