from typing import Any

from tests.support.builders import a_request, an_integration
from tillbridge.domain.examples import failed_examples

FIELDS = {"identifier": "id", "name": "name", "balance": {"balance": "amount"}}


def failures(*examples: dict[str, Any], **changes: Any) -> list[str]:
    record = {"response": {"items": "hits", "fields": FIELDS}, "examples": examples, **changes}
    return failed_examples(an_integration(**record))


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


def test_an_example_that_does_not_hold_shows_both_sides() -> None:
    (line,) = failures(an_example([{"identifier": "8"}], body={"hits": {"id": 7, "name": "Zoë"}}))

    assert line == ('one: expected [{"identifier": "8"}], got [{"identifier": "7", "name": "Zoë"}]')


def test_each_example_that_does_not_hold_has_its_line() -> None:
    lines = failures(
        an_example([], body={"hits": {"id": 7}}, name="first"),
        an_example([], body={"hits": []}, name="second"),
        an_example([], status=500, name="third"),
    )

    assert [line.partition(":")[0] for line in lines] == ["first", "third"]


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

    (line,) = failures(an_example([], input={"search_term": "é"}), request=request)

    assert 'got {"code": "invalid_request"}' in line
