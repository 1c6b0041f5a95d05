"""From a draft, written with any client, to what a till is served by, on the deployed template: a
bad one never goes live and going back is one call (T56), a poison one blocks nothing (T28)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from local.demo_crm.credentials import KACHING_KEY
from local.demo_tenants import DEMO_TENANTS
from local.deploy import STACK
from local.emulator import CREDENTIALS, REGION
from local.seed import create_key
from local.stack import LocalStack
from tests.support.integrator import Integrator
from tests.support.till import Till
from tillbridge.adapters.drafts import Drafts
from tillbridge.domain.drafts import DraftKey, Judgement
from tillbridge.domain.record_kinds import content_hash, content_of

pytestmark = pytest.mark.stack

PROFILE = "PROFILE"
LOOKUP = "INTEGRATION#customer_lookup"
NOWHERE = {"operation": "customer_lookup", "request": {"url": "https://crm.example.com/find"}}


@pytest.fixture
def hire(stack: LocalStack) -> Callable[[str], Integrator]:
    return lambda tenant_id: Integrator(stack, tenant_id)


def a_till(integrator: Integrator) -> Till:
    stack = integrator.stack
    key = create_key(stack.emulator, integrator.table, integrator.tenant_id)
    return Till(stack.api, f"Bearer {key.token}")


def the_demo_record(stack: LocalStack) -> dict[str, Any]:
    """The record of the tenant whose system already answers in our shape."""
    (record,) = DEMO_TENANTS[0].integrations(stack.demo_crm)
    return record


def broken(record: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(record))
    changed["request"]["query"]["q"] = {"expression": "$uppercase(search_term"}
    changed["examples"][0]["expect"][0]["city"] = "Aarhus"
    return changed


@pytest.mark.requirement("K5")
def test_a_good_draft_is_live_and_a_bad_one_leaves_it_so(
    stack: LocalStack, hire: Callable[[str], Integrator]
) -> None:
    integrator = hire("good-then-bad")
    record = the_demo_record(stack)
    integrator.store_secret("crm-key", KACHING_KEY)

    assert integrator.publish(PROFILE, {"name": "Good", "currency": "DKK"})["verdict"] == "good"
    good = integrator.publish(LOOKUP, record)
    assert (good["verdict"], good["reasons"]) == ("good", [])
    bad = integrator.publish(LOOKUP, broken(record))
    customers = a_till(integrator).look_up("jane.doe@example.com").json()

    assert bad["verdict"] == "bad"
    (reason,) = bad["reasons"]
    assert reason["path"] == "request.query.q.expression"
    assert reason["position"] == len("$uppercase(search_term")
    assert reason["message"]
    assert reason["hint"]
    assert bad["live_hash"] == good["content_hash"] == content_hash(record)
    live = integrator.live(LOOKUP)
    assert live is not None
    assert content_hash(live) == content_hash(record)
    assert [customer["name"] for customer in customers] == ["Jane Doe"]


@pytest.mark.requirement("K5")
def test_going_back_is_one_call(hire: Callable[[str], Integrator]) -> None:
    integrator = hire("going-back")
    first = integrator.publish(LOOKUP, NOWHERE)
    integrator.publish(LOOKUP, {**NOWHERE, "enabled": False})
    (old,) = (one for one in integrator.versions() if one["content_hash"] == first["content_hash"])

    back = integrator.publish(LOOKUP, json.loads(json.dumps(old["content"])))

    assert back["live_hash"] == first["content_hash"]
    live = integrator.live(LOOKUP)
    assert live is not None
    assert "enabled" not in live


def test_a_deleted_draft_retires_the_live_record(hire: Callable[[str], Integrator]) -> None:
    integrator = hire("deleted")
    integrator.publish(PROFILE, {"name": "Deleted"})
    integrator.publish(LOOKUP, NOWHERE)

    integrator.delete(LOOKUP)
    latest = integrator.latest(LOOKUP, after_turn=1)
    answer = a_till(integrator).look_up("jane")

    assert latest["verdict"] == "retired"
    assert "live_hash" not in latest
    assert integrator.live(LOOKUP) is None
    assert (answer.status_code, answer.json()["code"]) == (501, "not_configured")


def test_a_record_that_was_never_good_is_never_live(hire: Callable[[str], Integrator]) -> None:
    integrator = hire("never-good")

    assert integrator.publish(LOOKUP, broken_only())["verdict"] == "bad"
    assert integrator.live(LOOKUP) is None


def broken_only() -> dict[str, Any]:
    return {**NOWHERE, "response": {"items": "a["}}


def _put(integrator: Integrator, item: dict[str, Any]) -> None:
    integrator.dynamodb.put_item(TableName=integrator.table, Item=item)


def _update(integrator: Integrator, item: dict[str, Any]) -> None:
    integrator.dynamodb.update_item(
        TableName=integrator.table,
        Key=integrator.key(PROFILE),
        UpdateExpression="SET #name = :name",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": item["name"]},
    )


def _batch(integrator: Integrator, item: dict[str, Any]) -> None:
    requests = {integrator.table: [{"PutRequest": {"Item": item}}]}
    integrator.dynamodb.batch_write_item(RequestItems=requests)


def _transaction(integrator: Integrator, item: dict[str, Any]) -> None:
    put = {"Put": {"TableName": integrator.table, "Item": item}}
    integrator.dynamodb.transact_write_items(TransactItems=[put])


def _resource(integrator: Integrator, item: dict[str, Any]) -> None:
    any_resource: Any = boto3.resource
    endpoint = integrator.stack.emulator.endpoint
    table = any_resource(
        "dynamodb", endpoint_url=endpoint, region_name=REGION, **CREDENTIALS
    ).Table(integrator.table)
    table.put_item(Item={name: value["S"] for name, value in item.items()})


@pytest.mark.parametrize("write", [_put, _update, _batch, _transaction, _resource])
def test_whatever_wrote_it_a_draft_is_judged(
    hire: Callable[[str], Integrator], write: Callable[[Integrator, dict[str, Any]], None]
) -> None:
    integrator = hire(f"by{write.__name__.replace('_', '-')}")

    write(integrator, {**integrator.key(PROFILE), "name": {"S": "Acme"}})

    assert integrator.latest(PROFILE)["verdict"] == "good"
    live = integrator.live(PROFILE)
    assert live is not None
    assert content_of(live) == {"name": "Acme"}


def test_a_record_is_judged_again_once_its_secret_is_there(
    stack: LocalStack, hire: Callable[[str], Integrator]
) -> None:
    integrator = hire("secret-later")
    record = the_demo_record(stack)
    before = integrator.publish(LOOKUP, record)

    integrator.store_secret("crm-key", KACHING_KEY)
    saved_at = datetime.now(UTC).isoformat()
    after = integrator.publish(LOOKUP, {**record, "saved_at": saved_at, "saved_by": "me"})

    assert [reason["path"] for reason in before["reasons"]] == ["auth.secret"]
    assert after["verdict"] == "good"
    assert after["content_hash"] == before["content_hash"]
    assert (after["saved_at"], after["saved_by"]) == (saved_at, "me")
    assert len(integrator.versions()) == 1


ABSURD: dict[str, dict[str, Any]] = {
    "UNKNOWN#kind": {"name": {"S": "x"}},
    "PROFILE#1": {"name": {"S": "x"}},
    "INTEGRATION#Customer Lookup": {"operation": {"S": "Customer Lookup"}},
    "INTEGRATION#" + "x" * 1_000: {"operation": {"S": "x"}},
    "INTEGRATION#other_name": {"operation": {"S": "customer_lookup"}},
    "INTEGRATION#binary": {"operation": {"B": b"\x00\xff"}, "request": {"BS": [b"a", b"b"]}},
    "INTEGRATION#types": {"operation": {"N": "1E+37"}, "request": {"NS": ["1", "-2.5"]}},
    "INTEGRATION#nothing": {},
    "INTEGRATION#huge": {"operation": {"S": "huge"}, "request": {"S": "x" * 399_000}},
    "INTEGRATION#odd": {"": {"S": "no name"}, "request": {"NULL": True}, "auth": {"L": []}},
    "INTEGRATION#deep": {"request": {"M": {"body": {"L": [{"L": [{"M": {}}]}]}}}},
    "INTEGRATION#marked": {"content_hash": {"S": "mine"}, "expected_fields": {"N": "1"}},
}


def test_poison_among_good_drafts_is_judged_and_blocks_nothing(
    stack: LocalStack, hire: Callable[[str], Integrator]
) -> None:
    integrator = hire("poison")
    good = {f"INTEGRATION#good_{n}": f"good_{n}" for n in "abcdef"}
    operations = iter(good.values())
    for n, (name, attributes) in enumerate(ABSURD.items()):
        _put(integrator, {**attributes, **integrator.key(name)})
        if n % 2:
            operation = next(operations)
            integrator.write(f"INTEGRATION#{operation}", {**NOWHERE, "operation": operation})
    _put(integrator, {"pk": {"S": "TENANT#poison"}, "sk": {"S": PROFILE}, "name": {"S": "x"}})

    versions = integrator.versions(at_least=len(ABSURD) + len(good))

    verdicts = {one["name"]: one for one in versions}
    assert {name for name, one in verdicts.items() if one["verdict"] == "good"} == good.keys()
    assert {name for name, one in verdicts.items() if one["verdict"] == "bad"} == ABSURD.keys()
    assert all(one["reasons"] for one in versions if one["verdict"] == "bad")
    assert all(integrator.live(name) for name in good)
    assert not any(integrator.live(name) for name in ABSURD)
    (no_tenant,) = integrator.items("VERSION#poison")
    assert no_tenant["reasons"][0]["path"] == "pk"
    assert unjudged(stack) == 0


def unjudged(stack: LocalStack) -> int:
    sqs = stack.emulator.client("sqs")
    attributes = sqs.get_queue_attributes(
        QueueUrl=stack.outputs["UnjudgedDraftsQueue"], AttributeNames=["All"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def test_however_many_write_at_once_the_last_draft_decides(
    hire: Callable[[str], Integrator],
) -> None:
    integrator = hire("concurrent")
    names = [f"INTEGRATION#operation_{letter}" for letter in "abc"]
    for name in names:
        # Each has been live: a draft that is overtaken before it is judged never is.
        integrator.publish(name, {**NOWHERE, "operation": name.partition("#")[2]})

    def edit(number: int) -> None:
        name = names[number % len(names)]
        record = {**NOWHERE, "operation": name.partition("#")[2]}
        if number % 4 == 3:
            record |= {"response": {"items": "a["}}
        record["request"] = {"url": f"https://crm.example.com/{number}"}
        integrator.write(name, record)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(edit, range(36)))

    written = 36 + len(names)
    assert len(integrator.versions(at_least=written)) == written, "each edit got its verdict"
    for name in names:
        draft = integrator.draft(name)
        assert draft is not None
        latest = integrator.latest(name)
        live = integrator.live(name)
        assert live is not None
        assert latest["content_hash"] == content_hash(draft)
        assert latest["live_hash"] == content_hash(live)
        if latest["verdict"] == "good":
            assert content_of(live) == content_of(draft)


def test_a_turn_that_is_over_concludes_nothing(hire: Callable[[str], Integrator]) -> None:
    """What a guard that was overtaken does, on the table's own conditions."""
    integrator = hire("turns")
    integrator.publish(PROFILE, {"name": "First"})
    key = DraftKey("turns#", PROFILE)
    drafts = Drafts(integrator.dynamodb, integrator.table, lambda: datetime.now(UTC))
    turn, first = drafts.turn(key), drafts.draft(key)
    assert first is not None
    integrator.publish(PROFILE, {"name": "Second"})

    assert drafts.conclude(key, turn, Judgement(first, ())) is False
    assert drafts.conclude(key, turn, None) is False
    live = integrator.live(PROFILE)
    assert live is not None
    assert content_of(live) == {"name": "Second"}
    now = drafts.turn(key)
    assert (now.number, now.live_hash) == (2, content_hash({"name": "Second"}))
    assert drafts.conclude(key, now, Judgement(first, ())) is True
    assert drafts.conclude(key, now, None) is False


