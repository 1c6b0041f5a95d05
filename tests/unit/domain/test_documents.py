import json
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillbridge.domain import documents
from tillbridge.domain.documents import MAX_DEPTH, DocumentUnreadable, parse_json

SCALARS = (
    st.booleans()
    | st.integers(-(10**14) + 1, 10**15 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(document=DOCUMENTS)
def test_what_is_plain_json_is_read_as_it_is(document: Any) -> None:
    assert parse_json(json.dumps(document)) == document
    assert parse_json(json.dumps(document, ensure_ascii=False).encode()) == document


# Pieces of JSON, valid and not: put together at random, they often make documents that something
# is wrong with.
NAMES = st.sampled_from(
    ['"a"', '"b"', '"\\u0061"', '"a\\""', '"\\\\"', '":"', '""', '"\\ud800"', '"é"']
)
NUMBERS = st.sampled_from(
    [
        *("0", "-0", "-0.0", "1.50", "0.1", "1e2", "1E400", "-1e999", "1e-400", "9" * 400 + ".5"),
        *("999999999999999", "-999999999999999", "1000000000000000", "-1000000000000000"),
        *("12345678901234567890", "NaN", "Infinity", "01", "1."),
    ]
)
PIECES = st.recursive(
    NAMES | NUMBERS | st.sampled_from(["null", "true", "false", " [ ] ", "{\n}", "", "nul"]),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(NAMES, inner), max_size=4).map(
            lambda members: "{" + ", ".join(f"{name} : {value}" for name, value in members) + "}"
        )
    ),
    max_leaves=12,
)


def carefully(text: str, **how: bool) -> str:
    with patch.object(documents, "_read_quickly", lambda *_, **__: documents._UNDECIDED):
        return told(text, **how)


def told(text: str, **how: bool) -> str:
    """What is read, or why it is not; `repr` tells 1 from 1.0 and the order of members."""
    try:
        return repr(parse_json(text, **how))
    except DocumentUnreadable as unreadable:
        return str(unreadable)


@settings(max_examples=2_000)
@given(text=PIECES, keep_nulls=st.booleans())
def test_reading_quickly_and_carefully_is_the_same(text: str, keep_nulls: bool) -> None:
    assert told(text, keep_nulls=keep_nulls) == carefully(text, keep_nulls=keep_nulls)


@pytest.mark.parametrize("depth", [99, 100, 101, 150, 250])
@pytest.mark.parametrize("around", ["[%s]", '{"a":%s}', '{"a": null, "b": %s}'])
@pytest.mark.parametrize("inner", ["1", "[]", "{}", "null"])
def test_at_any_depth_reading_quickly_and_carefully_is_the_same(
    depth: int, around: str, inner: str
) -> None:
    text = inner
    for _ in range(depth):
        text = around.replace("%s", text)

    assert told(text) == carefully(text)


@given(raw=st.binary() | st.text(alphabet='{}[]",:0123456789eE.-+\\unlt a').map(str.encode))
def test_anything_else_is_unreadable_and_nothing_worse(raw: bytes) -> None:
    try:
        parse_json(raw)
    except DocumentUnreadable as unreadable:
        assert str(unreadable)  # noqa: PT017 - that nothing else is raised is the point


@pytest.mark.parametrize("digits", ["1234567890123456", "9007199254740993", "1" * 100_000])
def test_an_integer_that_a_double_would_change_is_read_as_text(digits: str) -> None:
    assert parse_json(f'{{"id": {digits}}}') == {"id": digits}
    assert parse_json(f"[-{digits}]") == [f"-{digits}"]


def test_the_longest_integer_that_a_double_holds_is_a_number() -> None:
    assert parse_json("999999999999999") == 999_999_999_999_999


def test_a_null_member_is_left_out_and_a_null_item_keeps_its_place() -> None:
    assert parse_json('{"first": "Jane", "last": null, "tags": [null, 1]}') == {
        "first": "Jane",
        "tags": [None, 1],
    }


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "Expecting value at 0"),
        (b"<html>", "Expecting value at 0"),
        (b'{"a": 1', "delimiter at 7"),
        (b"[1] [2]", "Extra data at 4"),
        (b'"caf\xe9"', "not UTF-8"),
        ("[1]".encode("utf-16"), "not UTF-8"),
        (b"[NaN]", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"[1e999]", "out of range"),
        (b"[-1e999]", "out of range"),
        (b'{"a": 1, "a": 2}', "a member twice"),
        (b'{"a": null, "a": 2}', "a member twice"),
        (b'[{"deep": {"a": 1, "\\u0061": 1}}]', "a member twice"),
        (b"[" * 100_000, "nested"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "more than 100 deep"),
    ],
)
def test_what_is_not_read_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(DocumentUnreadable, match=reason):
        parse_json(raw)


@pytest.mark.parametrize("member", ['{"a":%s}', "[%s]"])
def test_a_document_may_be_nested_up_to_the_limit(member: str) -> None:
    raw = "1"
    for _ in range(MAX_DEPTH):
        raw = member.replace("%s", raw)

    assert parse_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"jane": 1, "jane": 2}',
        b'["jane", ]',
        b"jane",
        b'"jane',
        b'["jane\n"]',
        b'["\\jane"]',
        b'["jane\xff"]',
    ],
)
def test_the_reason_never_quotes_the_document(raw: bytes) -> None:
    with pytest.raises(DocumentUnreadable) as unreadable:
        parse_json(raw)

    assert "jane" not in str(unreadable.value)


def test_half_a_character_is_no_document() -> None:
    with pytest.raises(DocumentUnreadable):
        parse_json("\ud800")
