"""`tillctl campaigns` on files, and beside what is live in a table."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.demo_tenants import TENANTS
from tests.support.aws import TABLE, a_tenants_table, put
from tests.support.discounts import NOON, a_campaign, a_line, percentage
from tests.support.tillctl import Result, tillctl
from tillbridge.domain.record_kinds import faults_in_record
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

STACK = ("--stack", "tillbridge-prod", "--region", "eu-west-1")
SALE = {
    "basket": {"currency": "DKK", "lines": [a_line("1", 1_000), a_line("2", 500)]},
    "customer": {"id": "jane", "tier": "silver"},
    "as_of": NOON,
}
GOLD = {"kind": "tier", "any_of": ["gold"]}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator["DynamoDBClient"]:
    """A merchant with two campaigns that are live, and a folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    described = {"Outputs": [{"OutputKey": "TenantsTable", "OutputValue": TABLE}]}
    monkeypatch.setattr(Environment, "_description", described)
    with a_tenants_table() as client:
        put(client, "LIVE#acme#", "PROFILE", name="Acme")
        put(client, "LIVE#acme#", "CAMPAIGN#all", **a_campaign("all", priority=1))
        gold = a_campaign("gold", condition=GOLD, enabled=False)
        put(client, "LIVE#acme#", "CAMPAIGN#gold", **gold)
        yield client


def written(name: str, *documents: Any) -> Path:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("\n".join(map(json.dumps, documents)))
    return Path(name)


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def campaigns(*words: object) -> Result:
    return tillctl("campaigns", *words)


@pytest.mark.usefixtures("table")
def test_live_campaigns_are_listed_with_whether_they_run() -> None:
    told = said(campaigns("list", "acme", *STACK, "--json"))

    assert [(one["id"], one["state"]) for one in told] == [("all", "runs"), ("gold", "paused")]
    assert [one["gives"] for one in told] == ["10% off", "10% off"]
    assert "gold" in campaigns("list", "acme", *STACK).stdout


def test_what_a_campaign_gives_is_said_in_a_currency_that_it_runs_in(
    table: "DynamoDBClient",
) -> None:
    tiers = [
        {"at_least_quantity": 2, "benefit": {"kind": "amount_off", "amount": {"DKK": 1, "EUR": 2}}},
        {"at_least_quantity": 3, "benefit": {"kind": "amount_off", "amount": {"EUR": 300}}},
    ]
    many = a_campaign("many", benefit={"kind": "tiered", "by": "quantity", "tiers": tiers})
    assert faults_in_record("CAMPAIGN#many", many) == []
    put(table, "LIVE#acme#", "CAMPAIGN#many", **many)

    told = {one["id"]: one for one in said(campaigns("list", "acme", *STACK, "--json"))}

    assert told["many"]["gives"] == "0.02 EUR off to 3.00 EUR off"


@pytest.mark.usefixtures("table")
def test_a_sale_is_explained() -> None:
    sale = written("sale.json", SALE)

    shown = campaigns("explain", "acme", sale, *STACK)

    assert "all: 1.50 DKK" in shown.stdout
    assert "gold: The campaign is switched off." in shown.stdout
    assert "1.50 DKK off, 13.50 DKK to pay." in shown.stdout
    assert said(campaigns("explain", "acme", sale, *STACK, "--json"))["discount_minor"] == 150


@pytest.mark.usefixtures("table")
def test_a_draft_is_tried_on_past_sales_beside_what_is_live() -> None:
    exclusive = a_campaign("xmas", priority=9, combination={"exclusive": True})
    draft = written("acme/campaigns/xmas.json", exclusive)
    sales = written("sales.jsonl", SALE, SALE)

    told = said(campaigns("simulate", draft, "--baskets", sales, *STACK, "--json"))

    assert told["displaced"] == {"all": 2}
    assert (told["cost_minor"], told["change_minor"]) == ({"DKK": 300}, {"DKK": 0})
    shown = campaigns("simulate", draft, "--baskets", sales, *STACK).stdout
    assert "2 of 2 sales, 100 %" in shown
    assert "takes the place of all on 2" in shown


@pytest.mark.usefixtures("table")
def test_without_a_stack_a_draft_stands_alone() -> None:
    draft = written("acme/campaigns/half.json", a_campaign("half", benefit=percentage(5_000)))

    shown = campaigns("simulate", draft, "--baskets", written("sales.jsonl", SALE)).stdout

    assert "cost 7.50 DKK" in shown
    assert "Beside no other campaign" in shown


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([SALE, {**SALE, "basket": {}}], ("sales.jsonl:2", "basket.currency")),
        ([{**SALE, "as_of": None}], ("sales.jsonl:1", "as_of")),
        ([SALE, {**SALE, "as_of": "2026-01-01T00:00:00Z"}], ("sales.jsonl:2", "earlier", "Sort")),
    ],
)
def test_a_line_that_is_no_sale_is_named(lines: list[Any], words: tuple[str, ...]) -> None:
    draft = written("acme/campaigns/c.json", a_campaign())

    result = campaigns("simulate", draft, "--baskets", written("sales.jsonl", *lines))

    assert result.exit_code == Exit.USAGE
    assert all(word in result.stderr for word in words)


@pytest.mark.usefixtures("table")
def test_a_draft_that_may_not_go_live_is_not_simulated() -> None:
    draft = written("acme/campaigns/c.json", a_campaign(benefit=percentage(10_001)))

    result = campaigns("simulate", draft, "--baskets", written("sales.jsonl", SALE))

    assert result.exit_code == Exit.SAYS_NO
    assert "basis_points" in result.stdout


@pytest.mark.usefixtures("table")
def test_no_campaign_of_that_id_is_a_clear_no() -> None:
    result = campaigns("pause", "acme", "nothing", *STACK)

    assert result.exit_code == Exit.SAYS_NO
    assert "no live campaign nothing" in result.stderr
    assert "tillctl campaigns list acme" in result.stderr


@pytest.mark.usefixtures("table")
def test_a_merchant_that_is_not_there_is_a_clear_no() -> None:
    assert campaigns("list", "nobody", *STACK).exit_code == Exit.SAYS_NO


def test_the_campaigns_of_a_folder_are_checked_alone() -> None:
    folder = TENANTS / "fjord-outdoor" / "campaigns"

    told = said(campaigns("check", folder, "--json"))

    assert len(told["files"]) == len(list(folder.glob("*.json")))
    assert told["ok"]


def test_a_campaigns_file_outside_of_a_folder_is_known_by_what_it_holds(tmp_path: Path) -> None:
    stray = tmp_path / "draft.json"
    stray.write_text(json.dumps(a_campaign("spring", benefit=percentage(10_001))))

    result = campaigns("check", stray)

    assert "benefit.basis_points" in result.stdout
