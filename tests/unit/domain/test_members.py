"""Fields looked up together are what their expressions find one by one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillbridge.domain.expression import Expression
from tillbridge.domain.members import MemberFields

NAMES = st.sampled_from(["a", "b", "`d e`"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
FIELDS = st.recursive(
    st.dictionaries(st.sampled_from("wxyz"), PATHS, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("wxyz"), PATHS | inner, max_size=4),
    max_leaves=4,
)
ITEMS = st.recursive(
    st.sampled_from([None, True, 0, 1.5, "", "x"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b", "d e"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def compiled(fields: Any) -> Any:
    if isinstance(fields, str):
        return Expression.compile(fields)
    return {name: compiled(node) for name, node in fields.items()}


def one_by_one(node: Any, item: Any) -> Any:
    if isinstance(node, Expression):
        return node.evaluate(item)
    found = {name: one_by_one(inner, item) for name, inner in node.items()}
    return {name: value for name, value in found.items() if value is not None}


@settings(max_examples=500)
@given(sources=FIELDS, items=st.lists(ITEMS, max_size=3))
def test_fields_looked_up_together_are_what_their_expressions_find(
    sources: dict[str, Any], items: list[Any]
) -> None:
    fields = compiled(sources)
    together = MemberFields.of(fields)
    assert together is not None

    table = together.mapped(items)

    # repr tells 1 from True, and the order.
    expected = [one_by_one(fields, item) for item in items]
    assert table is None or repr(table.rows) == repr(expected)


def test_objects_are_looked_up_together_and_arrays_are_not() -> None:
    together = MemberFields.of(compiled({"tags": "tags", "at": {"city": "address.city"}}))
    assert together is not None

    table = together.mapped([{"address": {"city": "Aarhus"}, "tags": ["vip"]}, {"address": 5}])
    assert table is not None
    assert table.rows == [{"tags": ["vip"], "at": {"city": "Aarhus"}}, {"at": {}}]
    assert table.columns == {"tags": [["vip"], None], "at.city": ["Aarhus", None]}

    assert together.mapped([{"address": {}}, {"address": [{"city": "Aarhus"}]}]) is None
    assert together.mapped([[{"address": {"city": "Aarhus"}}]]) is None


@pytest.mark.parametrize("source", ["$", "$.a", "$$.a", "a[0]", "a.b[0].c", "a & b", "'a'"])
def test_what_is_no_path_from_member_to_member_is_left_to_its_expression(source: str) -> None:
    assert MemberFields.of(compiled({"id": "id", "x": {"y": source}})) is None
