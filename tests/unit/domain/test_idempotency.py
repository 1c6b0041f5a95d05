"""A till's key, as the IETF draft writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.idempotency import parse_key

visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=16, max_size=60)


@given(visible)
def test_quoted_and_bare_are_the_same_key(key: str) -> None:
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert parse_key(quoted) == key
    if '"' not in key:
        assert parse_key(f" {key} ") == key


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "x" * 256,
        '"' + "x" * 15 + '"',
        "blüte-blüte-blüte",
        "with space in the middle",
        '"unfinished-string-of-a-key',
        'a-quote-"-in-a-bare-key-',
        '"a-backslash-\\n-before-an-n"',
        "tab\there-and-a-long-key-",
    ],
)
def test_what_is_no_key_is_refused_with_what_one_is(text: str) -> None:
    with pytest.raises(ValueError, match="give"):
        parse_key(text)
