"""`tillctl keys`: what a till shows for its tenant."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from tillbridge.domain.caller import Scope
from tillbridge.domain.pos_key import PosKey
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.profiles import PROFILE

Tenant = Annotated[str, typer.Argument(help="The tenant's id.")]
_DAY_S = 24 * 3_600


@in_environment()
def create(
    environment: Environment,
    tenant: Tenant,
    principal: Annotated[
        str, typer.Option(help="The integration it is for; keep it when a key is replaced.")
    ] = "pos",
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help=f"What it may do: {', '.join(Scope)}; lookup by default. Repeatable."),
    ] = None,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, help="Without it the key does not expire.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a tenant's tills. It is shown once: the table keeps a digest of it."""
    check_tenant_id(tenant)
    if not environment.store.names(tenant):
        raise unknown_tenant(environment, tenant)
    key = PosKey.mint(tenant)
    record: dict[str, Any] = {
        "principal": principal,
        "channel": "pos",
        "scopes": sorted(scope or [Scope.LOOKUP]),
    }
    if expires_in_days is not None:
        record["expires_at_s"] = int(time.time()) + expires_in_days * _DAY_S
    environment.store.put_key(key, record)
    if as_json:
        shown = {"token": key.token, "key_id": key.key_id, "api": environment.api_url}
        screen.print_json(shown | record)
        return
    screen.done(f"Key {key.key_id} for {principal}: {', '.join(record['scopes'])}")
    screen.say(f"  {key.token}", "bold")
    screen.note("  It is shown this once. A till sends it as: Authorization: Bearer <key>")
    screen.note(f"  to {environment.api_url}")
    if environment.store.live(tenant, PROFILE) is None:
        screen.note(f"  {tenant} has no live profile yet: until then its tills are told so.")


@in_environment()
def list_keys(environment: Environment, tenant: Tenant, as_json: AsJson = False) -> None:
    """A tenant's keys, without their secrets."""
    check_tenant_id(tenant)
    keys = environment.store.keys(tenant)
    if as_json:
        screen.print_json([_as_json(key) for key in keys])
        return
    if not keys:
        screen.note(f"{tenant} has no keys. Make one: tillctl keys create {tenant}")
        return
    screen.out().print(table_of(keys))


@in_environment()
def revoke(
    environment: Environment,
    tenant: Tenant,
    key_id: Annotated[str, typer.Argument(help="As keys list shows it.")],
) -> None:
    """Refuse a key from now on."""
    check_tenant_id(tenant)
    if not environment.store.revoke_key(tenant, key_id):
        hint = f"tillctl keys list {tenant} shows those that there are."
        raise Failure(f"{tenant} has no key {key_id}.", hint, Exit.SAYS_NO)
    screen.done(f"Key {key_id} is revoked; a till that has just used it is refused within 60 s.")


def unknown_tenant(environment: Environment, tenant: str) -> Failure:
    hint = f"Make it: tillctl tenants create {tenant} --name …, or publish its folder."
    return Failure(f"{environment} knows no tenant {tenant}.", hint, Exit.SAYS_NO)


def table_of(keys: list[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("key", "principal", "scopes", "expires", "state"):
        table.add_column(title, header_style="dim")
    for key in keys:
        state = _state(key)
        table.add_row(
            screen.cell(str(key["sk"])),
            screen.cell(str(key.get("principal", ""))),
            screen.cell(", ".join(key.get("scopes", []))),
            screen.cell(_expiry(key) or "never"),
            screen.cell(state, style="green" if state == "good" else "red"),
        )
    return table


def _state(key: Mapping[str, Any]) -> str:
    if key.get("revoked"):
        return "revoked"
    expires_at_s = key.get("expires_at_s")
    return "expired" if expires_at_s is not None and expires_at_s <= time.time() else "good"


def _expiry(key: Mapping[str, Any]) -> str | None:
    expires_at_s = key.get("expires_at_s")
    if expires_at_s is None:
        return None
    return f"{datetime.fromtimestamp(float(expires_at_s), UTC):%Y-%m-%d}"


def _as_json(key: Mapping[str, Any]) -> dict[str, Any]:
    known = ("principal", "channel", "scopes", "expires_at_s")
    facts = {name: key[name] for name in known if name in key}
    return {"key_id": key["sk"], "state": _state(key)} | facts
