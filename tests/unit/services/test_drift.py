"""A merchant's system that answers differently than before is seen, by names and types alone."""

from typing import Any

import pytest

from tests.support.builders import TENANT, a_record, an_answer
from tillbridge.domain.examples import expected_fields_of
from tillbridge.domain.expected_fields import as_stored, read_stored
from tillbridge.domain.integration import Integration
from tillbridge.services.drift import Drift, DriftWatch

FIELDS = {"identifier": "id", "name": "name", "balance": {"balance": "amount"}}
RESPONSE = {"items": "hits", "fields": FIELDS}
JANE = {"id": "1", "name": "Jane", "amount": 5}
NO_DRIFT = Drift((), {}, 0, 1)


def an_example(*hits: Any) -> dict[str, Any]:
    return {"name": "hits", "response": {"body": {"hits": list(hits)}}, "expect": []}


def a_live(*hits: Any, response: Any = RESPONSE) -> Integration:
    """An integration as it is live, with an example of these hits."""
    record = a_record(response=response, examples=[an_example(*hits)] if hits else [])
    expected = as_stored(expected_fields_of(Integration.load(record)))
    return Integration.load(record, expected)


def observe(watch: DriftWatch, live: Integration, *hits: Any, tenant_id: str = TENANT) -> Drift:
    items = live.items(an_answer(body={"hits": list(hits)}), {"search_term": "x"})
    return watch.observe(tenant_id, live, items)


@pytest.fixture
def watch() -> DriftWatch:
    return DriftWatch()


def without(*names: str, hit: Any = None) -> dict[str, Any]:
    return {name: value for name, value in (hit or JANE).items() if name not in names}


def test_what_a_field_is_expected_to_be_is_read_off_the_examples_before_they_are_judged() -> None:
    expected = expected_fields_of(a_live(JANE, {"id": 7}))

    assert as_stored(expected) == {
        "balance.balance": {"types": ["number"], "count": 1, "always": False},
        "identifier": {"types": ["number", "string"], "count": 2, "always": True},
        "name": {"types": ["string"], "count": 1, "always": False},
    }
    assert read_stored(as_stored(expected)) == expected


def test_odd_names_in_an_example_are_not_kept() -> None:
    odd = {"": 1, "x" * 101: 1, "a\x00": 1, "identifier": "7"}

    assert expected_fields_of(a_live(odd, response={"items": "hits"})).keys() == {"identifier"}


@pytest.mark.parametrize("stored", [None, 5, [], {"a": 1}, {"a": {"types": 5}}, {"a": {}}])
def test_what_cannot_be_read_expects_nothing(stored: Any) -> None:
    assert read_stored(stored) == {}


def test_an_answer_like_the_examples_is_no_drift(watch: DriftWatch) -> None:
    live = a_live(*[JANE] * 10)

    assert not observe(watch, live, JANE)
    assert not observe(watch, live)
    assert not observe(watch, live, *[JANE, without("name")] * 10)


def test_a_field_that_all_of_ten_examples_had_is_missed_at_once(watch: DriftWatch) -> None:
    drift = observe(watch, a_live(*[JANE] * 10), without("name", "amount"))

    assert drift.lost == ("name", "balance.balance")
    assert drift.changed == {}


def test_fields_that_need_their_expressions_are_missed_as_well(watch: DriftWatch) -> None:
    response = {"items": "hits", "fields": {**FIELDS, "city": "$uppercase(city)"}}
    jane = {**JANE, "city": "Aarhus"}
    live = a_live(*[jane] * 10, response=response)

    assert not observe(watch, live, jane)
    assert observe(watch, live, without("city", "amount", hit=jane)).lost == (
        "balance.balance",
        "city",
    )


def test_a_field_of_a_single_example_is_missed_after_ten_items(watch: DriftWatch) -> None:
    live = a_live(JANE)

    drifts = [observe(watch, live, without("name")) for _ in range(10)]

    assert [drift.lost for drift in drifts] == [*[()] * 9, ("name",)]
    assert observe(DriftWatch(), live, *[without("name")] * 10).lost == ("name",)


def test_a_field_that_some_lack_is_missed_after_fifty(watch: DriftWatch) -> None:
    live = a_live(*[JANE, without("name")] * 10)

    assert not observe(watch, live, *[without("name")] * 49)
    assert observe(watch, live, without("name")).lost == ("name",)
    assert not observe(watch, live, JANE)


def test_a_field_that_comes_back_is_one_that_some_lack(watch: DriftWatch) -> None:
    live = a_live(*[JANE] * 10)

    assert observe(watch, live, without("name"))
    assert not observe(watch, live, JANE)
    assert not observe(watch, live, without("name"))


def test_without_examples_it_is_what_earlier_answers_gave(watch: DriftWatch) -> None:
    live = a_live()
    assert not observe(watch, live, *[JANE] * 10)

    assert observe(watch, live, without("name")).lost == ("name",)
    assert observe(watch, live, {**JANE, "amount": "5"}).changed == {
        "balance.balance": "number, now string"
    }
    assert not observe(watch, live, {**JANE, "amount": "5"}), "it is known by now"


def test_a_type_that_no_example_has_is_told_each_time(watch: DriftWatch) -> None:
    live = a_live(JANE)

    for _ in range(2):
        drift = observe(watch, live, {**JANE, "id": 1})
        assert drift.changed == {"identifier": "string, now number"}


def test_null_and_an_empty_text_as_odoo_has_it_are_absent(watch: DriftWatch) -> None:
    live = a_live(*[JANE] * 10)

    assert observe(watch, live, {**JANE, "name": None}).lost == ("name",)
    assert observe(watch, live, {**JANE, "name": False}).changed == {}


def test_a_boolean_that_is_expected_may_be_false(watch: DriftWatch) -> None:
    fields = {"identifier": "id", "vip": "vip"}
    live = a_live(*[{"id": "1", "vip": True}] * 10, response={"items": "hits", "fields": fields})

    assert not observe(watch, live, {"id": "1", "vip": False})


def test_a_few_items_that_cannot_be_used_are_no_drift(watch: DriftWatch) -> None:
    live = a_live()

    assert not observe(watch, live, *[JANE] * 8, *[without("id")] * 2)
    assert observe(watch, live, *[JANE] * 7, *[without("id")] * 3) == Drift((), {}, 3, 10)


def test_another_record_begins_anew_and_a_reload_does_not(watch: DriftWatch) -> None:
    observe(watch, a_live(), *[JANE] * 10)
    assert observe(watch, a_live(), without("name")).lost == ("name",)

    fewer = {"items": "hits", "fields": {"identifier": "id", "name": "name"}}
    assert not observe(watch, a_live(response=fewer), without("name"))


def test_tenants_are_apart(watch: DriftWatch) -> None:
    observe(watch, a_live(), *[JANE] * 10)

    assert not observe(watch, a_live(), without("name"), tenant_id="other")


def test_only_names_from_the_record_are_told(watch: DriftWatch) -> None:
    by_id = {"expression": "$each(hits[0], function($v, $k) { {$k: $v, 'identifier': $k} })"}
    live = a_live({"jane@example.com": 1}, response=by_id)

    drift = observe(watch, live, {"joe@example.com": "x"})

    assert "joe@example.com" not in repr(drift)
