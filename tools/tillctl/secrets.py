"""`tillctl secrets`: a merchant's credential, and where it may be sent."""

import sys
from typing import Annotated

import typer

from tillbridge.domain.integration_record import BearerAuth
from tillbridge.domain.target import check_url, origin_of
from tillbridge.errors import AddressRefused
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import Tenant
from tools.tillctl.options import in_environment


@in_environment()
def set_secret(
    environment: Environment,
    tenant: Tenant,
    name: Annotated[str, typer.Argument(help="As the record's auth names it.")],
    origin: Annotated[
        list[str],
        typer.Option(help="Where it may be sent, such as https://crm.example.com. Repeatable."),
    ],
) -> None:
    """Store a secret, bound to the origins that it may be sent to.

    The value is read from standard input, or asked for: it never stands on the command line."""
    check_tenant_id(tenant)
    _check_name(name)
    origins = [_checked(one, environment.allowed_private_origins) for one in origin]
    value = typed_secret(f"Value of {name}", "tillctl secrets set …")
    is_new = environment.store.put_secret(tenant, name, value, origins)
    screen.done(f"{tenant}'s {name} is {'stored' if is_new else 'replaced'}.")
    screen.note(f"  It may be sent to {', '.join(origins)}.")
    if not is_new:
        screen.note("  Functions that remember the old one follow within 5 minutes.")


def _check_name(name: str) -> None:
    try:
        BearerAuth(kind="bearer", secret=name)
    except ValueError:
        hint = "It is up to 64 letters, digits, dots, dashes and underscores."
        raise Failure(f"{name} is no secret's name.", hint) from None


def _checked(origin: str, allowed_private_origins: frozenset[str]) -> str:
    try:
        check_url(origin, allowed_private_origins)
    except AddressRefused as refused:
        raise Failure(f"--origin {origin}: {refused.detail}") from None
    return origin_of(origin)


def typed_secret(prompt: str, command: str) -> str:
    """A secret from standard input, or asked for. Raises `Failure` for an empty one."""
    if sys.stdin.isatty():
        value = str(typer.prompt(prompt, hide_input=True))
    else:
        # A line break at the end is the shell's.
        value = sys.stdin.read().rstrip("\r\n")
    if not value:
        raise Failure("The secret is empty.", f"Type it, or pipe it: … | {command}")
    return value
