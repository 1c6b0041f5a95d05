"""What an operator and an integrator do about merchants' own loyalty systems, with tillctl on the
deployed stack; and the smallest system of all, connected in a test."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from local.demo_crm.credentials import BARE_KEY
from local.deploy import STACK
from local.seed import put_item
from local.stack import LocalStack, write_description
from tests.support.till import Till, new_tenant
from tests.support.tillctl import Result, tillctl
from tillbridge.domain.caller import Scope
from tillbridge.domain.ledger.actor import instant
from tillbridge.domain.ledger.keys import redemption_key

pytestmark = pytest.mark.stack

SQUARE, ERPLY = "kaffe-huset", "bryghus-nord"
_LONG_AGO_S = 600


@pytest.fixture(autouse=True)
def folder(stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder beside which make run was started."""
    monkeypatch.chdir(tmp_path)
    Path(".local").mkdir()
    write_description(stack, Path(".local/stack.json"))


@pytest.fixture(autouse=True)
def healthy(stack: LocalStack) -> Iterator[None]:
    yield
    for system in ("square", "erply", "bare"):
        requests.delete(f"{stack.demo_crm}/control/faults/{system}", timeout=10)


def local(*words: object) -> Result:
    return tillctl(*words, "--local")


def break_(stack: LocalStack, system: str, fault: str, times: int | None = None) -> None:
    url = f"{stack.demo_crm}/control/faults/{system}"
    requests.post(url, json={"fault": fault, "times": times}, timeout=10).raise_for_status()


def probe(tenant: str) -> Result:
    return local("probe", tenant, "--customer", f"L-{uuid4()}", "--json")


def redeem(till: Till, customer: str, **body: Any) -> requests.Response:
    asked = {"customer_id": customer, "points": 100, "store_id": "shop", "sale_ref": str(uuid4())}
    headers = {"Idempotency-Key": str(uuid4())}
    return till.call("POST", "/v1/redemptions", json={**asked, **body}, headers=headers)


@pytest.mark.parametrize("tenant", [SQUARE, "lumen-living", ERPLY])
def test_a_system_that_keeps_its_word_passes_the_probe(tenant: str) -> None:
    probed = probe(tenant)
    said = json.loads(probed.stdout)
    assert (probed.exit_code, said["holds"]) == (0, True), said


def test_a_system_that_books_a_reference_twice_is_caught(stack: LocalStack) -> None:
    tenant = a_bare_shop(stack)
    assert probe(tenant).exit_code == 0
    break_(stack, "bare", "forgetful")
    probed = probe(tenant)
    broken = [f["promise"] for f in json.loads(probed.stdout)["findings"] if not f["holds"]]
    assert probed.exit_code == 1
    assert broken[0] == "the same reference twice takes points once"


@pytest.mark.parametrize("manner", ["twice", "overdrawing", "error_500", "slow"])
def test_other_liars_are_caught_as_well(stack: LocalStack, manner: str) -> None:
    tenant = a_bare_shop(stack)
    break_(stack, "bare", manner)
    assert probe(tenant).exit_code == 1


def test_what_the_probe_finds_is_shown_line_by_line() -> None:
    shown = local("probe", SQUARE, "--customer", f"L-{uuid4()}")
    assert "✓ points are taken" in shown.stdout
    assert "kaffe-huset: the system keeps what its record promises" in shown.stdout


def test_who_has_no_system_of_its_own_is_told_so() -> None:
    told = local("probe", "fjord-outdoor", "--customer", "C-1")
    assert (told.exit_code, "no loyalty programme" in told.stderr) == (1, True)


def test_the_smallest_system_of_all_sells_with_points(stack: LocalStack) -> None:
    tenant, customer = a_bare_shop(stack), f"L-{uuid4()}"
    till = Till(stack.api, BARE_TILLS[tenant].authorization)
    break_(stack, "bare", "unanswered", times=1)
    unknown = redeem(till, customer, mode="burn")
    assert unknown.status_code == 202
    time.sleep(3)
    found = till.call("GET", f"/v1/redemptions/{unknown.json()['redemption_id']}")
    assert (found.status_code, found.json()["state"]) == (200, "captured")


