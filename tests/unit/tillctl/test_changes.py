"""What differs between two records, and what of today's would not hold."""

import json
from typing import Any

import pytest
from pydantic import Field

from local.demo_tenants import TENANTS
from tillbridge.domain.tenant import TenantProfile
from tools.tillctl import profiles
from tools.tillctl.changes import changes_between, regressions
from tools.tillctl.profiles import with_kept, with_minted, without_minted

RECORD = json.loads((TENANTS / "kaffe-huset/integrations/customer_lookup.json").read_text())

NAME = "INTEGRATION#customer_lookup"


def changed(**changes: Any) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(json.dumps(RECORD))
    return record | changes


def told(old: Any, new: Any) -> set[tuple[str, str]]:
    return {(change.path, change.kind) for change in changes_between(old, new)}


def test_the_smallest_parts_that_differ_are_told() -> None:
    old: dict[str, Any] = {"a": {"b": 1, "c": [1, 2]}, "gone": None, "same": [{}]}
    new: dict[str, Any] = {"a": {"b": 2, "c": [1, 3]}, "came": None, "same": [{}]}

    assert told(old, new) == {
        ("a.b", "changed"),
        ("a.c.1", "changed"),
        ("came", "added"),
        ("gone", "removed"),
    }


def test_examples_are_told_by_their_names() -> None:
    first, second, third, fourth = RECORD["examples"]
    new = changed(examples=[third, first | {"expect": []}, second, fourth | {"name": "new"}])

    assert told(RECORD, new) == {
        (f'examples "{first["name"]}"', "changed"),
        (f'examples "{fourth["name"]}"', "removed"),
        ('examples "new"', "added"),
    }


def test_nothing_differs_from_itself() -> None:
    assert told(RECORD, changed()) == set()


def test_an_example_of_today_that_would_not_hold_is_told_where_it_differs() -> None:
    mapping = {**RECORD["response"], "items": "result"}
    mapping["fields"] = {**mapping["fields"], "city": "city ? $uppercase(city)"}

    (fault,) = regressions(NAME, RECORD, changed(response=mapping, examples=[]))

    assert fault.path == "examples.0.expect.0.city"
    assert 'expected "Berlin", got "BERLIN"' in fault.message


def test_examples_of_today_that_still_hold_are_no_regressions() -> None:
    assert regressions(NAME, RECORD, changed(examples=[])) == []
    assert regressions(NAME, None, RECORD) == []
    assert regressions("PROFILE", {"name": "a profile"}, {"name": "another"}) == []


class ProfileWithKey(TenantProfile):
    pseudonym_key: str | None = Field(default=None)


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Profiles that know a key for their customers' pseudonyms."""
    monkeypatch.setattr(profiles, "TenantProfile", ProfileWithKey)


@pytest.mark.usefixtures("keyed")
def test_a_tenant_is_made_with_a_key_of_its_own_that_stays() -> None:
    made = with_minted({"name": "Acme"})

    published = with_kept("PROFILE", {"name": "Acme 2"}, made)

    assert len(made["pseudonym_key"]) == 64
    assert made["pseudonym_key"] != with_minted({"name": "Acme"})["pseudonym_key"]
    assert published["pseudonym_key"] == made["pseudonym_key"]
    assert with_kept("PROFILE", {"name": "Acme"}, None).keys() == {"name", "pseudonym_key"}
    assert with_kept("INTEGRATION#x", {"operation": "x"}, made) == {"operation": "x"}


@pytest.mark.usefixtures("keyed")
def test_a_key_is_never_shown() -> None:
    made = with_minted({"name": "Acme"})

    (change,) = changes_between({"name": "Acme"}, made)

    assert change.path == "pseudonym_key"
    assert made["pseudonym_key"] not in str(change.as_json())
    assert without_minted(made) == {"name": "Acme"}


def test_a_profile_that_does_not_say_so_leaves_a_suspension_alone() -> None:
    suspended = {"name": "Acme", "status": "suspended"}

    assert with_kept("PROFILE", {"name": "A"}, suspended)["status"] == "suspended"
    assert with_kept("PROFILE", {"name": "A", "status": "active"}, suspended)["status"] == "active"
