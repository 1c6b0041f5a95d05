"""JSON with comments: what it says, and where each value stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.tillctl.jsonc import Unreadable, parse

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_it_reads_json_as_json(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)

    assert parse(text).value == value


@given(VALUES)
def test_every_value_stands_where_it_is_said_to_stand(value: object) -> None:
    document = parse(json.dumps(value, indent=1))

    for path, place in document.places.items():
        node = document.value
        for step in path:
            node = node[step]
        assert json.loads(document.text[place.start : place.end]) == node


@given(TEXTS, st.booleans(), st.data())
def test_a_character_of_a_text_is_found_however_it_is_written(
    text: str, ascii_only: bool, data: st.DataObject
) -> None:
    document = parse(json.dumps({"a": text}, ensure_ascii=ascii_only))
    position = data.draw(st.integers(0, len(text)))

    rest = document.text[document.offset_in(("a",), position) : document.places[("a",)].end - 1]

    assert json.loads(f'"{rest}"') == text[position:]


def test_comments_and_trailing_commas_say_nothing() -> None:
    text = """// before
    { /* a */ "a": [1, 2, /* last */ ], // the rest of the line
      "b": "no // comment", } // after"""

    assert parse(text).value == {"a": [1, 2], "b": "no // comment"}


@pytest.mark.parametrize(
    ("text", "stops_before", "message"),
    [
        ('{"a": 1 "b": 2}', ' "b"', "a comma"),
        ('{"a" 1}', "1}", "a colon"),
        ("{'a': 1}", "'a'", "double quotes"),
        ('{"a": 1, "a": 2}', '"a": 2', "twice"),
        ('{"a": yes}', "yes", "a value"),
        ('{"a": 1} {}', "{}", "follows"),
        ('{"a": 1e999}', "1e999", "out of range"),
        ('{"a": /* b', "/* b", "does not end"),
        ('{"a": [1', "", "file ends"),
        ("", "", "file ends"),
    ],
)
def test_what_it_cannot_read_is_shown_where_it_stands(
    text: str, stops_before: str, message: str
) -> None:
    with pytest.raises(Unreadable, match=message) as refused:
        parse(text)

    rest = text[refused.value.offset :]
    assert rest.startswith(stops_before)
    assert bool(rest) == bool(stops_before)


def test_a_text_that_does_not_end_is_refused_at_its_beginning() -> None:
    with pytest.raises(Unreadable, match="Unterminated") as refused:
        parse('{"a": "b}')

    assert refused.value.offset == 6


def test_depth_is_bounded() -> None:
    with pytest.raises(Unreadable, match="nested"):
        parse("[" * 5_000)