def test_a_person_says_what_became_of_a_call(stack: LocalStack) -> None:
    till, customer = Till.of(stack, ERPLY), f"L-{uuid4()}"
    break_(stack, "erply", "unanswered", times=1)
    unknown = redeem(till, customer)
    redemption = unknown.json()["redemption_id"]
    let_it_settle(stack, redemption)

    listed = json.loads(local("redemptions", "list", ERPLY, "--json").stdout)
    assert redemption in [one["redemption_id"] for one in listed]
    shown = json.loads(local("redemptions", "show", ERPLY, redemption, "--json").stdout)
    assert (shown["balance_now"], shown["calls"][0]["state"]) == (900, "manual")
    words = ("--applied", "--actor", "Kim", "--reason", "transaction 7 in Erply")
    said = local("redemptions", "resolve", ERPLY, redemption, *words)
    assert said.exit_code == 0, said.stderr

    assert till.call("GET", f"/v1/redemptions/{redemption}").json()["state"] in ("held", "expired")
    assert local("redemptions", "resolve", ERPLY, redemption, *words).exit_code == 1
    left = json.loads(local("redemptions", "list", ERPLY, "--json").stdout)
    assert redemption not in [one["redemption_id"] for one in left]


def let_it_settle(stack: LocalStack, redemption: str) -> None:
    """Its call was sent a while ago: waiting for that would take minutes."""
    key, sent_s = redemption_key(ERPLY, redemption), int(time.time()) - _LONG_AGO_S
    number = {"N": str(sent_s)}
    stack.emulator.client("dynamodb").update_item(
        TableName=stack.outputs["LedgerTable"],
        Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}},
        UpdateExpression="SET legs[0].first_sent_s = :s, legs[0].due_s = :s, due_at = :at",
        ExpressionAttributeValues={":s": number, ":at": {"S": instant(sent_s)}},
    )
    described = stack.emulator.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId="UpstreamResolverFunction"
    )
    name = described["StackResourceDetail"]["PhysicalResourceId"]
    stack.emulator.client("lambda").invoke(FunctionName=name)


BARE_TILLS: dict[str, Till] = {}


def a_bare_shop(stack: LocalStack) -> str:
    """A tenant whose programme is the demo CRM's smallest."""
    tenant = f"bare-{uuid4().hex[:8]}"
    BARE_TILLS[tenant] = new_tenant(
        stack,
        tenant,
        profile={"pseudonym_key": "k" * 32},
        secrets={"bare-key": BARE_KEY},
        scopes=frozenset(Scope),
    )
    programme = {
        "provider": "http",
        "capability": {"kind": "key", "key_window_s": 86_400},
        "reverse": "by_ref",
        "max_processing_s": 10,
    }
    table, live = stack.outputs["TenantsTable"], f"LIVE#{tenant}#"
    put_item(stack.emulator, table, live, "PROGRAM", programme)
    for record in (
        _bare(stack, "loyalty_balance", "GET", "", {"available": "points"}),
        _bare(stack, "loyalty_redeem", "POST", "/debit", {"transaction_id": "id"}),
        _bare(stack, "loyalty_reverse", "POST", "/undo", {"transaction_id": "id"}),
    ):
        put_item(stack.emulator, table, live, f"INTEGRATION#{record['operation']}", record)
    return tenant


def _bare(
    stack: LocalStack, operation: str, method: str, path: str, fields: dict[str, str]
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "url": f"{stack.demo_crm}/bare/points/{{customer_id}}{path}",
        "timeout_ms": 2_000,
    }
    if method == "POST":
        request |= {"headers": {"Idempotency-Key": "{reference}"}, "body": {"points": "{points}"}}
    return {
        "operation": operation,
        "request": request,
        "auth": {"kind": "api_key", "secret": "bare-key", "in": "header", "name": "X-Api-Key"},
        "outcomes": [
            {"when": {"status": 404, "body": "error = 'customer'"}, "is": "not_found"},
            {"when": {"status": 422, "body": "error = 'points'"}, "is": "insufficient_points"},
        ],
        "response": {"fields": fields},
    }
