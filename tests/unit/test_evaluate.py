"""`python -m tillbridge.evaluate`: cases in, results out."""

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.discounts import NOON, a_campaign, a_line
from tillbridge.evaluate import MALFORMED, main


def a_stored_case(**changes: Any) -> dict[str, Any]:
    basket = {"currency": "DKK", "lines": [a_line()]}
    return {"basket": basket, "campaigns": [a_campaign()], "as_of": NOON, **changes}


def evaluated(document: Any) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    text = document if isinstance(document, str) else json.dumps(document)
    out, faults = io.StringIO(), io.StringIO()
    return main(io.StringIO(text), out, faults), out.getvalue(), faults.getvalue()


def result_of(document: Any) -> Any:
    status, out, faults = evaluated(document)
    assert (status, faults) == (0, "")
    return json.loads(out)


def test_a_case_gives_its_result() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tillbridge.evaluate"],
        input=json.dumps(a_stored_case()),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(run.stdout)["total_minor"] == 900


def test_a_list_of_cases_gives_a_list() -> None:
    results = result_of([a_stored_case(), a_stored_case(campaigns=[])])

    assert [result["discount_minor"] for result in results] == [100, 0]


def test_the_same_case_gives_the_same_bytes() -> None:
    assert evaluated(a_stored_case())[1] == evaluated(a_stored_case())[1]


def test_another_instant_or_campaign_is_another_decision() -> None:
    cases = (
        a_stored_case(),
        a_stored_case(as_of="2026-11-25T12:00:01Z"),
        a_stored_case(campaigns=[a_campaign(priority=1)]),
    )

    assert len({result_of(case)["receipt"]["decision_id"] for case in cases}) == len(cases)


def test_a_quantity_keeps_its_decimals() -> None:
    line = '{"id": "1", "product_id": "p", "unit_price_minor": 100000, "quantity": 0.145}'
    case = f'{{"basket": {{"currency": "DKK", "lines": [{line}]}}, "as_of": "{NOON}"}}'

    assert result_of(case)["subtotal_minor"] == 14_500


def test_a_return_gives_back() -> None:
    sold = a_stored_case()["basket"]
    kept = [{"line_id": "1", "quantity": 1, "paid_minor": 900, "discounts": {"c": 100}}]
    back = {"basket": sold, "kept": kept, "returned": [{"line_id": "1", "quantity": 1}]}

    assert result_of(back)["lines"] == [
        {"line_id": "1", "refund_minor": 900, "computed_minor": 900, "discounts": {"c": 100}}
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{", "expected a case, or a list of cases, in JSON"),
        ([a_stored_case(), {}], "1.basket: Field required"),
        ([5], "0: Input should be"),
        (a_stored_case(as_of="2026-11-25T12:00:00"), "as_of: Input should have timezone info"),
        (a_stored_case(colour="red"), "colour: There is no such member"),
        (
            a_stored_case(campaigns=[a_campaign(benefit={"kind": "gift"})]),
            "campaigns.0.benefit: 'kind' is not 'percentage'",
        ),
        (
            a_stored_case(campaigns=[a_campaign(priority=True)]),
            "campaigns.0.priority: Value error, write an exact number",
        ),
        (
            a_stored_case(basket={"currency": "DKK", "lines": [a_line("1", -1)]}),
            "basket.lines.0.unit_price_minor: Input should be greater than or equal to 0",
        ),
        (
            a_stored_case(basket={"currency": "DKK", "lines": [a_line("1", 10**12, quantity=2)]}),
            "basket.lines.0: Value error, price times quantity is more than 1000000000000",
        ),
        (
            a_stored_case(basket={"currency": "DKK", "lines": [a_line(), a_line()]}),
            "basket.lines: Value error, every id must be there once only",
        ),
        (
            a_stored_case(campaigns=[a_campaign(active={"hours": [{"from": "10:00Z"}]})]),
            "campaigns.0.active.hours.0.from: Value error, write a time of the day without",
        ),
        (
            a_stored_case(campaigns=[a_campaign(active={"hours": [{"until": 36_000}]})]),
            "campaigns.0.active.hours.0.until: Value error, write a time of the day without",
        ),
        (
            {
                "basket": {"currency": "DKK", "lines": [a_line()]},
                "kept": [],
                "returned": [{"line_id": "1", "quantity": 1}],
            },
            "returned: of line 1 1 comes back, but only 0 is kept",
        ),
    ],
)
def test_what_is_malformed_is_refused_with_its_path(document: Any, expected: str) -> None:
    status, out, faults = evaluated(document)

    assert (status, out) == (MALFORMED, "")
    assert expected in faults


@pytest.mark.parametrize("price", ["1e30000000", "1e-30000000"])
def test_a_number_with_a_huge_exponent_is_refused_at_once(price: str) -> None:
    line = f'{{"id": "1", "product_id": "p", "unit_price_minor": {price}}}'
    status, _, faults = evaluated(
        f'{{"basket": {{"currency": "DKK", "lines": [{line}]}}, "as_of": "{NOON}"}}'
    )

    assert status == MALFORMED
    assert "basket.lines.0.unit_price_minor: Value error, the number is too large" in faults


@pytest.mark.parametrize(
    ("kept", "campaigns", "expected"),
    [
        ([("1", 1), ("1", 1)], [], "kept: every line_id must be there once only"),
        ([("1", 1)], [a_campaign(), a_campaign()], "campaigns: every id must be there once only"),
        ([("1", 1), ("2", 1)], [], "kept.1.line_id: the basket has no such line"),
        ([("1", 2)], [], "kept.0.quantity: more is kept than was sold"),
    ],
)
def test_a_return_that_does_not_agree_with_itself_is_refused(
    kept: list[tuple[str, int]], campaigns: list[dict[str, Any]], expected: str
) -> None:
    lines = [
        {"line_id": line_id, "quantity": quantity, "paid_minor": 1_000, "discounts": {}}
        for line_id, quantity in kept
    ]
    status, _, faults = evaluated(
        {
            "basket": a_stored_case()["basket"],
            "kept": lines,
            "campaigns": campaigns,
            "returned": [{"line_id": "1", "quantity": 1}],
        }
    )

    assert status == MALFORMED
    assert expected in faults
