import re
from typing import Any

import pytest

from tillbridge.domain.expression import ExpressionFailed
from tillbridge.domain.faults import RecordRefused
from tillbridge.domain.integration_record import ResponseSpec
from tillbridge.domain.mapping import MAX_ITEMS, BadItem, Items, ResponseMapping
from tillbridge.errors import AnswerUnmappable, UpstreamTooLarge


def mapping(**response: Any) -> ResponseMapping:
    return ResponseMapping.compile(ResponseSpec(**response))


def mapped(document: Any, **response: Any) -> list[Any]:
    return mapping(**response).apply(document, {"search_term": "jane"}, lambda: document).first


@pytest.mark.parametrize("document", [[{"identifier": "1"}], [], [1, "text"]])
def test_without_a_spec_an_answer_passes_through(document: list[Any]) -> None:
    assert ResponseMapping.compile(None).apply(document, {}, lambda: document).first == document


@pytest.mark.parametrize(
    ("found", "items"),
    [
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}]),
        ([{"id": 1}], [{"id": 1}]),
        ({"id": 1}, [{"id": 1}]),
        ([], []),
        (None, []),
    ],
)
def test_one_hit_or_many_are_always_a_list(found: Any, items: list[Any]) -> None:
    assert mapped({"data": {"hits": found}}, items="data.hits") == items


@pytest.mark.parametrize(
    ("document", "items"),
    [
        ({"hits": None}, "hits"),
        ({"data": {"hits": None}}, "data.hits"),
        ({"data": None}, "data.hits"),
        ({"data": []}, "data.hits"),
        ({"hits": [{"active": False}]}, "hits[active]"),
        ({"notice": "busy"}, "data.hits ? data.hits : []"),
    ],
)
def test_no_match_is_an_empty_list(document: Any, items: str) -> None:
    assert mapped(document, items=items) == []


@pytest.mark.parametrize("document", [{}, {"notice": "busy"}, {"data": {"notice": "busy"}}])
def test_an_answer_without_the_list_that_it_should_hold_does_not_fit(document: Any) -> None:
    with pytest.raises(AnswerUnmappable, match=r"has no data\.hits") as failure:
        mapped(document, items="data.hits")

    assert "busy" not in failure.value.detail


@pytest.mark.parametrize("found", ["text", 5, True, 0.5])
def test_what_could_be_no_list_is_the_mappings_fault(found: Any) -> None:
    with pytest.raises(AnswerUnmappable, match="neither a list nor an object"):
        mapped({"data": found}, items="data")


def test_fields_are_renamed_joined_nested_and_counted_at_each_item() -> None:
    document = {
        "hits": [
            {"id": "1", "first": "Jane", "last": "Doe", "cents": 1250, "tags": ["a", "b"]},
            {"id": "2", "first": "Joe", "last": "Roe", "cents": 0, "tags": []},
        ]
    }
    fields = {
        "identifier": "id",
        "name": "first & ' ' & last",
        "balance": {"identifier": "id", "balance": "cents / 100"},
        "additional_info": "$count(tags) & ' tags'",
    }

    assert mapped(document, items="hits", fields=fields) == [
        {
            "identifier": "1",
            "name": "Jane Doe",
            "balance": {"identifier": "1", "balance": 12.5},
            "additional_info": "2 tags",
        },
        {
            "identifier": "2",
            "name": "Joe Roe",
            "balance": {"identifier": "2", "balance": 0},
            "additional_info": "0 tags",
        },
    ]


def test_no_more_items_are_mapped_than_are_wanted_but_all_are_counted() -> None:
    compiled = mapping(items="hits", fields={"identifier": "$number(id)"})
    document = {"hits": [{"id": "1"}, {"id": "2"}, {"id": "jane"}]}

    assert compiled.apply(document, {}, lambda: document, 2) == Items(
        [{"identifier": 1}, {"identifier": 2}], 3
    )


def test_an_answer_of_too_many_items_is_too_large() -> None:
    assert len(mapped([{}] * MAX_ITEMS)) == MAX_ITEMS
    with pytest.raises(UpstreamTooLarge, match=str(MAX_ITEMS)):
        mapped([{}] * (MAX_ITEMS + 1))


@pytest.mark.parametrize("response", [{}, {"items": "hits"}, {"expression": "[]"}])
def test_an_answer_that_is_null_does_not_fit(response: dict[str, str]) -> None:
    with pytest.raises(AnswerUnmappable, match="is null"):
        mapped(None, **response)


