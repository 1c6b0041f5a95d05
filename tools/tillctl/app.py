"""The command line, put together: every failure of a person's or of AWS's is one screen."""

import sys
from io import TextIOWrapper
from typing import Any

import typer
from typer.core import TyperGroup

from tillbridge.errors import RecordsUnavailable
from tools.tillctl import (
    apps,
    campaigns,
    check,
    history,
    init,
    keys,
    points,
    probing,
    publishing,
    recording,
    redemptions,
    schemas,
    screen,
    secrets,
    shops,
    tenants,
    trying,
)
from tools.tillctl.environments import explained
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.record_file import NotJson

_EPILOG = (
    "Exit codes: 0 done; 1 the check, the verdict or the system says no; 2 the command line, or a "
    "file that cannot be read; 3 no stack, no credentials, access denied, or AWS does not answer."
)


class Commands(TyperGroup):
    """Commands whose failures are shown and become exit codes."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except NotJson as not_json:
            screen.fault(not_json.fault, not_json.spot, to=screen.err())
            raise typer.Exit(Exit.USAGE) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.STOPPED) from None
        except Failure as failure:
            shown = failure
        except BrokenPipeError:
            raise  # typer ends quietly where nobody reads on
        except Exception as error:
            # The package's own readers say only that AWS did not answer; why is the cause. Some of
            # botocore's errors are an OSError as well.
            cause = error.__cause__ if isinstance(error, RecordsUnavailable) else error
            if type(cause).__module__.startswith("botocore."):
                shown = explained(cause)
            elif isinstance(error, OSError):
                shown = Failure(f"{error.filename or 'A file'}: {error.strerror}.")
            else:
                raise
        screen.failure(shown.message, shown.hint)
        raise typer.Exit(shown.code)


app = typer.Typer(
    cls=Commands,
    name="tillctl",
    help="Connect a merchant's system to Tillbridge: write a record, try it, publish it, go back.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_RECORDS, _LIVE, _TENANTS = "Write and try records", "Make them live", "Tenants and their tills"
app.command(rich_help_panel=_RECORDS)(init.init)
app.command(rich_help_panel=_RECORDS)(check.check)
app.command("try", rich_help_panel=_RECORDS)(trying.try_record)
app.command(rich_help_panel=_RECORDS)(recording.record)
app.command(rich_help_panel=_RECORDS)(probing.probe)
app.command("export-schema", rich_help_panel=_RECORDS)(schemas.export_schema)
app.command(rich_help_panel=_LIVE)(publishing.publish)
app.command(rich_help_panel=_LIVE)(history.history)
app.command(rich_help_panel=_LIVE)(history.diff)
app.command(rich_help_panel=_LIVE)(history.rollback)

_secrets = typer.Typer(no_args_is_help=True, help="A merchant's credentials.")
_secrets.command("set")(secrets.set_secret)
_keys = typer.Typer(no_args_is_help=True, help="What tills show for their tenant.")
_keys.command("create")(keys.create)
_keys.command("list")(keys.list_keys)
_keys.command("revoke")(keys.revoke)
_campaigns = typer.Typer(no_args_is_help=True, help="A merchant's discounts.")
_campaigns.command()(check.check)
_campaigns.command()(publishing.publish)
_campaigns.command("list")(campaigns.list_campaigns)
_campaigns.command()(campaigns.pause)
_campaigns.command()(campaigns.resume)
_campaigns.command()(campaigns.explain)
_campaigns.command("simulate")(campaigns.simulate_drafts)
_points = typer.Typer(no_args_is_help=True, help="A merchant's points from elsewhere.")
_points.command("import")(points.import_points)
_redemptions = typer.Typer(no_args_is_help=True, help="What waits for a person.")
_redemptions.command("list")(redemptions.list_manual)
_redemptions.command()(redemptions.show)
_redemptions.command()(redemptions.resolve)
_tenants = typer.Typer(no_args_is_help=True, help="Merchants.")
for _command in (tenants.create, tenants.show, tenants.suspend, tenants.resume):
    _tenants.command()(_command)
_shops = typer.Typer(no_args_is_help=True, help="Which of Shopify's shops are whose.")
_shops.command("add")(shops.add)
_shops.command("list")(shops.list_shops)
_shops.command("remove")(shops.remove)
_apps = typer.Typer(no_args_is_help=True, help="The deployment's own Shopify apps.")
_apps.command("set")(apps.set_secret)
_apps.command("retire")(apps.retire)
_apps.command("list")(apps.list_apps)
app.add_typer(_secrets, name="secrets", rich_help_panel=_LIVE)
app.add_typer(_tenants, name="tenants", rich_help_panel=_TENANTS)
app.add_typer(_keys, name="keys", rich_help_panel=_TENANTS)
app.add_typer(_shops, name="shops", rich_help_panel=_TENANTS)
app.add_typer(_apps, name="apps", rich_help_panel=_TENANTS)
app.add_typer(_campaigns, name="campaigns", rich_help_panel=_LIVE)
app.add_typer(_points, name="points", rich_help_panel=_TENANTS)
app.add_typer(_redemptions, name="redemptions", rich_help_panel=_TENANTS)


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Half a character in an answer, or a terminal without UTF-8, is no reason to stop.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="tillctl")
