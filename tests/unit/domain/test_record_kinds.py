from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import a_record
from tillbridge.domain.record_kinds import (
    BOOKKEEPING,
    KINDS,
    MAX_CONTENT_BYTES,
    changed_for_good,
    content_hash,
    content_of,
    faults_in_record,
    kind_of,
)

NAME = "INTEGRATION#customer_lookup"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("name", "label"),
    [("PROFILE", "PROFILE"), (NAME, "INTEGRATION"), ("INTEGRATION#x", "INTEGRATION")],
)
def test_a_name_has_its_kind(name: str, label: str) -> None:
    kind = kind_of(name)

    assert kind is not None
    assert kind.label == label


@pytest.mark.parametrize(
    "name",
    [
        *("", "PROFILE#", "PROFILE#x", "profile", "INTEGRATION", "INTEGRATION#", "OTHER#a"),
        *("INTEGRATION#a#b", "INTEGRATION#A", "INTEGRATION# a", f"INTEGRATION#{'a' * 65}"),
    ],
)
def test_another_name_has_none_and_a_record_under_it_is_at_fault(name: str) -> None:
    assert kind_of(name) is None
    (fault,) = faults_in_record(name, a_record())
    assert "PROFILE, PROGRAM, CUSTOMER_ACCOUNT, INTEGRATION#…" in (fault.hint or "")


def test_a_kind_names_its_records() -> None:
    profile, programme, account, integration, reward, discounts, campaign = KINDS

    assert profile.name_of({"name": "Acme"}) == "PROFILE"
    assert programme.name_of({"hold_ttl_s": 60}) == "PROGRAM"
    assert account.name_of({"enabled": True}) == "CUSTOMER_ACCOUNT"
    assert integration.name_of(a_record()) == NAME
    assert reward.name_of({"id": "five-off"}) == "REWARD#five-off"
    assert discounts.name_of({"strategy": "priority"}) == "DISCOUNTS"
    assert campaign.name_of({"id": "gold"}) == "CAMPAIGN#gold"


@given(st.dictionaries(st.text().filter(lambda name: name not in BOOKKEEPING), JSON), st.randoms())
def test_the_hash_is_of_the_content_however_it_is_ordered_and_whoever_saved_it(
    content: dict[str, Any], random: Any
) -> None:
    names = list(content)
    random.shuffle(names)
    saved = {name: content[name] for name in names} | {"pk": "x", "sk": NAME, "saved_at": "now"}

    assert content_hash(saved) == content_hash(content)
    assert content_hash({**content, "one more": 1}) != content_hash(content)


def test_numbers_have_one_spelling() -> None:
    hashes = {content_hash({"n": [n]}) for n in (50, 50.0, Decimal("50"), Decimal("5E+1"))}

    assert len(hashes) == 1
    assert content_hash({"n": Decimal("0.1")}) == content_hash({"n": 0.1})
    assert content_hash({"n": 1}) != content_hash({"n": True})


def test_bookkeeping_is_no_content() -> None:
    assert content_of({"pk": "LIVE#acme#", "sk": "PROFILE", "saved_by": "me", "name": "A"}) == {
        "name": "A"
    }


def test_a_record_must_be_what_its_name_says() -> None:
    assert faults_in_record(NAME, a_record()) == []
    (fault,) = faults_in_record("INTEGRATION#loyalty_balance", a_record())
    assert fault.path == "operation"


def test_a_profile_is_judged_strictly() -> None:
    assert faults_in_record("PROFILE", {"name": "Acme", "currency": "DKK"}) == []
    faults = faults_in_record("PROFILE", {"statsu": "active", "currency": "kr"})
    assert [fault.path for fault in faults] == ["name", "currency", "statsu"]
    assert faults[2].hint == "Did you mean status?"


def test_a_programme_is_judged_by_its_schema() -> None:
    assert faults_in_record("PROGRAM", {"hold_ttl_s": 900}) == []
    faults = faults_in_record("PROGRAM", {"hold_ttl_s": 1, "holdttl": 900})
    assert [fault.path for fault in faults] == ["hold_ttl_s", "holdttl"]


def test_a_pseudonym_key_stays_as_long_as_the_profile_is_live() -> None:
    profile = {"name": "Acme", "pseudonym_key": "k" * 32}

    assert changed_for_good("PROFILE", profile, None) == []
    assert changed_for_good("PROFILE", profile, {"name": "Acme"}) == []
    assert changed_for_good("PROFILE", {**profile, "name": "Acme Ltd"}, profile) == []
    for changed in ({"name": "Acme"}, {**profile, "pseudonym_key": "x" * 32}):
        (fault,) = changed_for_good("PROFILE", changed, profile)
        assert fault.path == "pseudonym_key"
        assert "k" * 32 not in str(fault)


def test_a_record_that_is_too_large_is_refused_before_it_is_read() -> None:
    (fault,) = faults_in_record(NAME, a_record(examples="x" * MAX_CONTENT_BYTES))

    assert str(MAX_CONTENT_BYTES) in fault.message


def test_a_record_that_is_nested_too_deep_to_be_kept_is_refused() -> None:
    """DynamoDB took the draft and not its version, a level deeper: it was never judged."""
    body: Any = 1
    for _ in range(27):
        body = [body]
    example = {"name": "deep", "response": {"body": body}, "expect": []}

    (fault,) = faults_in_record(NAME, a_record(examples=[example]))

    assert "nested" in fault.message
