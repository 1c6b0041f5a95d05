"""The config guard's handler and its store: what AWS fails at is told of again, nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.stub import Stubber

from functions.config_guard import handler
from tests.support.aws import TABLE, a_client_of_nobody, failing, put
from tests.support.builders import a_draft_key, a_written_draft
from tests.support.gateway import LambdaContext
from tillbridge.adapters.drafts import Drafts, written_draft
from tillbridge.domain.drafts import Draft, Judgement, Turn
from tillbridge.domain.faults import Fault
from tillbridge.domain.record_check import LOOKS_LIKE_A_SECRET
from tillbridge.errors import RecordsUnavailable
from tools.sam_local.events import load_event

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEY = a_draft_key()
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
BAD = Judgement(a_written_draft(text="x"), (Fault("text", "It is", 3, "Change it."),))


@pytest.fixture
def drafts(dynamodb: "DynamoDBClient") -> Drafts:
    return Drafts(dynamodb, TABLE, lambda: NOW)


def item(dynamodb: "DynamoDBClient", pk: str, sk: str) -> dict[str, Any]:
    return dict(dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"])


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The handler with an AWS that fails for one of the records; the names that were judged."""
    names: list[str] = []

    def judge(change: dict[str, Any]) -> None:
        name = change["Keys"]["sk"]["S"]
        if name == "INTEGRATION#Customer Lookup!":
            raise RecordsUnavailable
        names.append(name)

    monkeypatch.setattr(handler, "judge_change", judge)
    return names


def handled(event: dict[str, Any]) -> dict[str, Any]:
    any_context: Any = LambdaContext()
    return handler.lambda_handler(event, any_context)


def test_a_record_that_aws_fails_for_is_reported_alone(judged: list[str]) -> None:
    event = load_event("config_guard", "poison")
    failing_one = event["Records"][0]
    event["Records"] = [event["Records"][1], failing_one, event["Records"][3]]

    answer = handled(event)

    assert answer == {
        "batchItemFailures": [{"itemIdentifier": failing_one["dynamodb"]["SequenceNumber"]}]
    }
    assert judged[0] == "INTEGRATION#customer_lookup"


def test_when_all_fail_the_batch_does(judged: list[str]) -> None:
    event = load_event("config_guard", "poison")
    event["Records"] = event["Records"][:1]

    with pytest.raises(BatchProcessingError):
        handled(event)

    assert judged == []


def test_a_change_of_another_item_is_no_draft() -> None:
    keys = {"pk": {"S": "VERSION#acme#"}, "sk": {"S": "PROFILE#0"}}

    assert written_draft({"Keys": keys, "NewImage": keys}) is None


def test_a_draft_is_what_somebody_wrote_without_what_they_said_of_it(
    dynamodb: "DynamoDBClient", drafts: Drafts
) -> None:
    assert drafts.draft(KEY) is None
    put(dynamodb, "TENANT#acme#", KEY.name, name="x", n=5, saved_at="now", saved_by=7, judged_at="")

    draft = drafts.draft(KEY)

    assert draft == Draft({"name": "x", "n": 5}, {}, "now", None)
    assert draft.stored == {"name": {"S": "x"}, "n": {"N": "5"}}


@pytest.mark.parametrize("odd", [{"x": b"\0"}, {"x": ["deep", {b"a", b"b"}]}, {"x": "x" * 210_000}])
def test_what_is_too_large_or_binary_is_judged_but_not_kept(
    dynamodb: "DynamoDBClient", drafts: Drafts, odd: dict[str, Any]
) -> None:
    put(dynamodb, "TENANT#acme#", KEY.name, **odd)

    draft = drafts.draft(KEY)

    assert draft is not None
    assert draft.stored == {}
    drafts.note(KEY, Judgement(draft, (Fault("", "odd"),)))
    sk = f"{KEY.name}#{draft.content_hash}"
    assert "content" not in item(dynamodb, "VERSION#acme#", sk)


def test_a_verdict_says_all_that_is_known(dynamodb: "DynamoDBClient", drafts: Drafts) -> None:
    assert drafts.turn(KEY) == Turn()
    assert drafts.conclude(KEY, Turn(), BAD)

    latest = item(dynamodb, "VERSION#acme#", f"LATEST#{KEY.name}")
    assert latest["verdict"] == {"S": "bad"}
    assert latest["judged_at"] == {"S": "2026-01-02T03:04:05.678+00:00"}
    assert latest["turn"] == {"N": "1"}
    assert latest["reasons"]["L"][0]["M"] == {
        "path": {"S": "text"},
        "message": {"S": "It is"},
        "position": {"N": "3"},
        "hint": {"S": "Change it."},
    }
    assert drafts.turn(KEY) == Turn(1, None)


