"""`tillctl shops`: which tenant a shop of Shopify's is."""

from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from tillbridge.domain.caller import Scope
from tillbridge.domain.shop import DEFAULT_SCOPES, is_shop_domain
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import Tenant, unknown_tenant
from tools.tillctl.options import AsJson, in_environment

Domain = Annotated[
    str, typer.Argument(help="The shop's own domain at Shopify, such as acme.myshopify.com.")
]


@in_environment()
def add(
    environment: Environment,
    tenant: Tenant,
    domain: Domain,
    app: Annotated[str, typer.Option(help="The client id of the app that the shop has installed.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help=f"What its POS may do: {', '.join(Scope)}; "
            f"{', '.join(sorted(DEFAULT_SCOPES))} by default. Repeatable."
        ),
    ] = None,
) -> None:
    """Serve a shop's POS, by its session tokens, for a tenant."""
    check_tenant_id(tenant)
    _check_domain(domain)
    store = environment.store
    if not store.names(tenant):
        raise unknown_tenant(environment, tenant)
    if app not in store.app_secrets():
        hint = f"Store its client secret first: … | tillctl apps set {app}"
        raise Failure(f"{environment} knows no app {app}.", hint, Exit.SAYS_NO)
    scopes = sorted(scope or DEFAULT_SCOPES)
    if not store.add_shop(domain, {"tenant_id": tenant, "client_id": app, "scopes": scopes}):
        owner = (store.shop(domain) or {}).get("tenant_id", "nobody")
        hint = f"To change what it is: tillctl shops remove {owner} {domain}, then add it again."
        raise Failure(f"{domain} is {owner}'s already.", hint, Exit.SAYS_NO)
    screen.done(f"{domain} is {tenant}'s: {', '.join(scopes)}")


@in_environment()
def list_shops(
    environment: Environment,
    tenant: Annotated[str | None, typer.Argument(help="Only this tenant's.")] = None,
    as_json: AsJson = False,
) -> None:
    """The shops that are served, and for whom."""
    if tenant is not None:
        check_tenant_id(tenant)
    shops = [shop for shop in environment.store.shops() if tenant in (None, shop.get("tenant_id"))]
    if as_json:
        known = ("domain", "tenant_id", "client_id", "scopes")
        screen.print_json([{name: one[name] for name in known if name in one} for one in shops])
        return
    if not shops:
        hint = f"tillctl shops add {tenant or 'TENANT'} DOMAIN --app CLIENT-ID"
        screen.note(f"There are no shops. Add one: {hint}")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title, _ in _COLUMNS:
        table.add_column(title, header_style="dim")
    for shop in shops:
        table.add_row(*(screen.cell(_text(shop.get(name, ""))) for _, name in _COLUMNS))
    screen.out().print(table)


@in_environment()
def remove(environment: Environment, tenant: Tenant, domain: Domain) -> None:
    """Serve a shop's POS no more."""
    check_tenant_id(tenant)
    _check_domain(domain)
    if not environment.store.remove_shop(domain, tenant):
        hint = f"tillctl shops list {tenant} shows those that there are."
        raise Failure(f"{tenant} has no shop {domain}.", hint, Exit.SAYS_NO)
    screen.done(f"{domain} is removed; a token that was just used is refused within 60 s.")


_COLUMNS = (
    ("shop", "domain"),
    ("tenant", "tenant_id"),
    ("app", "client_id"),
    ("scopes", "scopes"),
)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _check_domain(domain: str) -> None:
    if not is_shop_domain(domain):
        hint = (
            "It ends in .myshopify.com, in small letters; Shopify's admin shows it as the domain."
        )
        raise Failure(f"{domain} is no shop's own domain at Shopify.", hint)
