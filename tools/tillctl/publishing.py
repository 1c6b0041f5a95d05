"""`tillctl publish`, and what every command does that writes a draft: it waits for the verdict."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tillbridge.domain.faults import Fault
from tillbridge.domain.record_content import Content, content_hash
from tools.tillctl import screen
from tools.tillctl.changes import Change, changes_between, regressions, show_changes
from tools.tillctl.check import Found, found_in, show_faults
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.profiles import with_kept
from tools.tillctl.record_file import RecordFile, read_record, record_files

if TYPE_CHECKING:
    from tools.operator_store import OperatorStore

HASH_LENGTH = 12
_JUDGED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing one file would do."""

    file: RecordFile
    tenant_id: str
    content: Content
    is_new: bool
    changes: list[Change]
    regressions: list[Fault]

    @property
    def title(self) -> str:
        return f"{self.tenant_id} {self.file.name}"

    def as_json(self) -> dict[str, Any]:
        return {
            "file": str(self.file.path),
            "tenant": self.tenant_id,
            "name": self.file.name,
            "content_hash": content_hash(self.content),
            "is_new": self.is_new,
            "changes": [change.as_json() for change in self.changes],
            "regressions": [screen.fault_as_json(fault, None) for fault in self.regressions],
        }


@in_environment()
def publish(
    environment: Environment,
    path: Annotated[Path, typer.Argument(help="A record's file, or a tenant's folder.")],
    tenant: Annotated[
        str | None, typer.Option(help="The tenant's id; by default the folder's name.")
    ] = None,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Publish although an example of today's would not hold."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make records live: shows what changes, writes the draft, and waits for the verdict.

    What is live stays so until the config guard has found the new record good."""
    records = [read_record(file) for file in record_files(path)]
    if faults := [found for one in records for found in found_in(one, environment, tenant)]:
        _refuse(faults, as_json)
    plans = [_plan(record, tenant or record.tenant_id, environment.store) for record in records]
    if not as_json:
        for plan in plans:
            _show(plan)
    is_refused = not accept and any(plan.regressions for plan in plans)
    writes = not dry_run and not is_refused
    results = _publish_all(plans, environment, as_json) if writes else []
    is_good = not is_refused and all(result["verdict"] == "good" for result in results)
    if as_json:
        told = [plan.as_json() for plan in plans]
        screen.print_json({"ok": is_good, "written": writes, "plans": told, "results": results})
    if is_refused:
        hint = "Mend the record, or say --accept where the change is meant."
        raise Failure("An example that holds today would not: not published.", hint, Exit.SAYS_NO)
    if not is_good:
        raise typer.Exit(Exit.SAYS_NO)


def _refuse(faults: list[Found], as_json: bool) -> None:
    if as_json:
        told = [screen.fault_as_json(*one) for one in faults]
        screen.print_json({"ok": False, "written": False, "faults": told})
    else:
        show_faults(faults)
        screen.note("Nothing was published.")
    raise typer.Exit(Exit.SAYS_NO)


def _plan(record: RecordFile, tenant_id: str, store: "OperatorStore") -> Plan:
    check_tenant_id(tenant_id)
    live = store.live(tenant_id, record.name)
    before = (
        live
        or store.draft(tenant_id, record.name)
        # One that was retired comes back with what was made with its tenant.
        or store.last_good(tenant_id, record.name)
    )
    content = with_kept(record.name, record.content, before)
    changes, broken = changes_between(live, content), regressions(record.name, live, content)
    return Plan(record, tenant_id, content, live is None, changes, broken)


def _show(plan: Plan) -> None:
    screen.say(plan.title, "bold")
    if plan.is_new:
        examples = len(plan.content.get("examples", []))
        said = f", with {examples} example{'s' if examples > 1 else ''}" if examples else ""
        screen.say(f"  + new{said}", "green")
    elif not plan.changes:
        screen.note("  Nothing changes.")
    else:
        show_changes(plan.changes)
    if plan.regressions:
        screen.say("  Examples of what is live would not hold:")
    for fault in plan.regressions:
        screen.fault(fault, None)


def _publish_all(
    plans: list[Plan], environment: Environment, as_json: bool
) -> list[Mapping[str, Any]]:
    results: list[Mapping[str, Any]] = []
    for plan in plans:
        if not plan.changes:
            results.append({"verdict": "good", "name": plan.file.name, "unchanged": True})
            continue
        judged = write_and_wait(environment.store, plan.tenant_id, plan.file.name, plan.content)
        results.append({**judged, "name": plan.file.name})
        if not as_json:
            show_verdict(plan.title, judged, plan.file)
    return results


def write_and_wait(
    store: "OperatorStore", tenant_id: str, name: str, content: Content
) -> Mapping[str, Any]:
    """Write the draft; what the config guard says of it. Raises `Failure` when it says nothing."""
    saved_at = store.put_draft(tenant_id, name, content, saved_by=_who())
    judged = store.verdict(tenant_id, name, content, saved_at, _JUDGED_WITHIN_S)
    if judged is None:
        hint = (
            "The draft is written, what was live still is. tillctl history shows a late verdict; "
            "docs/runbook.md says how to look after the config guard."
        )
        message = f"No verdict on {name} came within {_JUDGED_WITHIN_S:.0f} s."
        raise Failure(message, hint, Exit.ENVIRONMENT)
    latest = store.latest(tenant_id, name) or {}
    is_live = latest.get("live_hash") == judged["content_hash"]
    return {
        "verdict": judged["verdict"],
        "content_hash": judged["content_hash"],
        "reasons": judged.get("reasons", []),
        "is_live": is_live,
    }


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user has no name
        return "tillctl"


def show_verdict(title: str, judged: Mapping[str, Any], file: RecordFile | None = None) -> None:
    short = str(judged["content_hash"])[:HASH_LENGTH]
    if judged["verdict"] == "good" and judged["is_live"]:
        screen.done(f"{title} is live as {short}; every till follows within 30 s.")
    elif judged["verdict"] == "good":
        screen.done(f"{title}: {short} is good, and another draft was published since.")
    else:
        screen.refused(f"{title}: the config guard rejects {short}; what was live still is.")
    for reason in judged["reasons"]:
        fault = Fault(
            reason.get("path", ""), reason["message"], reason.get("position"), reason.get("hint")
        )
        screen.fault(fault, file.spot_of(fault) if file else None)
