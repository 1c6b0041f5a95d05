"""Customers' identifiers in a path: any of them arrives as it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillbridge.domain.customer_ref import from_segment, to_segment

printable = st.text(min_size=1, max_size=60).filter(str.isprintable)


@given(printable)
def test_any_identifier_comes_back_from_its_segment(customer_id: str) -> None:
    segment = to_segment(customer_id)

    assert re.fullmatch(r"[A-Za-z0-9._~-]+", segment)
    assert from_segment(segment) == customer_id


@pytest.mark.parametrize(
    "customer_id", ["gid://shopify/Customer/1", "50% off", "b64.x", "O'Brien", ".", ".."]
)
def test_awkward_identifiers_come_back_too(customer_id: str) -> None:
    assert from_segment(to_segment(customer_id)) == customer_id


@pytest.mark.parametrize("step", [".", ".."])
def test_a_step_of_a_path_never_travels_as_one(step: str) -> None:
    assert to_segment(step) != step


def test_a_plain_identifier_may_be_encoded_as_well() -> None:
    assert from_segment("b64.Qy0x") == from_segment("C-1") == "C-1"


@pytest.mark.parametrize(
    "segment", ["", "a b", "a%2Fb", "b64.", "b64.*", "b64._w", "b64.AA", "x" * 257, "é"]
)
def test_what_is_no_identifier_is_refused(segment: str) -> None:
    with pytest.raises(ValueError, match=r"give|write|base64url|control"):
        from_segment(segment)
