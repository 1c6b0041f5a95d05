"""`tillctl history`, `diff` and `rollback`: what was published under a name, and going back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich import box
from rich.table import Table

from tillbridge.domain.record_content import Content
from tillbridge.domain.record_kinds import KINDS, kind_of
from tools.tillctl import screen
from tools.tillctl.changes import changes_between, show_changes
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.init import check_tenant_id
from tools.tillctl.options import AsJson, in_environment
from tools.tillctl.profiles import with_kept, without_minted, without_status
from tools.tillctl.publishing import HASH_LENGTH, show_verdict, write_and_wait
from tools.tillctl.record_file import RecordFile, read_record, spelled

if TYPE_CHECKING:
    from tools.operator_store import OperatorStore

# A version that was judged, as plain data.
Judged: TypeAlias = Mapping[str, Any]

Which = Annotated[
    str,
    typer.Argument(
        metavar="RECORD", help="Such as acme/customer_lookup or acme/profile; or a record's file."
    ),
]


@dataclass(frozen=True, slots=True)
class Named:
    """A published record, and the file that was named for it, if one was."""

    tenant_id: str
    name: str
    file: RecordFile | None = None

    @classmethod
    def parse(cls, which: str) -> "Named":
        """Raises `Failure`."""
        if Path(which).is_file():
            file = read_record(Path(which))
            return cls(file.tenant_id, file.name, file)
        tenant_id, _, record = which.partition("/")
        check_tenant_id(tenant_id)
        plain = {spelled(kind.label): kind.label for kind in KINDS if not kind.identified_by}
        name = plain.get(record.lower(), record if "#" in record else f"INTEGRATION#{record}")
        if not record or kind_of(name) is None:
            hint = f"Such as {tenant_id}/customer_lookup or {tenant_id}/profile, or a file's path."
            raise Failure(f"{which} names no record.", hint)
        return cls(tenant_id, name)

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.name}"


@in_environment()
def history(environment: Environment, which: Which, as_json: AsJson = False) -> None:
    """Every content that was judged under a name, the last one first, and which one is live."""
    named = Named.parse(which)
    live_hash = _live_hash(environment.store, named)
    versions = _versions(environment.store, named)
    if as_json:
        screen.print_json([_as_json(version, live_hash) for version in versions])
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in ("judged at", "hash", "verdict", "saved by", ""):
        table.add_column(title, header_style="dim")
    for version in versions:
        is_good = version["verdict"] == "good"
        table.add_row(
            screen.cell(str(version["judged_at"])[:19].replace("T", " ")),
            screen.cell(str(version["content_hash"])[:HASH_LENGTH]),
            screen.cell(str(version["verdict"]), style="green" if is_good else "red"),
            screen.cell(str(version.get("saved_by", ""))),
            screen.cell(_remark(version, live_hash)),
        )
    screen.out().print(table)


@in_environment()
def diff(
    environment: Environment,
    which: Which,
    older: Annotated[
        str | None, typer.Option("--from", help="A hash; by default what is live.")
    ] = None,
    newer: Annotated[
        str | None, typer.Option("--to", help="A hash; by default the file, or else the draft.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What differs between a record's file and what is live, or between two of its versions."""
    named, store = Named.parse(which), environment.store
    old = (
        store.live(named.tenant_id, named.name) if older is None else _content(store, named, older)
    )
    changes = changes_between(old, _newer(store, named, newer, old))
    if as_json:
        screen.print_json([change.as_json() for change in changes])
        return
    screen.say(str(named), "bold")
    show_changes(changes)
    if not changes:
        screen.note("  Nothing differs.")


@in_environment()
def rollback(
    environment: Environment,
    which: Which,
    to: Annotated[
        str | None,
        typer.Option(
            help="A hash, as history shows it; by default the good one that was judged last before."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go back to a version that was good: it is written as the draft, and judged again. Without
    `--to` a second time comes back to where the first one left."""
    named, store = Named.parse(which), environment.store
    version = _before_live(store, named) if to is None else _version(store, named, to)
    live = store.live(named.tenant_id, named.name)
    content = without_status(named.name, _content_of(version), live)
    changes = changes_between(live, content)
    if not as_json:
        screen.say(f"{named}: back to {str(version['content_hash'])[:HASH_LENGTH]}", "bold")
        show_changes(changes)
    judged = write_and_wait(store, named.tenant_id, named.name, content)
    if as_json:
        screen.print_json({**judged, "changes": [change.as_json() for change in changes]})
    else:
        show_verdict(str(named), judged)
    if judged["verdict"] != "good":
        raise typer.Exit(Exit.SAYS_NO)


def _newer(store: "OperatorStore", named: Named, newer: str | None, old: Content | None) -> Content:
    if newer is not None:
        return _content(store, named, newer)
    if named.file is not None:
        return with_kept(named.name, named.file.content, old)
    draft = store.draft(named.tenant_id, named.name)
    if draft is None:
        raise Failure(
            f"{named} has no draft.", "Name its file, or two hashes with --from and --to."
        )
    return draft


def _versions(store: "OperatorStore", named: Named) -> list[Judged]:
    versions = store.versions(named.tenant_id, named.name)
    if not versions:
        hint = f"tillctl tenants show {named.tenant_id} lists what there is."
        raise Failure(f"Nothing was published as {named}.", hint, Exit.SAYS_NO)
    return versions


def _live_hash(store: "OperatorStore", named: Named) -> Any:
    return (store.latest(named.tenant_id, named.name) or {}).get("live_hash")


def _before_live(store: "OperatorStore", named: Named) -> Judged:
    live_hash = _live_hash(store, named)
    for version in _versions(store, named):
        if version["verdict"] == "good" and version["content_hash"] != live_hash:
            return version
    hint = "tillctl history shows every version."
    raise Failure(f"{named} has no good version before the live one.", hint, Exit.SAYS_NO)


def _version(store: "OperatorStore", named: Named, prefix: str) -> Judged:
    found = [v for v in _versions(store, named) if str(v["content_hash"]).startswith(prefix)]
    if len(found) == 1:
        return found[0]
    says = "more than one version" if found else "no version"
    hint = "tillctl history shows the hashes."
    raise Failure(f"{prefix} begins the hash of {says} of {named}.", hint, Exit.SAYS_NO)


def _content(store: "OperatorStore", named: Named, prefix: str) -> Content:
    return _content_of(_version(store, named, prefix))


def _content_of(version: Judged) -> Content:
    content = version.get("content")
    if not isinstance(content, Mapping):
        raise Failure("That version was too large or too odd to be kept.", "", Exit.SAYS_NO)
    return dict(content)


def _as_json(version: Judged, live_hash: Any) -> dict[str, Any]:
    said = {name: value for name, value in version.items() if name not in ("pk", "sk")}
    if isinstance(said.get("content"), Mapping):
        said["content"] = without_minted(said["content"])
    return {**said, "is_live": version["content_hash"] == live_hash}


def _remark(version: Judged, live_hash: Any) -> str:
    if version["content_hash"] == live_hash:
        return "← live"
    reasons = version.get("reasons", [])
    if not reasons:
        return ""
    path = f"{reasons[0]['path']}: " if reasons[0].get("path") else ""
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{path}{reasons[0]['message']}{more}"
