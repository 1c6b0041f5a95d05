from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.faults import RecordRefused
from tillbridge.domain.integration_record import Computed
from tillbridge.domain.placeholders import (
    Absent,
    computed,
    leaf,
    present,
    spelled,
    text_of,
)
from tillbridge.errors import InvalidRequest, RecordUnusable

PATH = "request.query.q"


@given(value=st.text())
def test_a_value_is_put_into_its_text_as_it_is(value: str) -> None:
    assert text_of("say {it}!", PATH)({"it": value}) == f"say {value}!"


def test_a_placeholder_in_a_value_is_never_filled_in() -> None:
    render = text_of("{search_term} in {currency_code}", PATH)

    assert render({"search_term": "{currency_code}", "currency_code": "DKK"}) == (
        "{currency_code} in DKK"
    )


def test_each_value_is_encoded_for_its_place_and_the_text_around_it_is_not() -> None:
    render = text_of("a/{one}/{two}", PATH, lambda value: quote(value, safe=""))

    assert render({"one": "b/c", "two": 5}) == "a/b%2Fc/5"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{", "{"),
        ("}}", "}}"),
        ("{{search_term}", "{search_term}"),
        ("{{{search_term}}", "{jane}"),
        ("query { customers { id }}", "query { customers { id }}"),
        ("{\n id }", "{\n id }"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_braces_that_are_no_placeholder_stand_for_themselves(text: str, written: str) -> None:
    assert text_of(text, PATH)({"search_term": "jane"}) == written


@pytest.mark.parametrize("text", ["{}", "{Name}", "{a b}", "{search_term", "{1a}", "{a??}"])
@pytest.mark.parametrize("compiled", [text_of, leaf])
def test_a_brace_that_begins_no_placeholder_is_refused(text: str, compiled: Any) -> None:
    with pytest.raises(RecordRefused, match="begins no placeholder") as refused:
        compiled(f"ab{text}", PATH)

    (fault,) = refused.value.faults
    assert (fault.path, fault.position) == (PATH, 2)


@pytest.mark.parametrize("value", [100, 1.5, True, False, 0, [1, 2], {"a": 1}, "100", ""])
def test_a_leaf_that_is_one_placeholder_keeps_its_values_type(value: Any) -> None:
    rendered = leaf("{points}", PATH)({"points": value})

    assert rendered == value
    assert type(rendered) is type(value)


@pytest.mark.parametrize("value", [100, 1.5, True, None, "plain"])
def test_a_constant_leaf_is_itself(value: Any) -> None:
    assert leaf(value, PATH)({}) == value


def test_a_leaf_of_more_than_a_placeholder_is_a_text() -> None:
    assert leaf("{points} points", PATH)({"points": 100}) == "100 points"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (100, "100"),
        (True, "true"),
        (None, "null"),
        (["é"], '["é"]'),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_outside_a_body_a_value_is_spelled_as_json_spells_it(value: Any, text: str) -> None:
    assert spelled(value) == text


@pytest.mark.parametrize("inputs", [{}, {"search_term": None}])
@pytest.mark.parametrize("template", ["{search_term}", "for {search_term}"])
def test_a_required_value_that_is_absent_is_named(template: str, inputs: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="search_term is required") as refused:
        leaf(template, PATH)(inputs)

    assert refused.value.facts == {"field": "search_term"}


@pytest.mark.parametrize("inputs", [{}, {"currency_code": None}])
@pytest.mark.parametrize(
    "value", ["{currency_code?}", "in {currency_code?}", Computed(expression="currency_code")]
)
def test_what_is_around_an_absent_value_is_absent(value: Any, inputs: dict[str, Any]) -> None:
    with pytest.raises(Absent):
        leaf(value, PATH)(inputs)


def test_what_is_absent_is_not_among_what_is_present() -> None:
    renders = {"a": leaf("{a?}", "a"), "b": leaf("{b?}", "b"), "c": leaf(0, "c")}

    assert dict(present(renders, {"b": ""})) == {"b": "", "c": 0}


def test_an_optional_value_that_is_there_is_put_in() -> None:
    assert leaf("in {currency_code?}", PATH)({"currency_code": "DKK"}) == "in DKK"


@pytest.mark.parametrize(
    ("expression", "value"),
    [("search_term & '*'", "jane*"), ("points / 2", 50), ("[points]", [100])],
)
def test_an_expression_computes_what_a_placeholder_cannot_say(expression: str, value: Any) -> None:
    render = leaf(Computed(expression=expression), PATH)

    assert render({"search_term": "jane", "points": 100}) == value


def test_an_expression_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(RecordRefused) as refused:
        computed(Computed(expression="a["), PATH)

    (fault,) = refused.value.faults
    assert (fault.path, fault.position) == (f"{PATH}.expression", 2)


def test_an_expression_that_fails_is_the_records_fault_and_quotes_no_value() -> None:
    render = computed(Computed(expression="search_term + 1"), PATH)

    with pytest.raises(RecordUnusable, match=r"request\.query\.q") as failed:
        render({"search_term": "jane"})

    assert "jane" not in failed.value.detail
