"""Options that several commands have."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeAlias

import typer

from tools.tillctl.environments import AWS, LOCAL, chosen_environment
from tools.tillctl.failures import Failure

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
SearchTerm: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="For customer_lookup: what a cashier would type, such as a name or a phone number."
    ),
]
CustomerId: TypeAlias = Annotated[
    str | None,
    typer.Option(help="For an operation about one customer: the merchant's own identifier."),
]
CurrencyCode: TypeAlias = Annotated[
    str | None, typer.Option(help="The shop's currency (ISO 4217), such as DKK.")
]

_PANEL = "Which stack"
STACK_OPTIONS: dict[str, tuple[Any, Any]] = {
    "local": (
        Annotated[
            bool,
            typer.Option(
                "--local", envvar="TILLCTL_LOCAL", help=f"{LOCAL}.", rich_help_panel=_PANEL
            ),
        ],
        False,
    ),
    "stack": (
        Annotated[
            str | None,
            typer.Option(envvar="TILLCTL_STACK", help=f"{AWS}.", rich_help_panel=_PANEL),
        ],
        None,
    ),
    "region": (
        Annotated[str | None, typer.Option(help="The stack's Region.", rich_help_panel=_PANEL)],
        None,
    ),
    "profile": (
        Annotated[
            str | None,
            typer.Option(help="A profile of your AWS credentials.", rich_help_panel=_PANEL),
        ],
        None,
    ),
}


def in_environment(required: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options that choose a stack, and the stack as its first argument, None
    where none was chosen and none is `required`."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = [p for n, p in inspect.signature(function).parameters.items() if n != "environment"]
        added = [
            inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, annotation=a, default=default)
            for n, (a, default) in STACK_OPTIONS.items()
        ]

        @wraps(function)
        def command(**given: Any) -> None:
            environment = chosen_environment(*(given.pop(name) for name in STACK_OPTIONS))
            if required and environment is None:
                hint = "Give --local for the one that make run started, or --stack NAME for AWS."
                raise Failure("This needs a deployed stack.", hint)
            function(environment, **given)

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + added
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        return command

    return decorate
