"""`tillctl try`: one request as a record makes it, the answer, and what a till would get of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.domain.faults import RecordRefused
from tillbridge.domain.mapping import BadItem, Items
from tillbridge.domain.record_kinds import kind_of
from tillbridge.errors import TillbridgeError
from tools.tillctl import screen
from tools.tillctl.asking import Asked, Question, Whom, ask, inputs_of
from tools.tillctl.check import show_faults
from tools.tillctl.commented import indented
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.fieldwise import FieldResult, item_results
from tools.tillctl.options import (
    AsJson,
    CurrencyCode,
    CustomerId,
    SearchTerm,
    in_environment,
)
from tools.tillctl.record_file import RecordFile, read_record

_SHOWN_LINES = 30
_SHOWN_CHARACTERS = 300
_SHOWN_ITEMS = 3

File = Annotated[Path, typer.Argument(help="The integration record's file.")]
Against = Annotated[
    str | None,
    typer.Option(
        help="Ask this address in place of the record's system, such as http://127.0.0.1:9000. It "
        "gets a made-up secret, unless the stored one is bound to it."
    ),
]


@in_environment(required=False)
def try_record(
    environment: Environment | None,
    file: File,
    search_term: SearchTerm = None,
    customer_id: CustomerId = None,
    currency_code: CurrencyCode = None,
    against: Against = None,
    response: Annotated[
        Path | None, typer.Option(help="Ask nobody: a file with the system's answer.")
    ] = None,
    status: Annotated[int, typer.Option(help="The status of the answer in --response.")] = 200,
    full: Annotated[bool, typer.Option("--full", help="The whole answer, and every item.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the request as it is sent, the raw answer, and the result field by field.

    The record's own system is asked, with the secret of the stack that --local or --stack names."""
    asked = ask_or_show(
        read_record(file),
        Question(search_term, customer_id, currency_code),
        Whom(against, response, status),
        environment,
    )
    items, error = outcome_of(asked)
    if as_json:
        screen.print_json(_as_json(asked, items, error))
    else:
        show_request(asked.request)
        if asked.answer:
            _show_answer(asked.answer, asked.elapsed_ms, full)
        _show_outcome(asked, items, error, full)
    is_good = error is None and not any(isinstance(item, BadItem) for item in items.first)
    raise typer.Exit(Exit.OK if is_good else Exit.SAYS_NO)


def ask_or_show(
    record: RecordFile,
    question: Question,
    whom: Whom,
    environment: Environment | None,
) -> Asked:
    """Ask the system. A record that cannot be used is shown with its faults, and ends the
    command. Raises `Failure` for a file that asks no system."""
    kind = kind_of(record.name)
    if kind is None or kind.identified_by != "operation":
        hint = f"Such as {record.tenant_id}/integrations/customer_lookup.jsonc."
        raise Failure(f"{record.path} is no integration's record.", hint)
    try:
        return ask(record, inputs_of(record, question, whom), whom, environment)
    except RecordRefused as refused:
        show_faults([(fault, record.spot_of(fault)) for fault in refused.faults])
        raise typer.Exit(Exit.SAYS_NO) from None


def outcome_of(asked: Asked) -> tuple[Items, TillbridgeError | None]:
    """What the till would get: items, or an error."""
    if asked.answer is None:
        return Items([], 0), asked.error
    try:
        return asked.integration.items(asked.answer, asked.inputs), None
    except TillbridgeError as error:
        return Items([], 0), error


def show_request(request: OutboundRequest) -> None:
    _heading("Request")
    screen.say(f"  {request.method} {request.url}")
    for name, value in request.headers.items():
        screen.note(f"  {name}: {value}")
    if request.body is not None:
        for line in _pretty(request.body):
            screen.say(f"  {line}")


def _show_answer(answer: UpstreamAnswer, elapsed_ms: int | None, full: bool) -> None:
    facts = [f"{len(answer.body)} bytes"]
    if elapsed_ms is not None:
        facts.append(f"{elapsed_ms} ms")
    if media_type := answer.headers.get("content-type"):
        facts.insert(0, media_type)
    _heading(f"Answer {answer.status}", ", ".join(facts))
    lines = _pretty(answer.body)
    shown = lines if full else [line[:_SHOWN_CHARACTERS] for line in lines[:_SHOWN_LINES]]
    for line in shown:
        screen.say(f"  {line}")
    if len(shown) < len(lines):
        screen.note(f"  … {len(lines) - len(shown)} more lines: --full shows them")


def _show_outcome(asked: Asked, items: Items, error: TillbridgeError | None, full: bool) -> None:
    if error:
        _heading("Result", f"the till gets {error.code}, status {error.status}")
        screen.refused(error.detail)
        screen.note(f"  On the till: {error.cashier_message}")
        return
    skipped = sum(isinstance(item, BadItem) for item in items.first)
    said = f"{items.total} found" + (f", {skipped} skipped" if skipped else "")
    _heading("Result", said)
    if not items.total:
        screen.say("  The till shows that nobody was found.")
    at_most = items.total if full else _SHOWN_ITEMS
    for number, item in enumerate(item_results(asked, items, at_most), start=1):
        if number > 1:
            screen.say()
        screen.out().print(_table(item.fields, f"{number} of {items.total}", item.is_skipped))
        if item.error:
            screen.refused(f"It is skipped: {item.error}")
    if (left := items.total - at_most) > 0:
        screen.note(f"  … {left} more: --full shows them")


def _table(fields: Sequence[FieldResult], title: str, is_skipped: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in (title, "expression", "gives", "type"):
        table.add_column(name, header_style="dim", overflow="fold")
    for field in fields:
        if field.error:
            gives = screen.cell(f"✗ {field.error}", "bold red")
        elif is_skipped and field.found is not None:
            gives = Text(_one_line(field.found), style="dim")
        elif field.value is None:
            gives = Text("(blank)", style="dim")
        else:
            gives = Text(_one_line(field.value), style="green")
        expression = screen.cell(field.expression or "", "cyan")
        table.add_row(screen.cell(field.name), expression, gives, Text(field.type, style="dim"))
    return table


def _heading(title: str, said: str = "") -> None:
    screen.out().print(Text.assemble((f"{title}", "bold"), ("  " if said else ""), (said, "dim")))


def _one_line(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return screen.harmless(text)


def _pretty(body: bytes) -> list[str]:
    try:
        return indented(json.loads(body), "").splitlines()
    except (ValueError, RecursionError):
        return body.decode(errors="replace").splitlines()


def _as_json(asked: Asked, items: Items, error: TillbridgeError | None) -> dict[str, Any]:
    request, answer = asked.request, asked.answer
    said: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            "body": None if request.body is None else request.body.decode(),
        },
        "answer": answer
        and {"status": answer.status, "body": answer.body.decode(errors="replace")},
        "elapsed_ms": asked.elapsed_ms,
    }
    if error:
        return said | {"error": {"code": error.code, "detail": error.detail}}
    results = item_results(asked, items, items.total)
    return said | {
        "items": [
            [
                {
                    "field": field.name,
                    "expression": field.expression,
                    "value": field.value,
                    "type": field.type,
                    "error": field.error,
                }
                for field in result.fields
            ]
            for result in results
        ]
    }
