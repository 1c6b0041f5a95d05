"""docs/tillctl.md, from the command line itself (`make openapi`)."""

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from tools.tillctl.app import app
from tools.tillctl.options import STACK_OPTIONS

_HEAD = """# tillctl

The command line for who connects a merchant's system.
[onboarding-a-tenant.md](onboarding-a-tenant.md) is the way through it in half an hour,
[records.md](records.md) says what a record may hold. Generated from the commands by `make openapi`.

`make run` and `make test` put it at `.venv/bin/tillctl`, from where it works in any folder.

## Files

A tenant is a folder named for its id: `profile.jsonc`, and `integrations/<operation>.jsonc`. The
files are JSON with comments and trailing commas; plain `.json` does as well. `$schema` binds a file
to a schema that lets an editor complete and validate it (`init` writes both); it is no part of what
is published, and neither are the comments.

## Which stack

| | |
|---|---|
| `--local` | the local stack, as `.local/stack.json` describes it; or `TILLCTL_LOCAL=1` |
| `--stack NAME` | a stack in AWS, by its CloudFormation outputs; or `TILLCTL_STACK` |
| `--region`, `--profile` | as the AWS CLI's; without them your environment decides |

`check`, `try` and `record` do without a stack as well; then secrets are not looked at.

In AWS it needs `cloudformation:DescribeStacks`; on the tenants table `dynamodb:GetItem` and
`Query`, and `PutItem` and `UpdateItem` on leading keys `TENANT#<tenant>#` (records) and
`KEY#<tenant>#` (keys); on the ledger's table `GetItem`, `PutItem` and `UpdateItem` on leading keys
`T#<tenant>#` (points); on `tillbridge/<stage>/<tenant>/*` `secretsmanager:GetSecretValue` (to check
and try), `CreateSecret` and `PutSecretValue` (to set). Shops and apps are the operator's: `PutItem`
and `DeleteItem` on leading keys `SHOP#*` and `Scan` (to list them), and all three on the secret
`tillbridge-apps/<stage>/shopify`.

## Output

What was asked for goes to standard output, failures to standard error. Every command that prints
data has `--json`. Colours follow `NO_COLOR` and the terminal; widths follow it and `COLUMNS`.

| exit code | |
|---|---|
| 0 | done |
| 1 | the check, the verdict or the answer says no; nothing was found under that name |
| 2 | the command line is wrong, or a file cannot be read |
| 3 | no stack, no credentials, access denied, or AWS does not answer |
| 130 | stopped by Ctrl-C |
"""


def reference_page() -> str:
    group: Any = typer.main.get_command(app)
    sections = [_section(f"tillctl {path}", command) for path, command in _commands(group)]
    return "\n".join([_HEAD, *sections])


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _section(path: str, command: Any) -> str:
    own = [p for p in command.params if p.name not in STACK_OPTIONS and p.name != "help"]
    usage = " ".join([path, *(_usage(one) for one in own)])
    if len(own) < len([p for p in command.params if p.name != "help"]):
        usage += " [STACK]"
    rows = [f"| `{_spelled(one)}` | {_help(one)} |" for one in own]
    table = "\n".join(["| | |", "|---|---|", *rows]) if rows else ""
    return f"## {path}\n\n{inspect.cleandoc(command.help)}\n\n```\n{usage}\n```\n\n{table}\n"


def _usage(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _spelled(parameter)
    spelled = _spelled(parameter)
    return spelled if parameter.required else f"[{spelled}]"


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    name = max(parameter.opts, key=len)
    if parameter.is_flag:
        return str(name)
    return f"{name} …"


def _help(parameter: Any) -> str:
    values = parameter.type_descriptor.annotation
    if inspect.isclass(values) and issubclass(values, Enum):
        return f"{parameter.help} One of {', '.join(f'`{one.value}`' for one in values)}."
    return str(parameter.help)
