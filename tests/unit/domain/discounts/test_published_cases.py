"""Worked examples that others have published, each with its source, through the case interface.

`expected` is what is taken off, by campaign and line. Where that is not what the source says, the
case has a `difference`: a sentence on which convention of theirs is not ours.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate

CORPUS = Path(__file__).parents[3] / "corpora/discounts"
EXAMPLES = [
    pytest.param(example, id=f"{file.stem}: {example['name']}")
    for file in sorted(CORPUS.glob("*.json"))
    for example in json.loads(file.read_text())
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_published_example_gives_what_it_says_or_what_is_said_of_the_difference(
    example: dict[str, Any],
) -> None:
    given = evaluate(Case.model_validate(example["case"]))

    assert {one.campaign_id: one.shares for one in given.campaigns if one.applied} == (
        example["expected"]
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_published_example_says_where_it_is_from_and_what_it_says(
    example: dict[str, Any],
) -> None:
    assert example["source"].startswith("https://")
    assert example["published"]