@pytest.mark.parametrize(
    ("items", "missing"),
    [
        ("hits", "hits"),
        (" $.data.hits ", "data.hits"),
        ("$$.hits[active]", "hits"),
        ("`the hits`[0]", "`the hits`"),
        ("data.`the hits`", "data.`the hits`"),
    ],
)
def test_the_list_is_missed_under_any_spelling_of_its_names(items: str, missing: str) -> None:
    with pytest.raises(AnswerUnmappable, match="has no " + re.escape(missing)):
        mapped({"notice": "busy", "data": {}}, items=items)
    assert (
        mapped({"hits": [], "the hits": [], "data": {"hits": [], "the hits": []}}, items=items)
        == []
    )


def test_a_field_that_finds_nothing_is_left_out() -> None:
    fields = {"identifier": "id", "phone": "phone", "balance": {"balance": "amount"}}

    assert mapped([{"id": "1"}], fields=fields) == [{"identifier": "1", "balance": {}}]


def test_one_expression_may_make_all_items() -> None:
    items = mapped({"hits": [{"id": 1}, {"id": 2}]}, expression="hits.{'identifier': $string(id)}")

    assert items == [{"identifier": "1"}, {"identifier": "2"}]


def test_an_item_that_fails_costs_itself_alone_and_says_which_field() -> None:
    fields = {"identifier": "id", "balance": {"balance": "$number(amount)"}}

    good, bad = mapped([{"id": "1", "amount": "5"}, {"id": "jane", "amount": "x"}], fields=fields)

    assert good == {"identifier": "1", "balance": {"balance": 5}}
    assert isinstance(bad, BadItem)
    assert (bad.index, bad.field, bad.expression) == (1, "balance.balance", "$number(amount)")
    assert "jane" not in repr(bad)


def test_a_failing_field_is_named_by_its_whole_path() -> None:
    (bad,) = mapped([{"a": "x"}], fields={"one": {"two": {"three": "$number(a)"}}})

    assert bad.field == "one.two.three"


def test_items_that_fail_are_told_and_quote_nothing() -> None:
    with pytest.raises(ExpressionFailed) as failed:
        mapped({"name": "jane"}, items="$number(name)")

    assert "jane" not in str(failed.value)


def test_a_null_in_place_of_the_list_is_an_empty_one() -> None:
    compiled = mapping(items="data.hits")

    # As a document is read: without its null members, and with them only when that is asked.
    assert compiled.apply({"data": {}}, {}, lambda: {"data": {"hits": None}}) == Items([], 0)
    with pytest.raises(AnswerUnmappable, match=r"has no data\.hits"):
        compiled.apply({"data": {}}, {}, lambda: {"data": {"other": None}})


def test_nulls_are_looked_for_only_where_nothing_was_found() -> None:
    def read_again() -> Any:
        raise AssertionError("the answer was read twice")

    assert mapping(items="hits").apply({"hits": [1]}, {}, read_again) == Items([1], 1)
    assert mapping(items="hits").apply({"hits": []}, {}, read_again) == Items([], 0)


@pytest.mark.parametrize("document", [[], [{"id": 1}], "text", 5, {"hits": "text"}])
def test_a_path_of_names_that_leads_through_what_is_no_object_finds_nothing(document: Any) -> None:
    assert mapped(document, items="hits.list") == []


@pytest.mark.parametrize(
    ("response", "path"),
    [
        ({"items": "data["}, "response.items"),
        ({"expression": "data["}, "response.expression"),
        ({"fields": {"name": "first &"}}, "response.fields.name"),
        ({"fields": {"balance": {"balance": "("}}}, "response.fields.balance.balance"),
        ({"fields": {"name": 5}}, "response.fields.name"),
        ({"fields": {"balance": {"balance": None}}}, "response.fields.balance.balance"),
        ({"fields": {"name": ["first"]}}, "response.fields.name"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(response: dict[str, Any], path: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        mapping(**response)

    assert refused.value.faults[0].path == path
    assert refused.value.faults[0].hint


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        ("name", "first"),
        ("balance.balance", "amount"),
        ("balance", None),
        ("balance.other", None),
        ("name.first", None),
        ("other", None),
    ],
)
def test_a_field_knows_its_expression(field: str, expression: str | None) -> None:
    fields = {"name": "first", "balance": {"balance": "amount"}}

    assert mapping(fields=fields).expression_of(field) == expression


def test_without_fields_there_is_no_expression_to_name() -> None:
    assert mapping(items="hits").expression_of("name") is None