def test_a_live_record_is_as_it_was_written(dynamodb: "DynamoDBClient", drafts: Drafts) -> None:
    stored = {"n": {"N": "0.10000000000000000000000000000000000001"}, "s": {"SS": ["a", "b"]}}
    judgement = Judgement(Draft({"n": 0.1}, stored), (), {"expected_fields": {"x": {"count": 1}}})

    assert drafts.conclude(KEY, Turn(), judgement)

    live = item(dynamodb, "LIVE#acme#", KEY.name)
    assert {name: live[name] for name in stored} == stored
    assert live["expected_fields"] == {"M": {"x": {"M": {"count": {"N": "1"}}}}}
    assert live["content_hash"] == {"S": judgement.draft.content_hash}
    assert drafts.turn(KEY) == Turn(1, judgement.draft.content_hash)


def test_reasons_without_end_are_cut(dynamodb: "DynamoDBClient", drafts: Drafts) -> None:
    faults = tuple(Fault("p" * 2_000, "m" * 10_000, hint="h" * 10_000) for _ in range(500))

    drafts.conclude(KEY, Turn(), Judgement(a_written_draft(), faults))

    reasons = item(dynamodb, "VERSION#acme#", f"LATEST#{KEY.name}")["reasons"]
    assert len(json.dumps(reasons)) < 150_000
    assert reasons["L"][-1]["M"]["message"] == {"S": "There are 450 more"}


@pytest.mark.parametrize("operation", ["get_item", "transact_write_items", "put_item"])
def test_a_table_that_fails_or_hangs_up_is_told_of_again(
    dynamodb: "DynamoDBClient", operation: str
) -> None:
    calls: dict[str, Callable[[Drafts], Any]] = {
        "get_item": lambda d: (d.turn(KEY), d.draft(KEY)),
        "transact_write_items": lambda d: d.conclude(KEY, Turn(), BAD),
        "put_item": lambda d: d.note(KEY, BAD),
    }
    with failing(dynamodb, operation), pytest.raises(RecordsUnavailable):
        calls[operation](Drafts(dynamodb, TABLE, lambda: NOW))
    with pytest.raises(RecordsUnavailable):
        calls[operation](Drafts(a_client_of_nobody("dynamodb"), TABLE, lambda: NOW))


@pytest.mark.parametrize(
    ("code", "is_lost"),
    [("ConditionalCheckFailed", True), ("TransactionConflict", True), ("ValidationError", False)],
)
def test_a_transaction_that_is_canceled_was_lost_or_failed(
    dynamodb: "DynamoDBClient", drafts: Drafts, code: str, is_lost: bool
) -> None:
    reasons = [{"Code": "None"}, {"Code": code}]
    with Stubber(dynamodb) as stubber:
        stubber.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={"CancellationReasons": reasons},
        )
        if is_lost:
            assert drafts.conclude(KEY, Turn(), BAD) is False
        else:
            with pytest.raises(RecordsUnavailable):
                drafts.conclude(KEY, Turn(), BAD)


@pytest.mark.requirement("X2")
def test_what_looks_like_a_secret_is_kept_in_no_version(
    drafts: Drafts, dynamodb: "DynamoDBClient"
) -> None:
    secret = Judgement(a_written_draft(text="hunter2"), (Fault("text", LOOKS_LIKE_A_SECRET),))

    assert drafts.conclude(KEY, Turn(), secret)

    version = item(dynamodb, "VERSION#acme#", f"{KEY.name}#{secret.draft.content_hash}")
    assert version["verdict"] == {"S": "bad"}
    assert "hunter2" not in repr(version)


def test_a_long_reason_is_cut_by_its_bytes(drafts: Drafts, dynamodb: "DynamoDBClient") -> None:
    wordy = Judgement(a_written_draft(text="x"), (Fault("語" * 1_000, "It is"),))

    assert drafts.conclude(KEY, Turn(), wordy)

    (reason,) = item(dynamodb, "VERSION#acme#", f"LATEST#{KEY.name}")["reasons"]["L"]
    assert len(reason["M"]["path"]["S"].encode()) <= 410
