"""tillctl against the deployed stack: published is what the config guard found good, and tills
follow it."""

import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.seed import create_key
from local.session_token import mint
from local.stack import LocalStack, write_description
from tests.support.till import Till
from tests.support.tillctl import Result, tillctl
from tools.tillctl.record_file import read_record

pytestmark = pytest.mark.stack

TENANT = "tillctl-shop"
LOOKUP = Path(TENANT) / "integrations" / "customer_lookup.jsonc"
RECORD = f"{TENANT}/customer_lookup"


@pytest.fixture(autouse=True)
def folder(stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder beside which make run was started."""
    monkeypatch.chdir(tmp_path)
    Path(".local").mkdir()
    write_description(stack, Path(".local/stack.json"))


@pytest.fixture
def shop(stack: LocalStack) -> None:
    """A published tenant of the demo CRM's HubSpot, as it was in the beginning."""
    tillctl("init", TENANT, "--preset", "hubspot")
    edit("https://api.hubapi.com/", f"{stack.demo_crm}/hubspot/")
    secret = ("secrets", "set", TENANT, "hubspot-token", "--origin", stack.demo_crm)
    local(*secret, typed="pat-demo-only")
    assert local("publish", TENANT, "--accept").exit_code == 0


def local(*words: object, typed: str | None = None) -> Result:
    return tillctl(*words, "--local", typed=typed)


def edit(old: str, new: str) -> None:
    text = LOOKUP.read_text()
    assert old in text
    LOOKUP.write_text(text.replace(old, new))


def shout_the_cities() -> None:
    """A change of the mapping that its examples know of."""
    edit('"properties.city"', '"$uppercase(properties.city)"')
    content = read_record(LOOKUP).content
    for example in content["examples"]:
        for customer in example["expect"] if isinstance(example["expect"], list) else ():
            if "city" in customer:
                customer["city"] = customer["city"].upper()
    LOOKUP.write_text(json.dumps(content))


def versions() -> list[dict[str, Any]]:
    return list(json.loads(local("history", RECORD, "--json").stdout))


def live_hash() -> Any:
    return next(version["content_hash"] for version in versions() if version["is_live"])


@pytest.mark.usefixtures("shop")
def test_a_published_record_serves_a_till_with_a_key_that_was_made_for_it() -> None:
    made = json.loads(local("keys", "create", TENANT, "--json").stdout)

    answer = Till(made["api"], f"Bearer {made['token']}").look_up("jane.doe@example.com", "EUR")

    assert answer.status_code == 200
    assert [customer["name"] for customer in answer.json()] == ["Jane Doe"]


@pytest.mark.usefixtures("shop")
def test_a_revoked_key_is_refused_by_the_gateway(stack: LocalStack) -> None:
    key = create_key(stack.emulator, stack.outputs["TenantsTable"], TENANT)
    local("keys", "revoke", TENANT, key.key_id)

    answer = Till(stack.api, f"Bearer {key.token}").look_up("jane")

    assert answer.status_code == 401


@pytest.mark.usefixtures("shop")
def test_the_system_itself_is_tried_with_the_stored_secret() -> None:
    result = local("try", LOOKUP, "--search-term", "jane.doe@example.com")

    assert result.exit_code == 0
    assert "Answer 200" in result.stdout
    assert "pat-demo-only" not in result.output
    assert "1 of 1" in result.stdout


@pytest.mark.usefixtures("shop")
def test_a_stand_in_gets_the_stored_secret_only_where_that_is_bound_to(stack: LocalStack) -> None:
    elsewhere = stack.demo_crm.replace("127.0.0.1", "localhost")
    question = ("try", LOOKUP, "--search-term", "jane", "--against")

    bound, unbound = (local(*question, origin) for origin in (stack.demo_crm, elsewhere))

    assert "Answer 200" in bound.stdout
    assert "upstream_unauthorized" in unbound.stdout


@pytest.mark.usefixtures("shop")
def test_a_record_whose_secret_may_not_go_there_is_not_published(stack: LocalStack) -> None:
    before = live_hash()
    edit(stack.demo_crm, "https://api.hubapi.com")

    result = local("publish", LOOKUP)

    assert result.exit_code == 1
    assert "request.url" in result.stdout
    assert "Nothing was published" in result.stdout
    assert live_hash() == before


@pytest.mark.usefixtures("shop")
def test_publishing_what_is_live_writes_nothing() -> None:
    before = versions()

    result = local("publish", TENANT)

    assert result.exit_code == 0
    assert result.stdout.count("Nothing changes") == 2
    assert versions() == before


@pytest.mark.usefixtures("shop")
def test_a_dry_run_shows_the_diff_and_writes_nothing() -> None:
    before = versions()
    edit('"timeout_ms": 2500', '"timeout_ms": 2000')

    result = local("publish", TENANT, "--dry-run")

    assert "~ request.timeout_ms  2500 → 2000" in result.stdout
    assert "is live" not in result.stdout
    assert versions() == before


@pytest.mark.usefixtures("shop")
def test_an_example_of_today_that_would_not_hold_stops_it_unless_that_is_accepted() -> None:
    before = live_hash()
    shout_the_cities()

    refused = local("publish", TENANT)
    said = json.loads(local("publish", TENANT, "--json").stdout)
    still_live = live_hash()
    accepted = local("publish", TENANT, "--accept")

    assert refused.exit_code == 1
    assert "--accept" in refused.stderr
    assert '~ examples "' in refused.stdout
    assert (said["ok"], said["written"]) == (False, False)
    assert still_live == before
    assert accepted.exit_code == 0
    assert live_hash() != before


@pytest.mark.usefixtures("shop")
def test_going_back_makes_the_version_before_live_again() -> None:
    before = live_hash()
    edit('"timeout_ms": 2500', '"timeout_ms": 1999')
    local("publish", TENANT)

    result = local("rollback", RECORD)

    assert result.exit_code == 0
    assert "~ request.timeout_ms  1999 → 2500" in result.stdout
    assert live_hash() == before
    assert versions()[0]["content_hash"] == before
    assert "1999 → 2500" not in local("diff", RECORD).stdout
    assert "2500 → 1999" in local("diff", LOOKUP).stdout


@pytest.mark.usefixtures("shop")
def test_going_back_to_what_was_bad_is_rejected_and_changes_nothing(stack: LocalStack) -> None:
    before = live_hash()
    table = stack.emulator.client("dynamodb")
    bad = {"operation": {"S": "customer_lookup"}, "request": {"M": {"url": {"S": "ftp://x"}}}}
    key = {"pk": {"S": f"TENANT#{TENANT}#"}, "sk": {"S": "INTEGRATION#customer_lookup"}}
    name = stack.outputs["TenantsTable"]
    table.put_item(TableName=name, Item=key | bad | {"saved_at": {"S": "now"}})
    rejected = newest_bad()

    result = local("rollback", RECORD, "--to", rejected["content_hash"][:10])

    assert result.exit_code == 1
    assert "rejects" in result.stdout
    assert "request.url" in result.stdout
    assert live_hash() == before


def newest_bad() -> dict[str, Any]:
    for _ in range(200):  # each asks the stack: some ten seconds in all
        if bad := [version for version in versions() if version["verdict"] == "bad"]:
            return bad[0]
    raise AssertionError("the draft was never judged")


@pytest.mark.usefixtures("shop")
def test_a_suspended_tenant_stays_so_when_its_folder_is_published() -> None:
    assert local("tenants", "suspend", TENANT).exit_code == 0
    edit('"timeout_ms": 2500', '"timeout_ms": 2400')
    local("publish", TENANT)

    shown = json.loads(local("tenants", "show", TENANT, "--json").stdout)
    local("tenants", "resume", TENANT)

    assert shown["profile"]["status"] == "suspended"
    assert "status: active" in local("tenants", "show", TENANT).stdout


def test_a_tenant_is_made_once() -> None:
    made = local("tenants", "create", "once-only", "--name", "Once", "--currency", "DKK")

    again = local("tenants", "create", "once-only", "--name", "Twice")

    assert made.exit_code == 0
    assert again.exit_code == 1
    assert "there already" in again.stderr
    profile = json.loads(local("tenants", "show", "once-only", "--json").stdout)["profile"]
    assert profile == {"name": "Once", "currency": "DKK"}


def test_a_profile_that_could_not_be_live_is_not_written() -> None:
    result = local("tenants", "create", "never-made", "--name", "N", "--currency", "kroner")

    assert result.exit_code == 1
    assert "currency" in result.stdout
    assert local("tenants", "show", "never-made").exit_code == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("history", "nobody/customer_lookup"), "Nothing was published"),
        (("history", "nobody/profile"), "Nothing was published"),
        (("rollback", "nobody/customer_lookup"), "Nothing was published"),
        (("diff", "nobody/customer_lookup"), "has no draft"),
        (("history", "nobody"), "names no record"),
        (("tenants", "show", "nobody"), "knows no tenant"),
        (("tenants", "suspend", "nobody"), "knows no tenant"),
    ],
)
def test_what_is_not_there_is_one_screen(words: tuple[str, ...], says: str) -> None:
    result = local(*words)

    assert result.exit_code in (1, 2)
    assert says in result.stderr


