"""Whatever a record makes go wrong is its verdict: judging it raises for nothing but AWS."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpora.hostile_expressions import HOSTILE
from tests.support.builders import a_draft_key, a_record, a_request, a_secret, a_written_draft
from tests.support.fakes import FakeSecrets
from tillbridge.domain import record_kinds
from tillbridge.domain.credential import Secret
from tillbridge.domain.drafts import DraftKey, Judgement
from tillbridge.domain.record_content import Content
from tillbridge.entrypoint import drafts
from tillbridge.errors import RecordsUnavailable

SOME = sorted(HOSTILE)[::15]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("operation", "request", "auth", "outcomes", "response", "examples", "name", "status")


def judged(
    content: Content,
    key: DraftKey | None = None,
    secret: Secret | None = None,
    live: Content | None = None,
) -> Judgement:
    secrets = FakeSecrets({("acme", "crm"): secret} if secret else {})
    judge = drafts.judge(frozenset(), lambda: secrets, lambda _key: live)
    return judge(key or a_draft_key(), a_written_draft(**content))


def test_a_good_draft_is_good_and_says_what_its_examples_hold() -> None:
    record = a_record(
        auth={"kind": "bearer", "secret": "crm"},
        response={"items": "hits", "fields": {"identifier": "id"}},
        examples=[
            {
                "name": "one",
                "input": {"search_term": "x"},
                "response": {"body": {"hits": [{"id": 7}]}},
                "expect": [{"identifier": "7"}],
            }
        ],
    )

    judgement = judged(record, secret=a_secret())

    assert judgement.verdict == "good"
    assert judgement.derived.keys() <= record_kinds.BOOKKEEPING
    assert judgement.derived == {
        "expected_fields": {"identifier": {"types": ["number"], "count": 1, "always": True}}
    }


def test_a_secret_that_is_not_there_or_not_bound_is_a_fault() -> None:
    record = a_record(auth={"kind": "bearer", "secret": "crm"})

    assert [fault.path for fault in judged(record).faults] == ["auth.secret"]
    unbound = a_secret("s3cret", "https://other.example.com")
    assert [fault.path for fault in judged(record, secret=unbound).faults] == ["request.url"]


@pytest.mark.parametrize("owner", ["acme", "Acme#", "#", "", "a#b#", "acme##"])
def test_a_key_that_is_no_tenants_is_a_fault(owner: str) -> None:
    (fault,) = judged(a_record(), a_draft_key(owner=owner)).faults

    assert fault.path == "pk"


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("place", ["response", "request", "outcomes"])
def test_a_hostile_expression_is_stopped_and_judged(name: str, place: str) -> None:
    changes: dict[str, Any] = {
        "response": {"response": {"expression": HOSTILE[name]}},
        "request": {"request": a_request(query={"q": {"expression": HOSTILE[name]}})},
        "outcomes": {"outcomes": [{"when": {"body": HOSTILE[name]}, "is": "failed"}]},
    }
    example = {"name": "one", "response": {"body": {"a": [1, "b"]}}, "expect": "impossible"}

    assert judged(a_record(**changes[place], examples=[example])).verdict == "bad"


@given(st.dictionaries(st.sampled_from(MEMBERS) | st.text(), ODD, max_size=6), st.booleans())
def test_no_content_makes_it_raise(content: Content, is_profile: bool) -> None:
    name = "PROFILE" if is_profile else "INTEGRATION#customer_lookup"
    judgement = judged(content, a_draft_key(name))

    assert judgement.verdict in ("good", "bad")


@pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, RecursionError])
def test_a_check_that_fails_itself_is_a_verdict_too(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(drafts, "faults_in_record", fail)

    (fault,) = judged(a_record()).faults

    assert fault.message == "The check itself failed"


def test_what_aws_cannot_tell_is_no_verdict() -> None:
    def silent(tenant_id: str, name: str) -> Secret:
        raise RecordsUnavailable(f"{tenant_id}/{name}")

    judge = drafts.judge(frozenset(), lambda: silent, lambda _key: None)

    with pytest.raises(RecordsUnavailable):
        judge(a_draft_key(), a_written_draft(**a_record(auth={"kind": "bearer", "secret": "crm"})))


def test_a_pseudonym_key_is_not_changed_under_the_customers() -> None:
    profile = {"name": "Acme", "pseudonym_key": "k" * 32}

    assert judged(profile, a_draft_key("PROFILE"), live=profile).verdict == "good"
    changed = judged({"name": "Acme"}, a_draft_key("PROFILE"), live=profile)

    assert [fault.path for fault in changed.faults] == ["pseudonym_key"]


def test_every_kind_derives_from_good_content_only() -> None:
    assert {kind.label for kind in record_kinds.KINDS} == {
        "PROFILE",
        "PROGRAM",
        "CUSTOMER_ACCOUNT",
        "INTEGRATION",
        "REWARD",
        "DISCOUNTS",
        "CAMPAIGN",
    }
    assert judged({"name": "Acme"}, a_draft_key("PROFILE")).derived == {}
    assert judged({}, a_draft_key("PROFILE")).derived == {}
