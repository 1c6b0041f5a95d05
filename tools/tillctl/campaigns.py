"""`tillctl campaigns`: what a merchant's campaigns are, give, and would have given. They are
checked and published as any record is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich import box
from rich.table import Table

from tillbridge.domain.discount_requests import EvaluationRequest
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Case, Settings
from tillbridge.domain.discounts.customer_offers import effect_of
from tillbridge.domain.discounts.engine import decide
from tillbridge.domain.discounts.live import Campaigns, Discounts
from tillbridge.domain.discounts.record import campaign_of, currencies_of
from tillbridge.domain.discounts.result import CampaignOutcome, Evaluation
from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.faults import faults_in
from tillbridge.domain.money import money_text
from tillbridge.errors import TenantError
from tools.tillctl import screen
from tools.tillctl.campaign_simulation import Simulation, simulate
from tools.tillctl.check import found_in, show_faults
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import Tenant
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.publishing import show_verdict, write_and_wait
from tools.tillctl.record_file import read_record, record_files

_LABEL = "CAMPAIGN#"
Id = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]
Drafts = Annotated[Path, typer.Argument(help="A campaign's file, or a folder of them.")]


@in_environment()
def list_campaigns(environment: Environment, tenant: Tenant, as_json: AsJson = False) -> None:
    """The campaigns that are live: what they give, and whether they run now."""
    discounts = _live(environment, tenant)
    now = discounts.local(datetime.now(UTC))
    records = sorted(discounts.campaigns.records, key=lambda one: (-one.priority, one.id))
    told = [{**_facts(record), "state": _state(record, now)} for record in records]
    told += [{"id": one, "state": "unusable"} for one in discounts.campaigns.unusable]
    if as_json:
        screen.print_json(told)
        return
    if not told:
        screen.note(f"{tenant} has no live campaigns. tillctl campaigns publish FILE makes one.")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("priority", "id", "gives", "state", "name"):
        table.add_column(title, header_style="dim")
    for one in told:
        cells = (one.get(name, "") for name in ("priority", "id", "gives", "state", "name"))
        table.add_row(*(screen.cell(str(text)) for text in cells))
    screen.out().print(table)


@in_environment()
def pause(environment: Environment, tenant: Tenant, campaign: Id, as_json: AsJson = False) -> None:
    """Switch a campaign off, until it is resumed."""
    _switch(environment, tenant, campaign, enabled=False, as_json=as_json)


@in_environment()
def resume(environment: Environment, tenant: Tenant, campaign: Id, as_json: AsJson = False) -> None:
    """Switch a paused campaign on again."""
    _switch(environment, tenant, campaign, enabled=True, as_json=as_json)


@in_environment()
def explain(
    environment: Environment,
    tenant: Tenant,
    sale: Annotated[
        Path,
        typer.Argument(help="A file with a sale, as a till sends it to /v1/discounts/evaluations."),
    ],
    as_json: AsJson = False,
) -> None:
    """What the live campaigns give on a sale, and why the others give nothing.

    Nobody is asked about the customer: what campaigns look at stands in the file."""
    request, as_of = _sale_in(_text_of(sale), str(sale))
    discounts = _live(environment, tenant)
    case = Case(
        basket=request.basket, customer=request.customer, settings=discounts.settings, as_of=as_of
    )
    evaluation = decide(case, discounts.campaigns.ready(request.basket.currency))
    if as_json:
        screen.print_json(evaluation.as_json())
    else:
        _show(evaluation)


@in_environment(required=False)
def simulate_drafts(
    environment: Environment | None,
    drafts: Drafts,
    baskets: Annotated[
        Path,
        typer.Option(
            help="Past sales, one JSON document a line: `basket`, `customer` and `as_of`, in the "
            "order in which they were made."
        ),
    ],
    tenant: Annotated[
        str | None, typer.Option(help="The tenant's id; by default the folder's name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What campaigns that are not live would have done to past sales: what they would have cost, on
    how many they would have applied, and which live ones they collide with.

    The live campaigns are those of --local or --stack; without, the drafts stand alone."""
    campaigns, tenant_id = _drafts_in(drafts)
    live = Discounts(Campaigns(()), Settings())
    if environment is not None:
        live = _live(environment, tenant or tenant_id)
    told = simulate(campaigns, live, _sales_in(baskets))
    if as_json:
        screen.print_json(told.as_json())
    else:
        _show_simulation(told, is_alone=environment is None)


def _live(environment: Environment, tenant_id: str) -> Discounts:
    check_tenant_id(tenant_id)
    try:
        return environment.discounts(tenant_id)
    except TenantError as error:
        hint = f"Publish its profile first: tillctl publish {tenant_id}"
        raise Failure(f"{tenant_id}: {error.detail}.", hint, Exit.SAYS_NO) from None


def _facts(record: Campaign) -> dict[str, Any]:
    return {
        "priority": record.priority,
        "id": record.id,
        "gives": _effect(record),
        "name": record.name,
        "limited": bool(record.limits),
    }


