"""`tillctl check`: what the config guard would say of a record, before it is published."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tillbridge.domain.faults import Fault
from tillbridge.domain.record_kinds import faults_in_record
from tillbridge.domain.target import origin_of
from tools.tillctl import screen
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.record_file import NotJson, RecordFile, Spot, read_record, record_files

Found = tuple[Fault, Spot]

_ON_THIS_MACHINE = re.compile(r"http://(?:127\.0\.0\.1|localhost)(?=[:/])")


@in_environment(required=False)
def check(
    environment: Environment | None,
    path: Annotated[Path, typer.Argument(help="A record's file, or a tenant's folder.")],
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with a record: what the config guard would say.

    With --local or --stack its secrets are looked at too, as the guard does: whether they exist,
    and may be sent where the record sends them."""
    results = {file: faults_in_file(file, environment) for file in record_files(path)}
    is_good = not any(results.values())
    if as_json:
        faults = [screen.fault_as_json(*one) for found in results.values() for one in found]
        screen.print_json({"ok": is_good, "files": list(map(str, results)), "faults": faults})
    else:
        _show(results, environment)
    raise typer.Exit(Exit.OK if is_good else Exit.SAYS_NO)


def faults_in_file(file: Path, environment: Environment | None) -> list[Found]:
    """Each fault with its place. Raises `Failure` where the file cannot be read."""
    try:
        record = read_record(file)
    except NotJson as not_json:
        return [(not_json.fault, not_json.spot)]
    return found_in(record, environment)


def found_in(
    record: RecordFile, environment: Environment | None, tenant_id: str | None = None
) -> list[Found]:
    """Each fault with its place. The tenant is the folder's, where none is given."""
    faults = faults_of(record, environment, tenant_id or record.tenant_id)
    return [(fault, record.spot_of(fault)) for fault in faults]


def faults_of(record: RecordFile, environment: Environment | None, tenant_id: str) -> list[Fault]:
    """By the config guard's own function."""
    if environment is None:
        faults = faults_in_record(record.name, record.content)
    else:
        read_secret = environment.read_secret()
        faults = faults_in_record(
            record.name,
            record.content,
            environment.allowed_private_origins,
            lambda name: read_secret(tenant_id, name),
        )
    return [_with_way_out(fault, record) for fault in faults]


def _with_way_out(fault: Fault, record: RecordFile) -> Fault:
    """Only here can it be known that a system on this very machine is meant."""
    url = record.value_at(fault.path)
    if fault.hint or not isinstance(url, str) or not _ON_THIS_MACHINE.match(url):
        return fault
    hint = f"For one on this machine: make run ALLOW_ORIGINS={origin_of(url)}, and --local here."
    return fault._replace(hint=hint)


def _show(results: dict[Path, list[Found]], environment: Environment | None) -> None:
    for file, found in results.items():
        if not found:
            screen.done(str(file))
        show_faults(found)
    if environment is None:
        screen.note("  Secrets were not looked at: give --local or --stack for that.")


def show_faults(found: Sequence[Found]) -> None:
    for number, (fault, spot) in enumerate(found):
        if number:
            screen.say()
        screen.fault(fault, spot)
    if len(found) > 1:
        screen.say(f"\n{len(found)} faults.")
