"""tillctl as somebody types it."""

from typing import Any

from typer.testing import CliRunner

from tools.tillctl.app import app

Result = Any


def tillctl(*words: object, typed: str | None = None) -> Result:
    """What a command prints (`stdout`, `stderr`) and how it ends (`exit_code`). What a command
    raises that it should have told is raised."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=typed)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
