"""JSONata's regular expressions, bounded.

CPython's matcher looks for signals every few thousand steps, so the time limit stops a catastrophic
pattern; between two looks it may run over the whole text, which therefore is kept short. What is
exponential by its form is refused when it is compiled, before it meets the text that shows it.
"""

import re
from collections.abc import Iterator
from typing import Any

from tillbridge.domain.expression.errors import ExpressionFailed, ExpressionRefused

_MAX_SUBJECT = 10_000
_TOKEN = re.compile(
    r"\\. | \[\^?\]?(?:\\.|[^\]\\])*\] | \(\?\# [^)]* | [()|*+?] | \{\d*(?:,\d*)?\} | .",
    re.VERBOSE | re.DOTALL,
)


class BoundedRegex:
    """What the engine needs of `re.Pattern`, for texts of at most 10,000 characters."""

    __slots__ = ("_compiled", "pattern")

    def __init__(self, pattern: str, flags: Any) -> None:
        """`flags` are the engine's `RegexFlags`. Raises `re.error`."""
        self.pattern = pattern
        ignore_case = re.IGNORECASE if flags.case_insensitive else re.NOFLAG
        multiline = re.MULTILINE if flags.multiline else re.NOFLAG
        self._compiled = re.compile(pattern, ignore_case | multiline)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(_short(text))

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(_short(text))

    def sub(self, replacement: Any, text: str, count: int = 0) -> str:
        return self._compiled.sub(replacement, _short(text), count=count)

    def split(self, text: str) -> list[Any]:
        return self._compiled.split(_short(text))


def check_regex(pattern: str, position: int) -> None:
    """Refuse a repeated group that repeats something or chooses between things itself, as in
    `(a+)+` and `(a|b)*`: there can be exponentially many ways to match one text."""
    has_choice = [False]
    group_had_choice = False
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if group_had_choice and (_is_open_repeat(text) or (text.startswith("{") and len(text) > 3)):
            raise ExpressionRefused(
                "The regular expression repeats a group that repeats or chooses itself",
                position=position,
                hint="It could take forever: use a character class as in [ab]*, or $split.",
            )
        group_had_choice = text == ")" and has_choice[-1]
        if text == "(":
            has_choice.append(False)
        elif text == "|" or _is_open_repeat(text):
            has_choice[-1] = True
        elif text == ")" and len(has_choice) > 1:
            inner = has_choice.pop()
            has_choice[-1] |= inner


def _is_open_repeat(token: str) -> bool:
    """Whether it repeats a number of times that the text decides: not so `{3}`."""
    return token in ("*", "+") or (token.startswith("{") and "," in token)


def _short(text: str) -> str:
    if len(text) > _MAX_SUBJECT:
        raise ExpressionFailed(
            "size limit", f"a regular expression met a text of more than {_MAX_SUBJECT} characters"
        )
    return text