def _effect(record: Campaign) -> str:
    """In the first currency that it runs in of those that it names."""
    return effect_of(record.benefit, next(iter(currencies_of(record)), ""))


def _state(record: Campaign, now: datetime) -> str:
    """In the words of the reason why it does not run now, else `runs`."""
    if not record.enabled:
        return "paused"
    if record.active.begin is not None and now < record.active.begin:
        return "not started"
    if record.active.until is not None and now >= record.active.until:
        return "ended"
    return "runs"


def _switch(
    environment: Environment, tenant_id: str, campaign_id: str, *, enabled: bool, as_json: bool
) -> None:
    check_tenant_id(tenant_id)
    name = f"{_LABEL}{campaign_id}"
    live = environment.store.live(tenant_id, name)
    if live is None:
        hint = f"tillctl campaigns list {tenant_id}"
        raise Failure(f"{tenant_id} has no live campaign {campaign_id}.", hint, Exit.SAYS_NO)
    judged = write_and_wait(environment.store, tenant_id, name, {**live, "enabled": enabled})
    if as_json:
        screen.print_json({"name": name, "enabled": enabled, **judged})
    else:
        show_verdict(f"{tenant_id} {name}, {'on' if enabled else 'off'},", judged)
    if judged["verdict"] != "good":
        raise typer.Exit(Exit.SAYS_NO)


def _drafts_in(path: Path) -> tuple[list[Campaign], str]:
    """The campaigns, and the tenant whose folder they lie in."""
    records = [read_record(file) for file in record_files(path)]
    records = [record for record in records if record.name.startswith(_LABEL)]
    if not records:
        raise Failure(f"There is no campaign in {path}.", "Name a campaign's file.")
    if faults := [found for record in records for found in found_in(record, None)]:
        show_faults(faults)
        raise typer.Exit(Exit.SAYS_NO)
    return [campaign_of(record.content) for record in records], records[0].tenant_id


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path} cannot be read: {error}.") from None


def _sales_in(path: Path) -> Iterator[tuple[EvaluationRequest, datetime]]:
    """In the file's order, which is that of time. Raises `Failure`, naming the line."""
    before: datetime | None = None
    for number, line in enumerate(_text_of(path).splitlines(), start=1):
        if not line.strip():
            continue
        request, as_of = _sale_in(line, f"{path}:{number}")
        if request.as_of is None:
            raise Failure(f"{path}:{number} has no as_of.", "Say when the sale was made.")
        if before is not None and as_of < before:
            hint = "Sort the lines by as_of: what limited campaigns have left builds up."
            raise Failure(f"{path}:{number} is earlier than the line before.", hint)
        before = as_of
        yield request, as_of


def _sale_in(text: str, place: str) -> tuple[EvaluationRequest, datetime]:
    try:
        request = EvaluationRequest.model_validate(parse_json(text, exact=True))
    except DocumentUnreadable as unreadable:
        raise Failure(f"{place} is not JSON: {unreadable}.") from None
    except ValidationError as error:
        faults = "\n".join(map(str, faults_in(error)))
        raise Failure(f"{place} is not a sale as a till sends it.", faults) from None
    return request, request.as_of or datetime.now(UTC)


def _show(evaluation: Evaluation) -> None:
    currency = evaluation.currency
    for outcome in evaluation.campaigns:
        if outcome.applied:
            off = money_text(outcome.discount_minor, currency)
            screen.done(f"{outcome.campaign_id}: {off} ({', '.join(outcome.shares)})")
        else:
            screen.say(f"- {outcome.campaign_id}: {_why(outcome)}")
    total = money_text(evaluation.discount_minor, currency)
    left = money_text(evaluation.total_minor, currency)
    screen.say(f"\n{total} off, {left} to pay.", "bold")


def _why(outcome: CampaignOutcome) -> str:
    told = outcome.as_json()
    changes = [change["change"] for change in told["smallest_change"] or ()]
    words = " ".join(reason["text"] for reason in told["reasons"])
    return f"{words} ({', '.join(changes)})" if changes else words


def _show_simulation(told: Simulation, *, is_alone: bool) -> None:
    share = f", {told.sales_with_draft * 100 // told.sales} %" if told.sales else ""
    screen.say(f"{told.sales_with_draft} of {told.sales} sales{share}", "bold")
    for currency in told.cost:
        cost, change = told.cost[currency], told.change[currency]
        screen.say(f"  cost {money_text(cost, currency)}")
        if not is_alone:
            screen.say(f"  all discounts together {_signed(change, currency)}")
    for campaign_id, sales in told.displaced.most_common():
        screen.say(f"  takes the place of {campaign_id} on {sales}", "yellow")
    for campaign_id, sales in told.kept_out.most_common():
        screen.say(f"  is kept out by {campaign_id} on {sales}", "yellow")
    for code, sales in told.reasons.most_common():
        screen.note(f"  {code}: {sales}")
    if is_alone:
        screen.note("  Beside no other campaign: give --local or --stack for the live ones.")


def _signed(amount_minor: int, currency: str) -> str:
    return ("+" if amount_minor >= 0 else "") + money_text(amount_minor, currency)
