"""Whatever is typed or sent, a system refuses it in its own words or searches for it."""

from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from local.demo_crm import graphql, hubspot_search, odata, odoo_domain, shopify_search

ROW = {"name": "Jane O'Brien", "balance": 1.5, "blocked": False}
CUSTOMER = dict.fromkeys(shopify_search.FIELDS, "12") | {"first_name": "Jane", "phone": None}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def pieces(*texts: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(texts) | st.text(max_size=5), max_size=20).map(" ".join)


@given(
    pieces("name", "balance", "eq", "and", "or", "(", ")", "contains(", ",", "'x'", "1", "tolower(")
)
def test_odata_filters(text: str) -> None:
    with suppress(odata.InvalidFilter):
        assert odata.parse_filter(text, ROW).holds(ROW) in (True, False)


@given(
    pieces("{", "}", "query", "$a", ":", "Int", "!", "(", ")", "[", "=", "id", '"x"', "1.5", "...")
)
def test_graphql_documents(text: str) -> None:
    with suppress(graphql.GraphQLSyntaxError):
        assert graphql.parse(text).selections


def test_graphql_nesting_is_bounded() -> None:
    for text in ("{a" * 5_000, "{a(b:" + "[" * 5_000, "query($a:" + "[" * 5_000):
        with suppress(graphql.GraphQLSyntaxError):
            raise AssertionError(graphql.parse(text))


@example("jane NOT")
@given(
    pieces("jane", "AND", "OR", "NOT", "-", "(", ")", "id:>", "phone:", "tag:'", '"', "a*", "\\")
)
def test_shopify_search_refuses_no_text(text: str) -> None:
    assert shopify_search.parse_query(text).matches(CUSTOMER) in (True, False)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("filterGroups", "sorts", "query", "properties", "limit", "after"), json_values
        ),
    )
)
def test_hubspot_bodies(body: dict[str, Any]) -> None:
    with suppress(hubspot_search.InvalidSearch):
        hubspot_search.Search.parse(body, frozenset({"email"}))


operators = st.sampled_from(("=", "!=", "<", "ilike", "not like", "=like", "in", "not in"))
leaves = st.tuples(st.sampled_from(("name", "balance")), operators, json_values).map(list)


@given(st.lists(st.sampled_from(("&", "|", "!")) | leaves | json_values, max_size=8))
def test_odoo_domains(domain: list[Any]) -> None:
    # These two are what Odoo answers with as well.
    with suppress(ValueError, TypeError):
        condition = odoo_domain.parse_domain(domain, frozenset(ROW), "res.partner")
        assert condition(ROW) in (True, False)
