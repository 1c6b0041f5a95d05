"""docs/discount-cases.md says what the engine reads and answers."""

import json
import re
from typing import Any

from local.template import ROOT
from tests.support.discounts import a_campaign, a_case, a_line, amount_off
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.receipt import answer
from tillbridge.domain.discounts.returns import Return, give_back, kept_of

PAGE = (ROOT / "docs" / "discount-cases.md").read_text()
EXAMPLE = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)


def members(answered: Any) -> set[str]:
    """Every member's name at any depth, but for names that are ids."""
    if isinstance(answered, list):
        return {name for item in answered for name in members(item)}
    if not isinstance(answered, dict):
        return set()
    nested = {name for value in answered.values() for name in members(value)}
    return {name for name in answered if name != "c"} | nested


def test_every_member_of_a_result_is_named() -> None:
    limited = a_campaign(limits=[{"uses": 1}], benefit=amount_off(10))
    case = a_case(a_line("1", quantity=2), campaigns=(limited,))
    back = Return.model_validate(
        {
            "basket": case.basket,
            "kept": kept_of(case.basket, evaluate(case)),
            "returned": [{"line_id": "1", "quantity": 1}],
        }
    )

    named = set(re.findall(r"`(\w+)`", PAGE))

    assert members(answer(case)) | members(give_back(back).as_json()) <= named


def test_the_example_is_a_case_that_gives_what_it_shows() -> None:
    assert EXAMPLE is not None
    result = evaluate(Case.model_validate(json.loads(EXAMPLE[1])))

    assert {c.campaign_id: c.discount_minor for c in result.campaigns} == {
        "gold": 2_157,
        "socks": 4_410,
    }
