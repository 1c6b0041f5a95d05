"""`tillctl tenants`: a merchant's profile, and all that there is of it."""

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from tillbridge.domain.record_content import Content
from tillbridge.domain.record_kinds import faults_in_record
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import Tenant, table_of, unknown_tenant
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.profiles import PROFILE, with_minted, without_minted
from tools.tillctl.publishing import HASH_LENGTH, show_verdict, write_and_wait


@in_environment()
def create(
    environment: Environment,
    tenant: Tenant,
    name: Annotated[str, typer.Option(help="The merchant, as its own people call it.")],
    currency: Annotated[str | None, typer.Option(help="ISO 4217, such as DKK.")] = None,
    locale: Annotated[str | None, typer.Option(help="BCP 47, such as da.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA, such as Europe/Copenhagen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a tenant, by its profile. Publishing a folder with a profile does it too."""
    check_tenant_id(tenant)
    if _profile(environment, tenant) is not None:
        hint = f"tillctl tenants show {tenant}"
        raise Failure(f"{tenant} is there already.", hint, Exit.SAYS_NO)
    given = {"name": name, "currency": currency, "locale": locale, "time_zone": time_zone}
    content = with_minted({n: value for n, value in given.items() if value is not None})
    faults = faults_in_record(PROFILE, content)
    for fault in faults:
        screen.fault(fault, None)
    if faults:
        raise typer.Exit(Exit.SAYS_NO)
    _write(environment, tenant, content, as_json)


@in_environment()
def suspend(environment: Environment, tenant: Tenant, as_json: AsJson = False) -> None:
    """Serve a tenant's tills no more, until it is resumed."""
    _set_status(environment, tenant, "suspended", as_json)


@in_environment()
def resume(environment: Environment, tenant: Tenant, as_json: AsJson = False) -> None:
    """Serve a suspended tenant's tills again."""
    _set_status(environment, tenant, "active", as_json)


@in_environment()
def show(environment: Environment, tenant: Tenant, as_json: AsJson = False) -> None:
    """A tenant's profile, records and keys."""
    check_tenant_id(tenant)
    store = environment.store
    profile, names = _profile(environment, tenant), store.names(tenant)
    if not names:
        raise unknown_tenant(environment, tenant)
    latest = {name: store.latest(tenant, name) or {} for name in names}
    shown = without_minted(profile or {})
    if as_json:
        records = [{"name": name, **_facts(latest[name])} for name in names]
        keys = [str(key["sk"]) for key in store.keys(tenant)]
        screen.print_json({"profile": shown, "records": records, "keys": keys})
        return
    screen.say(tenant, "bold")
    for name, value in shown.items():
        screen.say(f"  {name}: {value}")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("record", "live", "last verdict", "judged at"):
        table.add_column(title, header_style="dim")
    for name in names:
        facts = latest[name]
        table.add_row(
            screen.cell(name),
            screen.cell(str(facts.get("live_hash", ""))[:HASH_LENGTH]),
            screen.cell(str(facts.get("verdict", ""))),
            screen.cell(str(facts.get("judged_at", ""))[:19].replace("T", " ")),
        )
    screen.out().print(table)
    if keys_found := store.keys(tenant):
        screen.out().print(table_of(keys_found))


def _facts(latest: Any) -> dict[str, Any]:
    known = ("verdict", "live_hash", "judged_at", "saved_by", "reasons")
    return {name: latest[name] for name in known if name in latest}


def _profile(environment: Environment, tenant: str) -> Content | None:
    store = environment.store
    return store.draft(tenant, PROFILE) or store.live(tenant, PROFILE)


def _set_status(environment: Environment, tenant: str, status: str, as_json: bool) -> None:
    check_tenant_id(tenant)
    # What is live, so that no draft that was rejected goes live with it.
    profile = environment.store.live(tenant, PROFILE)
    if profile is None:
        raise unknown_tenant(environment, tenant)
    if profile.get("status", "active") == status and not as_json:
        screen.done(f"{tenant} is {status} already.")
        return
    _write(environment, tenant, {**profile, "status": status}, as_json)


def _write(environment: Environment, tenant: str, content: Content, as_json: bool) -> None:
    judged = write_and_wait(environment.store, tenant, PROFILE, content)
    if as_json:
        screen.print_json(judged)
    else:
        show_verdict(f"{tenant} {PROFILE}", judged)
    if judged["verdict"] != "good":
        raise typer.Exit(Exit.SAYS_NO)
