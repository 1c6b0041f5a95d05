"""`tillctl points`: a merchant's points from elsewhere."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tillbridge.domain.caller import Caller, Scope
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.earn import Booked
from tillbridge.domain.programme import Programme
from tillbridge.domain.programmes import BUILT_IN
from tillbridge.errors import TenantError
from tillbridge.services.points import Points
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.keys import unknown_tenant
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.point_import import WORKERS, Outcome, PointImport
from tools.tillctl.point_rows import Empty, Judged, Refused, Row, judged_rows

# As the journal has it. No person's: a row is the same row whoever runs the command again.
_PRINCIPAL = "tillctl/import"


@dataclass
class Report:
    """What became of a file's rows."""

    file: Path
    is_dry_run: bool
    rows: int = 0
    points: int = 0
    imported: int = 0
    already_imported: int = 0
    without_points: int = 0
    refused: list[Refused] = field(default_factory=list)

    def judge(self, rows: Iterator[Judged]) -> None:
        """Count the rows, and keep those that cannot be booked."""
        for row in rows:
            self.rows += 1
            match row:
                case Refused():
                    self.refused.append(row)
                case Empty():
                    self.without_points += 1
                case Row():
                    self.points += row.request.points

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            self.refused.append(outcome)
        elif outcome.replayed:
            self.already_imported += 1
        else:
            self.imported += 1

    @property
    def to_book(self) -> int:
        return self.rows - self.without_points - len(self.refused)

    def as_json(self) -> dict[str, Any]:
        refused = sorted(self.refused, key=lambda one: one.line)
        return {
            "file": str(self.file),
            "dry_run": self.is_dry_run,
            "rows": self.rows,
            "points": self.points,
            "imported": self.imported,
            "already_imported": self.already_imported,
            "without_points": self.without_points,
            "refused": [{"line": one.line, "reason": one.reason} for one in refused],
        }


@in_environment()
def import_points(
    environment: Environment,
    file: Annotated[Path, typer.Argument(help="A .csv, .tsv, .jsonl or .ndjson file.")],
    tenant: Annotated[str, typer.Option(help="The tenant's id.")],
    skip_refused: Annotated[
        bool, typer.Option("--skip-refused", help="Book the good rows although others are refused.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file alone.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many rows are booked at once.")
    ] = WORKERS,
    as_json: AsJson = False,
) -> None:
    """Book the points that customers bring along, such as opening balances.

    Each row is a customer_id and points, and may have expires_on (the last day, or never; the
    programme's own rule when empty), a reference and a note for the journal. All rows are checked
    before one is booked. Stopped, the command goes on when it is run again: a row is booked once,
    by its reference, or else by the file's name, its customer and which of the customer's rows it
    is. So a file whose rows have no references keeps its name, and each customer's rows in their
    order.
    """
    check_tenant_id(tenant)
    points, programme = _points_of(environment, tenant, workers)
    caller = Caller(tenant, _PRINCIPAL, frozenset({Scope.ADJUST}), "tillctl")
    today = Actor.of(caller, programme.time_zone, time.time(), None).today
    report = Report(file, dry_run)
    report.judge(judged_rows(file, today))
    may_book = not dry_run and (skip_refused or not report.refused)
    try:
        if may_book:
            _book(points, caller, report, judged_rows(file, today), workers)
    finally:
        _show(report, as_json, booked=may_book)
    if report.refused:
        raise typer.Exit(Exit.SAYS_NO)


def _points_of(environment: Environment, tenant: str, workers: int) -> tuple[Points, Programme]:
    if not environment.store.names(tenant):
        raise unknown_tenant(environment, tenant)
    try:
        return environment.points(tenant, workers)
    except TenantError as error:
        hint = f"Publish its programme first: tillctl publish {tenant}"
        if error.facts.get("operation") == BUILT_IN:
            hint = "Import the points there."
        raise Failure(f"{tenant}: {error.detail}.", hint, Exit.SAYS_NO) from None


def _book(
    points: Points, caller: Caller, report: Report, rows: Iterator[Judged], workers: int
) -> None:
    def book(row: Row) -> Booked:
        return points.adjust(caller, row.key, row.customer_id, row.request)

    good = (row for row in rows if isinstance(row, Row))
    with _progress() as progress:
        task = progress.add_task("booking", total=report.to_book)

        def done(outcome: Outcome) -> None:
            report.add(outcome)
            progress.advance(task)

        PointImport(book, workers).run(good, done)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=screen.err(), transient=True)


def _show(report: Report, as_json: bool, *, booked: bool) -> None:
    if as_json:
        screen.print_json(report.as_json())
        return
    for one in sorted(report.refused, key=lambda refused: refused.line):
        screen.refused(f"{report.file}:{one.line}  {one.reason}")
    counts = f"{report.rows} rows, {report.points} points in the good ones"
    if booked:
        left = report.to_book - report.imported - report.already_imported
        screen.say(
            f"{report.imported} booked, {report.already_imported} were already, "
            f"{report.without_points} have no points, {len(report.refused)} refused"
        )
        if left > 0:
            screen.note(f"  {left} are left. Run the same command again: it goes on from there.")
    elif report.refused:
        screen.say(f"Nothing was booked: {len(report.refused)} of {report.rows} rows are refused.")
        screen.note("  Mend them, or book the others with --skip-refused.")
    else:
        screen.done(f"{counts}: all of them can be booked.")
