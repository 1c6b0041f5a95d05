"""`tillctl apps`: the client secrets of the deployment's own Shopify apps."""

from typing import Annotated

import typer

from tillbridge.domain.shop import LIVE_SECRETS, MIN_SECRET_LENGTH
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.secrets import typed_secret

ClientId = Annotated[str, typer.Argument(help="The app's client id, as Shopify shows it.")]


@in_environment()
def set_secret(environment: Environment, client_id: ClientId) -> None:
    """Store an app's newest client secret; the one before stays good beside it.

    The value is read from standard input, or asked for: it never stands on the command line."""
    value = typed_secret(f"Client secret of {client_id}", "tillctl apps set …")
    if len(value) < MIN_SECRET_LENGTH or not value.isascii() or not value.isprintable():
        hint = "Copy it from the app's settings at Shopify, without anything around it."
        raise Failure("That is no client secret of Shopify's.", hint)
    live = environment.store.put_app_secret(client_id, value)
    screen.done(f"{client_id} has {len(live)} of at most {LIVE_SECRETS} live secrets.")
    screen.note("  What is signed with the new one is accepted within seconds.")


@in_environment()
def retire(environment: Environment, client_id: ClientId) -> None:
    """Refuse what is signed with any but an app's newest client secret, once Shopify has revoked
    the one before."""
    if not environment.store.retire_app_secrets(client_id):
        hint = "tillctl apps list shows those that there are."
        raise Failure(f"{environment} knows no app {client_id}.", hint, Exit.SAYS_NO)
    screen.done(f"{client_id} has one live secret; any other is refused within 5 minutes.")


@in_environment()
def list_apps(environment: Environment, as_json: AsJson = False) -> None:
    """The apps, and how many live secrets each has; never the secrets."""
    counts = {app: len(live) for app, live in sorted(environment.store.app_secrets().items())}
    if as_json:
        screen.print_json([{"client_id": app, "live_secrets": n} for app, n in counts.items()])
        return
    if not counts:
        screen.note("There are no apps. Store one's client secret: … | tillctl apps set CLIENT-ID")
    for app, count in counts.items():
        screen.say(f"{app}: {count} live")
