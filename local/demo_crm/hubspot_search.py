"""HubSpot's search body: its limits, its filter operators and its free text query."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from local.demo_crm.text import same_digits, words

MAX_QUERY_CHARACTERS: Final = 3_000
MAX_LIMIT: Final = 200
MAX_RESULTS: Final = 10_000
MAX_FILTER_GROUPS: Final = 5
MAX_FILTERS_PER_GROUP: Final = 6
MAX_FILTERS: Final = 18

_SEARCHED: Final = ("firstname", "lastname", "email", "company")
_PHONES: Final = ("phone", "mobilephone")
_VALUE_OPERATORS: Final = frozenset(
    {"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
)
_LIST_OPERATORS: Final = frozenset({"IN", "NOT_IN"})
_PRESENCE_OPERATORS: Final = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})

Contact = Mapping[str, str | None]


class InvalidSearch(ValueError):
    """The body breaks a documented rule."""


@dataclass(frozen=True, slots=True)
class Filter:
    property_name: str
    operator: str
    value: str = ""
    high_value: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def parse(cls, document: Any, known: frozenset[str]) -> "Filter":
        name, operator = _member(document, "propertyName"), _member(document, "operator")
        if not name or not operator:
            raise InvalidSearch(
                "Cannot build Filter, some of required attributes are not set "
                "[propertyName, operator]"
            )
        if name not in known:
            raise InvalidSearch(f"There was a problem with the request: no property {name}")
        if operator in _PRESENCE_OPERATORS:
            return cls(name, operator)
        if operator in _LIST_OPERATORS:
            if not isinstance(values := document.get("values"), list) or not values:
                raise InvalidSearch(f"operator {operator} requires values")
            return cls(name, operator, values=tuple(str(value) for value in values))
        return cls._with_value(document, name, operator)

    @classmethod
    def _with_value(cls, document: dict[str, Any], name: str, operator: str) -> "Filter":
        if operator not in _VALUE_OPERATORS:
            raise InvalidSearch(f"invalid operator {operator}")
        if document.get("value") is None:
            raise InvalidSearch(f"operator {operator} requires a value")
        if operator == "BETWEEN" and document.get("highValue") is None:
            raise InvalidSearch("operator BETWEEN requires a highValue")
        return cls(name, operator, str(document["value"]), str(document.get("highValue", "")))

    def matches(self, contact: Contact) -> bool:
        text = contact[self.property_name]
        if self.operator in _PRESENCE_OPERATORS:
            return (text is not None) == (self.operator == "HAS_PROPERTY")
        if self.operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN"):
            return text is None or not self._holds(text, self.operator.removeprefix("NOT_"))
        return text is not None and self._holds(text, self.operator)

    def _holds(self, text: str, operator: str) -> bool:
        here, value = property_order(text), property_order(self.value)
        match operator:
            case "EQ" | "NEQ":
                return text.casefold() == self.value.casefold()
            case "IN":
                # Text values of IN have to be given in lower case.
                return text.lower() in self.values
            case "CONTAINS_TOKEN":
                return _has_token(text, self.value)
            case "BETWEEN":
                return value <= here <= property_order(self.high_value)
            case "LT":
                return here < value
            case "LTE":
                return here <= value
            case "GT":
                return here > value
        return here >= value


@dataclass(frozen=True, slots=True)
class Search:
    groups: tuple[tuple[Filter, ...], ...]
    query: str
    properties: tuple[str, ...]
    limit: int
    after: int
    sort: tuple[str, bool] | None

    @classmethod
    def parse(cls, document: Any, known: frozenset[str]) -> "Search":
        if not isinstance(document, dict):
            raise InvalidSearch("Invalid input JSON: expected an object")
        query = document.get("query") or ""
        if not isinstance(query, str) or len(query) > MAX_QUERY_CHARACTERS:
            raise InvalidSearch(f"query must be a string of {MAX_QUERY_CHARACTERS} characters")
        limit = _whole_number(document.get("limit"), 10, "limit")
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidSearch(f"limit must be between 1 and {MAX_LIMIT}, was {limit}")
        after = _whole_number(document.get("after"), 0, "after")
        if after < 0 or after + limit > MAX_RESULTS:
            raise InvalidSearch(f"paging is limited to {MAX_RESULTS} results")
        return cls(
            _groups(document.get("filterGroups"), known),
            query,
            tuple(str(name) for name in _list(document.get("properties"), "properties")),
            limit,
            after,
            _sort(_list(document.get("sorts"), "sorts"), known),
        )

    def matches(self, contact: Contact) -> bool:
        if self.groups and not any(all(f.matches(contact) for f in g) for g in self.groups):
            return False
        return not self.query.strip() or _matches_query(contact, self.query.strip())


def property_order(text: str | None) -> tuple[int, Decimal, str]:
    """HubSpot keeps every value as a text; numbers still compare as numbers. Nothing comes last."""
    if text is None:
        return (2, Decimal(0), "")
    try:
        return (0, Decimal(text), "")
    except InvalidOperation:
        return (1, Decimal(0), text.casefold())


def _matches_query(contact: Contact, query: str) -> bool:
    """Every word begins a word of the searched properties, or the whole is part of a phone."""
    if any(same_digits(contact.get(name), query) for name in _PHONES):
        return True
    here = [word for name in _SEARCHED for word in words(contact.get(name))]
    return all(any(word.startswith(wanted) for word in here) for wanted in words(query) or [query])


def _has_token(text: str, pattern: str) -> bool:
    regex = ".*".join(re.escape(part) for part in pattern.casefold().split("*"))
    return any(re.fullmatch(regex, token) for token in (*words(text), text.casefold()))


def _groups(value: Any, known: frozenset[str]) -> tuple[tuple[Filter, ...], ...]:
    groups = [_list(_member_list(group), "filters") for group in _list(value, "filterGroups")]
    if len(groups) > MAX_FILTER_GROUPS:
        raise InvalidSearch(f"maximum of {MAX_FILTER_GROUPS} filterGroups, got {len(groups)}")
    if any(len(group) > MAX_FILTERS_PER_GROUP for group in groups):
        raise InvalidSearch(f"maximum of {MAX_FILTERS_PER_GROUP} filters per filterGroup")
    if sum(map(len, groups)) > MAX_FILTERS:
        raise InvalidSearch(f"maximum of {MAX_FILTERS} filters in total")
    return tuple(tuple(Filter.parse(item, known) for item in group) for group in groups)


def _sort(sorts: list[Any], known: frozenset[str]) -> tuple[str, bool] | None:
    if not sorts:
        return None
    if len(sorts) > 1:
        raise InvalidSearch("only one sort is allowed")
    (wanted,) = sorts
    name = wanted if isinstance(wanted, str) else _member(wanted, "propertyName") or ""
    descending = name.startswith("-") or _member(wanted, "direction") == "DESCENDING"
    if name.removeprefix("-") not in known:
        raise InvalidSearch(f"There was a problem with the request: no property {name}")
    return name.removeprefix("-"), descending


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidSearch(f"Cannot deserialize {name}: not an array")
    return value


def _member_list(group: Any) -> Any:
    return group.get("filters") if isinstance(group, dict) else None


def _member(document: Any, name: str) -> str | None:
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else None


def _whole_number(value: Any, default: int, name: str) -> int:
    """`after` comes back as the text it was given out as."""
    if value in (None, ""):
        return default
    try:
        return int(str(value))
    except ValueError as invalid:
        raise InvalidSearch(f"{name} must be an integer") from invalid