def test_a_stack_that_died_is_one_screen() -> None:
    description = Path(".local/stack.json")
    said = json.loads(description.read_text())
    said["aws"]["endpoint_url"] = "http://127.0.0.1:1"
    description.write_text(json.dumps(said))

    result = local("keys", "list", TENANT)

    assert result.exit_code == 3
    assert "does not answer" in result.stderr


def test_opening_balances_are_what_tills_see_and_a_second_run_changes_nothing(
    stack: LocalStack,
) -> None:
    customers = [f"import-{uuid4()}" for _ in range(20)]
    rows = [f"{customer},{number + 1},2099-01-31" for number, customer in enumerate(customers)]
    Path("balances.csv").write_text("\n".join(["customer_id,points,expires_on", *rows]))

    command = ("points", "import", "balances.csv", "--tenant", "fjord-outdoor", "--json")
    first, second = (json.loads(local(*command).stdout) for _ in range(2))

    assert (first["imported"], first["points"], first["refused"]) == (20, 210, [])
    assert (second["imported"], second["already_imported"]) == (0, 20)
    till = Till.of(stack, "fjord-outdoor")
    loyalty = till.call("GET", f"/v1/customers/{customers[6]}/loyalty").json()
    assert loyalty["account"]["available"] == 7
    assert loyalty["lots"] == [{"expires_on": "2099-01-31", "points": 7}]
    assert [entry["reason"] for entry in loyalty["entries"]] == ["Opening balance"]


@pytest.mark.usefixtures("shop")
def test_a_shop_is_served_from_when_the_operator_writes_it_down_until_it_is_removed(
    stack: LocalStack,
) -> None:
    domain, app, secret = "tillctl-shop.myshopify.com", "client-of-tillctl", f"shpss_{'0' * 32}"
    assert local("apps", "set", app, typed=secret).exit_code == 0

    def looked_up() -> Any:
        token = mint(domain, app, secret, time.time())
        return Till(stack.api, f"Bearer {token}").look_up("jane.doe@example.com", "EUR")

    assert looked_up().status_code == 401
    assert local("shops", "add", TENANT, domain, "--app", app).exit_code == 0
    assert looked_up().json()
    assert domain in local("shops", "list", TENANT).stdout
    assert local("shops", "remove", TENANT, domain).exit_code == 0
    assert looked_up().status_code == 401