def told_of(integrator: Integrator, name: str, image: dict[str, Any] | None) -> dict[str, Any]:
    """What the deployed guard answers to a stream record that comes late, or twice."""
    emulator = integrator.stack.emulator
    resource = emulator.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId="ConfigGuardFunction"
    )
    key = integrator.key(name)
    change = {"Keys": key, "SequenceNumber": "1"}
    if image is not None:
        change["NewImage"] = {**image, **key}
    record = {"eventSource": "aws:dynamodb", "eventID": "1", "dynamodb": change}
    answer = emulator.client("lambda").invoke(
        FunctionName=resource["StackResourceDetail"]["PhysicalResourceId"],
        Payload=json.dumps({"Records": [record]}),
    )
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    return result


def test_a_writing_that_is_told_of_late_or_twice_changes_nothing(
    hire: Callable[[str], Integrator],
) -> None:
    integrator = hire("late-and-twice")
    integrator.publish(PROFILE, {"name": "Old"})
    integrator.publish(PROFILE, {"name": "New"})

    for image in ({"name": {"S": "Old"}}, {"name": {"S": "New"}}, None):
        assert told_of(integrator, PROFILE, image) == {"batchItemFailures": []}

    live = integrator.live(PROFILE)
    assert live is not None
    assert content_of(live) == {"name": "New"}
    assert len(integrator.versions()) == 2

    integrator.delete(PROFILE)
    integrator.latest(PROFILE, after_turn=5)
    told_of(integrator, PROFILE, {"name": {"S": "New"}})
    assert integrator.live(PROFILE) is None


def test_what_is_said_of_a_draft_is_not_itself_a_draft(hire: Callable[[str], Integrator]) -> None:
    """No loop: one write is one turn, however much was written since."""
    integrator, other = hire("no-loop"), hire("no-loop-other")
    integrator.publish(PROFILE, {"name": "Once"})

    for n in range(5):
        other.publish(PROFILE, {"name": f"Other {n}"})

    assert integrator.turn(PROFILE) == 1
    assert other.turn(PROFILE) == 5


def test_what_is_live_on_the_local_stack_went_through_the_guard(stack: LocalStack) -> None:
    for tenant in DEMO_TENANTS:
        integrator = Integrator(stack, tenant.tenant_id)
        for name in (PROFILE, LOOKUP):
            live = integrator.live(name)
            assert live is not None
            assert live["content_hash"] == integrator.latest(name)["live_hash"]
            assert live["content_hash"] == content_hash(live)
