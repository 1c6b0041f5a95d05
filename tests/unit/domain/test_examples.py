from typing import Any

import pytest

from tests.support.builders import a_request, an_integration
from tillbridge.domain import examples
from tillbridge.domain.examples import faults_in_examples
from tillbridge.domain.faults import Fault

FIELDS = {"identifier": "id", "name": "name", "balance": {"balance": "amount"}}


def failures(*given: dict[str, Any], **changes: Any) -> list[Fault]:
    record = {"response": {"items": "hits", "fields": FIELDS}, "examples": given, **changes}
    return faults_in_examples(an_integration(**record))


def an_example(expect: Any, *, status: int = 200, body: Any = None, **more: Any) -> dict[str, Any]:
    example = {"name": "one", "input": {"search_term": "jane"}, "expect": expect}
    return {**example, "response": {"status": status, "body": body}, **more}


def test_examples_that_hold_say_nothing() -> None:
    hit = {"id": 7, "name": "Jane", "amount": 12.5}
    customer = {"identifier": "7", "name": "Jane", "balance": {"identifier": "7", "balance": 12.5}}

    assert failures() == []
    assert (
        failures(
            an_example([customer], body={"hits": hit}),
            an_example([customer, customer], body={"hits": [hit, hit]}),
            an_example([], body={"hits": []}),
            an_example([], status=204),
        )
        == []
    )


def test_an_example_that_does_not_hold_shows_where_and_both_sides() -> None:
    wrong, missing = failures(
        an_example([{"identifier": "8"}], body={"hits": {"id": 7, "name": "Zoë"}})
    )

    assert wrong == Fault("examples.0.expect.0.identifier", 'one: expected "8", got "7"')
    assert missing == Fault("examples.0.expect.0.name", 'one: expected nothing, got "Zoë"')


def test_another_number_of_items_is_shown_as_a_whole() -> None:
    (fault,) = failures(an_example([], body={"hits": {"id": 7}}))

    assert fault == Fault("examples.0.expect", 'one: expected [], got [{"identifier": "7"}]')


def test_a_failure_that_was_not_expected_says_why() -> None:
    failed, skipped = failures(
        an_example([], body={"results": []}),
        an_example([{"identifier": "7"}], body={"hits": {"name": "Zoë"}}),
    )

    assert failed.hint is not None
    assert failed.hint.startswith("the answer has no hits")
    assert skipped.hint == "Item 0 is skipped: identifier: Field required"


def test_a_difference_of_any_size_is_told_in_one_short_line() -> None:
    (fault,) = failures(an_example([], body={"hits": [{"id": n} for n in range(5_000)]}))

    assert len(fault.message) < 1_000


def test_examples_that_take_long_together_are_not_all_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "RUN_WITHIN_S", 0.0)

    (fault,) = failures(an_example([], body={"hits": []}), an_example([], body={"hits": []}))

    assert "took too long" in fault.message


def test_each_example_that_does_not_hold_has_its_line() -> None:
    lines = failures(
        an_example([], body={"hits": {"id": 7}}, name="first"),
        an_example([], body={"hits": []}, name="second"),
        an_example([], status=500, name="third"),
    )

    assert [fault.message.partition(":")[0] for fault in lines] == ["first", "third"]


def test_an_example_may_expect_a_failure_by_its_code() -> None:
    assert (
        failures(
            an_example({"code": "upstream_failed"}, status=500),
            an_example({"code": "upstream_unreadable"}, body="<html>"),
            an_example({"code": "answer_unmappable"}, body={"hits": 5}),
            an_example({"code": "invalid_request"}, body={"hits": []}, input={}),
        )
        == []
    )


def test_an_example_may_expect_an_item_to_be_skipped() -> None:
    expect = [{"identifier": "7"}, {"skipped": "identifier"}]

    assert failures(an_example(expect, body={"hits": [{"id": 7}, {"name": "Jane"}]})) == []


def test_an_example_of_another_operation_expects_its_items_as_they_are() -> None:
    changes = {"operation": "warranty_status", "response": {"items": "hits"}}

    assert failures(an_example([{"any": 1}], body={"hits": {"any": 1}}), **changes) == []


def test_an_answer_that_is_text_is_read_in_the_records_format() -> None:
    response = {"format": "xml", "items": "hits.hit", "fields": {"identifier": "id"}}
    body = "<hits><hit><id>7</id></hit></hits>"

    assert failures(an_example([{"identifier": "7"}], body=body), response=response) == []


def test_an_example_that_the_request_cannot_take_does_not_hold() -> None:
    request = a_request(headers={"X-Term": "{search_term}"})

    (fault,) = failures(an_example([], input={"search_term": "é"}), request=request)

    assert 'got {"code": "invalid_request"}' in fault.message
