"""`tillctl redemptions`: those in a merchant's own system that only a person can go on with."""

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.redemption import Redemption
from tillbridge.domain.limits import Deadline
from tillbridge.domain.upstream.by_hand import SayByHand
from tillbridge.domain.upstream.leg import Leg
from tillbridge.errors import TillbridgeError
from tillbridge.services.upstream_redemptions import LegRunner
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import Tenant
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.upstream import UpstreamLoyalty

_ASKING_TAKES_S = 10.0
Which = Annotated[str, typer.Argument(help="The redemption's id.")]


@in_environment()
def list_manual(environment: Environment, tenant: Tenant, as_json: AsJson = False) -> None:
    """What waits for a person: it will never be known by itself whether it was done."""
    waiting = list(_loyalty(environment, tenant).waiting(tenant))
    if as_json:
        screen.print_json([_facts(redemption) for redemption in waiting])
        return
    if not waiting:
        screen.note(f"Nothing of {tenant} waits for a person.")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("redemption", "state", "points", "shop", "sale", "what is open"):
        table.add_column(title, header_style="dim")
    for redemption in waiting:
        leg = redemption.leg
        about = redemption.sale_ref or redemption.order_ref
        cells = (redemption.redemption_id, str(redemption.state), str(redemption.points))
        table.add_row(*map(screen.cell, (*cells, redemption.store_id, about, _words(leg))))
    screen.out().print(table)


@in_environment()
def show(
    environment: Environment, tenant: Tenant, redemption: Which, as_json: AsJson = False
) -> None:
    """Every call of one, what became of it, and the customer's balance now."""
    loyalty = _loyalty(environment, tenant)
    found = _found(loyalty, tenant, redemption)
    facts = _facts(found) | {"balance_now": _balance(loyalty, found)}
    if as_json:
        screen.print_json(facts)
        return
    screen.say(f"{found.redemption_id}  {found.state}", "bold")
    for name in ("customer_id", "points", "refundable", "store_id", "sale_ref", "created_at"):
        screen.say(f"  {name}: {facts[name]}")
    screen.say(f"  balance now: {facts['balance_now']}")
    for leg in found.legs:
        refusal = f" ({leg.refusal})" if leg.refusal else ""
        screen.say(f"  {leg.operation}  {leg.points}  {leg.reference}  {leg.state}{refusal}")
    for reference, said in found.said_by_hand.items():
        screen.note(f"  {said['actor']} said of {reference}: {said['reason']}")


@in_environment()
def resolve(
    environment: Environment,
    tenant: Tenant,
    redemption: Which,
    actor: Annotated[str, typer.Option(help="Who says so.")],
    reason: Annotated[str, typer.Option(help="How you know.")],
    applied: Annotated[
        bool, typer.Option("--applied/--not-applied", help="Whether the open call was done.")
    ],
    transaction: Annotated[
        str | None, typer.Option(help="The system's own name for it, where it was done.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the call was done that a redemption waits for. The rest happens by itself."""
    if not actor.strip() or not reason.strip():
        raise Failure("Say who you are, and how you know.", "Give --actor and --reason.")
    loyalty = _loyalty(environment, tenant)
    before = _found(loyalty, tenant, redemption)
    runner = LegRunner(loyalty.ledger, loyalty.calls)
    by = Actor(tenant, actor.strip(), runner.now_s(), loyalty.programme.time_zone)
    rules = loyalty.programme.rules
    try:
        said = loyalty.ledger.settle(
            SayByHand(by, redemption, applied, reason.strip(), rules, transaction)
        )
    except TillbridgeError as error:
        raise Failure(f"{error.detail}.", "", Exit.SAYS_NO) from None
    deadline = Deadline.after(_ASKING_TAKES_S)
    after = runner.looked_after(said, loyalty.programme, deadline).redemption
    if as_json:
        screen.print_json(_facts(after))
        return
    screen.done(f"{_words(before.leg)} was {'' if applied else 'not '}done, says {by.principal}")
    screen.note(f"  It is {after.state} now; {_words(after.leg)}.")


def _loyalty(environment: Environment, tenant: str) -> UpstreamLoyalty:
    check_tenant_id(tenant)
    try:
        return environment.loyalty(tenant)
    except TillbridgeError as error:
        raise Failure(f"{error.detail}.", f"tillctl tenants show {tenant}", Exit.SAYS_NO) from None


def _found(loyalty: UpstreamLoyalty, tenant: str, redemption: str) -> Redemption:
    try:
        return loyalty.find(tenant, redemption)
    except TillbridgeError as error:
        hint = f"tillctl redemptions list {tenant}"
        raise Failure(f"{error.detail}.", hint, Exit.SAYS_NO) from None


def _balance(loyalty: UpstreamLoyalty, redemption: Redemption) -> int | str:
    deadline = Deadline.after(_ASKING_TAKES_S)
    try:
        said = loyalty.calls.balance(redemption.tenant_id, redemption.customer_id, deadline)
    except TillbridgeError as error:
        return f"not known ({error.code})"
    return "no such customer" if said is None else said.available


def _words(leg: Leg | None) -> str:
    return "nothing is open" if leg is None else f"{leg.operation} {leg.points} ({leg.reference})"


def _facts(redemption: Redemption) -> dict[str, Any]:
    names = ("redemption_id", "state", "points", "refundable", "customer_id", "store_id")
    facts = {name: getattr(redemption, name) for name in (*names, "sale_ref", "created_at")}
    legs = [leg.item() | {"reference": leg.reference} for leg in redemption.legs]
    said = dict(redemption.said_by_hand)
    return facts | {"order_ref": redemption.order_ref, "calls": legs, "said_by_hand": said}
