"""The command line, put together: every failure of a person's or of AWS's is one screen."""

from typing import Any

import typer
from typer.core import TyperGroup

from tools.tillctl import check, init, recording, schemas, screen, trying
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
        except Failure as failure:
            shown = failure
        except Exception as error:
            if not type(error).__module__.startswith("botocore."):
                raise
            shown = explained(error)
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
app.command(rich_help_panel="Records")(init.init)
app.command(rich_help_panel="Records")(check.check)
app.command("try", rich_help_panel="Records")(trying.try_record)
app.command(rich_help_panel="Records")(recording.record)
app.command("export-schema", rich_help_panel="Records")(schemas.export_schema)


def main() -> None:
    app(prog_name="tillctl")
