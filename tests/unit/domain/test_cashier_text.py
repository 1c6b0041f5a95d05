"""What a merchant writes for its cashiers is one line, all of which can be seen (T57)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.builders import a_record, an_upstream_record
from tests.support.discounts import a_campaign
from tillbridge.domain.record_kinds import faults_in_record

Write = Callable[[str], tuple[str, dict[str, Any]]]


def _programme(text: str) -> dict[str, Any]:
    member = {"code": "member", "label": "Member", "points": 0}
    gold = {"code": "gold", "label": text, "points": 10, "badge": text}
    return {"points_label": text, "tiers": {"window_months": 12, "levels": [member, gold]}}


def _reward(text: str) -> dict[str, Any]:
    gain = {"kind": "free_product", "product_id": "mug", "product_label": text}
    return {"id": "mug", "points": 100, "label": text, "gain": gain}


RECORDS: dict[str, tuple[Write, set[str]]] = {
    "programme": (
        lambda text: ("PROGRAM", _programme(text)),
        {"points_label", "tiers.levels.1.label", "tiers.levels.1.badge"},
    ),
    "upstream": (
        lambda text: ("PROGRAM", an_upstream_record(points_label=text)),
        {"points_label"},
    ),
    "reward": (lambda text: ("REWARD#mug", _reward(text)), {"label", "gain.product_label"}),
    "campaign": (
        lambda text: ("CAMPAIGN#all", a_campaign("all", name=text, display_name=text)),
        {"name", "display_name"},
    ),
    "profile": (
        lambda text: ("PROFILE", {"name": text, "data_notice": text}),
        {"name", "data_notice"},
    ),
    "integration": (
        lambda text: ("INTEGRATION#customer_lookup", a_record(system=text)),
        {"system"},
    ),
}


@pytest.mark.parametrize("text", ["A\x00", "A\nB", "\x1b[2J", "A\u202eB", "A\u200bB", "A\u2028B"])
@pytest.mark.parametrize("record", RECORDS)
def test_what_cannot_be_seen_is_refused(record: str, text: str) -> None:
    write, places = RECORDS[record]

    faults = faults_in_record(*write(text))

    assert {fault.path for fault in faults} == places
    assert all("control" in fault.message for fault in faults)


@pytest.mark.parametrize("text", ["Sølv-kunde", "Café\u00a0Ø", "金会員 ⭐️", " Gold\n"])
@pytest.mark.parametrize("record", RECORDS)
def test_any_script_and_space_around_it_will_do(record: str, text: str) -> None:
    write, _places = RECORDS[record]

    assert faults_in_record(*write(text)) == []


def test_a_name_of_nothing_but_space_is_none() -> None:
    (fault,) = faults_in_record("PROFILE", {"name": " \n"})

    assert fault.path == "name"
