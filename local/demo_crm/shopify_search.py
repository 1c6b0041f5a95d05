"""Shopify's search syntax for the `query` argument of `customers`.

Terms, quotes, `field:value`, comparators, a trailing `*`, `-` and NOT, AND and OR, parentheses. As
with Shopify, a field that is not searchable is left out of the search, with a warning.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from local.demo_crm.text import same_digits, words

Searchable = Mapping[str, str | None]
Condition = Callable[[Searchable], bool]

_DEFAULT_FIELDS: Final = ("first_name", "last_name", "email", "address")
_NUMBERS: Final = frozenset({"id", "orders_count", "total_spent"})
FIELDS: Final = frozenset({*_DEFAULT_FIELDS, *_NUMBERS, "phone", "country", "tag"})
MAX_PARENTHESES: Final = 20
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<minus>-(?=\S))"
    r"|(?P<term>(?:(?P<name>[A-Za-z_]+):(?P<comparator><=|>=|<|>)?)?"
    r"(?P<value>\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|(?:\\.|[^\s()])+)))"
)


@dataclass(slots=True)
class Query:
    """A parsed query, and what Shopify would warn of."""

    text: str
    matches: Condition = lambda _: True
    warnings: list[dict[str, Any]] = field(default_factory=list)


def parse_query(text: str) -> Query:
    # Nobody nests this deep: such parentheses are typed text, and text is not refused.
    flat = text.count("(") > MAX_PARENTHESES
    query = _Parser(re.sub("[()]", " ", text) if flat else text)
    return Query(text, query.parse(), query.warnings)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = [match for match in _TOKEN.finditer(text) if match[0].strip()]
        self._next = 0
        self.warnings: list[dict[str, Any]] = []

    def parse(self) -> Condition:
        """A stray parenthesis is passed over, as Shopify's search does not refuse any text."""
        parts = []
        while self._next < len(self._tokens):
            parts.append(self._either())
            self._next += 1
        return lambda customer: all(part(customer) for part in parts)

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._accept_word("OR"):
            parts.append(self._both())
        return lambda customer: any(part(customer) for part in parts)

    def _both(self) -> Condition:
        parts: list[Condition] = []
        while (token := self._peek()) and token.lastgroup != "close" and token["value"] != "OR":
            if not self._accept_word("AND"):
                parts.append(self._term())
        return lambda customer: all(part(customer) for part in parts)

    def _term(self) -> Condition:
        wanted = True
        while (token := self._peek()) and (token["minus"] or token["term"] == "NOT"):
            self._next += 1
            wanted = not wanted
        if token is None:
            return lambda _: True
        condition = self._plain_term(token)
        return condition if wanted else lambda customer: not condition(customer)

    def _plain_term(self, token: re.Match[str]) -> Condition:
        self._next += 1
        if token["open"]:
            inner = self._either()
            self._next += 1
            return inner
        if token["close"]:
            return lambda _: True
        return self._condition(token["name"], token["comparator"] or "", _unquoted(token["value"]))

    def _condition(self, name: str | None, comparator: str, value: str) -> Condition:
        if name is None:
            return lambda customer: _matches_anywhere(customer, value)
        if name not in FIELDS:
            message = "Invalid search field for this query."
            parsed = {"field": name, "match_all": value}
            self.warnings.append(
                {"parsed": parsed, "warnings": [{"field": name, "message": message}]}
            )
            return lambda _: True
        if name in _NUMBERS:
            return lambda customer: _compares(customer[name], comparator or "=", value)
        if name == "phone":
            return lambda customer: _is_phone(customer[name], value)
        return lambda customer: _matches(customer[name], value)

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _accept_word(self, word: str) -> bool:
        token = self._peek()
        accepted = token is not None and token["term"] == word
        self._next += accepted
        return accepted


def _unquoted(value: str) -> str:
    quote = value[0]
    if quote in "\"'":
        value = value[1:].removesuffix(quote)
    return re.sub(r"\\(.)", r"\1", value)


def _matches_anywhere(customer: Searchable, value: str) -> bool:
    here = " ".join(customer[name] or "" for name in _DEFAULT_FIELDS)
    return _matches(here, value) or _is_phone(customer["phone"], value)


def _matches(text: str | None, value: str) -> bool:
    """The value's words in a row; with a trailing `*` the last one need only begin a word."""
    wanted, here = words(value), words(text)
    if not wanted:
        return value == "*" and text is not None
    *whole, last = wanted
    for start in range(len(here) - len(whole)):
        if here[start : start + len(whole)] == whole:
            word = here[start + len(whole)]
            if word == last or (value.endswith("*") and word.startswith(last)):
                return True
    return False


def _is_phone(phone: str | None, value: str) -> bool:
    return same_digits(phone, value.removesuffix("*"))


def _compares(text: str | None, comparator: str, value: str) -> bool:
    try:
        here, there = Decimal(text or "0"), Decimal(value)
    except InvalidOperation:
        return False
    match comparator:
        case "<":
            return here < there
        case "<=":
            return here <= there
        case ">":
            return here > there
        case ">=":
            return here >= there
    return here == there
