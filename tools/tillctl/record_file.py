"""A record as a file: what it says, under which name it is stored, where in it a fault stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tillbridge.domain.faults import Fault
from tillbridge.domain.record_content import Content
from tillbridge.domain.record_kinds import KINDS
from tools.tillctl.failures import Failure
from tools.tillctl.jsonc import Document, Unreadable, parse

# For editors; no part of the record.
SCHEMA_MEMBER = "$schema"
SUFFIXES = (".jsonc", ".json")
# How a kind is spelled in a tenant's folder, where that is not its label in small letters.
_SPELLED = {"PROGRAM": "programme"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to point at: `line` and `column` count from 1, `text` is the line, and `length` the
    characters of it that are at fault."""

    file: Path
    line: int
    column: int
    text: str
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class RecordFile:
    path: Path
    document: Document

    @property
    def content(self) -> Content:
        """The record, as it is published."""
        value: dict[str, Any] = self.document.value
        return {name: member for name, member in value.items() if name != SCHEMA_MEMBER}

    @property
    def name(self) -> str:
        """The name under which it is stored, `PROFILE` or `INTEGRATION#customer_lookup`, by where
        the file lies: `profile.jsonc`, `integrations/<operation>.jsonc`. Elsewhere by what it
        holds."""
        for kind in KINDS:
            if kind.identified_by is None and self.path.stem == spelled(kind.label):
                return kind.label
            if kind.identified_by and self.path.resolve().parent.name == folder_of(kind.label):
                return kind.name_of({kind.identified_by: self.path.stem})
        fitting = [kind for kind in KINDS if kind.identified_by in self.content]
        if not fitting:
            return KINDS[0].label
        # Several kinds are named by an `id`.
        known = self.content.keys()
        return max(fitting, key=lambda kind: len(known & kind.model.model_fields)).name_of(
            self.content
        )

    @property
    def tenant_id(self) -> str:
        """The name of the tenant's folder, in which the file lies."""
        folder = self.path.resolve().parent
        return folder.parent.name if folder.name in _folders() else folder.name

    def value_at(self, dotted: str) -> Any:
        """What stands at a fault's path, None where nothing does."""
        path, exact = _known_path(dotted, self.document)
        return _value_at(self.document.value, path) if exact else None

    def spot_of(self, fault: Fault) -> Spot:
        """Where the fault stands: its text's character, its value, its member's name, or the
        closest thing around it."""
        document = self.document
        path, exact = _known_path(fault.path, document)
        place = document.places[path]
        if fault.position is not None and exact and document.text[place.start] == '"':
            return spot_at(self.path, document.text, document.offset_in(path, fault.position))
        if isinstance(_value_at(document.value, path), dict | list) and path in document.names:
            place = document.names[path]
        return spot_at(self.path, document.text, place.start, place.end)


def folder_of(label: str) -> str:
    """The folder of a tenant's records of that kind."""
    return f"{spelled(label)}s"


def spelled(label: str) -> str:
    """How a kind is spelled in file names and on the command line."""
    return _SPELLED.get(label, label.lower())


def read_record(path: Path) -> RecordFile:
    """Raises `Failure` for a file that cannot be read, `NotJson` for one that is not JSON."""
    try:
        # Some editors begin a file with a byte order mark.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = "Begin with: tillctl init <tenant> --preset custom"
        raise Failure(f"There is no file {path}.", hint) from None
    except IsADirectoryError:
        raise Failure(f"{path} is a folder.", "Name one record's file.") from None
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8.", "Save it as UTF-8.") from None
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from None
    try:
        document = parse(text)
    except Unreadable as unreadable:
        raise NotJson(spot_at(path, text, unreadable.offset), unreadable) from None
    if not isinstance(document.value, dict):
        spot = spot_at(path, text, document.places[()].start)
        raise NotJson(spot, Unreadable("A record is an object", 0, "Begin it with {."))
    return RecordFile(path, document)


class NotJson(Exception):
    """The file is no JSON with comments."""

    def __init__(self, spot: Spot, unreadable: Unreadable) -> None:
        super().__init__(unreadable.message)
        self.spot = spot
        self.fault = Fault("", unreadable.message, hint=unreadable.hint or None)


def record_files(path: Path) -> list[Path]:
    """The file, every record of one kind's folder, or every one of a tenant's folder, its profile
    first. Raises `Failure`."""
    if not path.is_dir():
        return [path]
    if path.resolve().name in _folders() and (of_a_kind := _records_in(path)):
        return of_a_kind
    of_the_tenant = _records_in(path)
    known = {spelled(kind.label) for kind in KINDS if not kind.identified_by}
    for file in of_the_tenant:
        if file.stem not in known:
            names = ", ".join(f"{name}.jsonc" for name in sorted(known))
            hint = f"In a tenant's folder stand {names} and folders."
            raise Failure(f"{file} is named as no kind of record is.", hint)
    files = [*of_the_tenant, *(f for folder in _kind_folders(path) for f in _records_in(folder))]
    if not files:
        hint = "It holds profile.jsonc and integrations/<operation>.jsonc; see tillctl init."
        raise Failure(f"There is no record in {path}.", hint)
    return files


def _folders() -> set[str]:
    """The folders' names that stand in a tenant's, one per kind."""
    return {folder_of(kind.label) for kind in KINDS if kind.identified_by}


def _kind_folders(path: Path) -> Iterator[Path]:
    for kind in KINDS:
        if kind.identified_by and (folder := path / folder_of(kind.label)).is_dir():
            yield folder


def _records_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES)


def spot_at(file: Path, text: str, start: int, end: int | None = None) -> Spot:
    begin = text.rfind("\n", 0, start) + 1
    finish = text.find("\n", start)
    line = text[begin:] if finish < 0 else text[begin:finish]
    column = start - begin + 1
    length = 1 if end is None else max(1, min(end - start, len(line) - column + 1))
    return Spot(file, text.count("\n", 0, start) + 1, column, line, length)


def _known_path(dotted: str, document: Document) -> tuple[tuple[str | int, ...], bool]:
    """The fault's path as far as the file has it, and whether that is all of it. A member's name
    may hold dots."""
    path: tuple[str | int, ...] = ()
    node, rest = document.value, dotted
    while rest:
        children = dict(enumerate(node)) if isinstance(node, list) else node
        if not isinstance(children, Mapping):
            break
        fitting = [n for n in children if rest == str(n) or rest.startswith(f"{n}.")]
        if not fitting:
            break
        step = max(fitting, key=lambda name: len(str(name)))
        path, node, rest = (*path, step), children[step], rest[len(str(step)) + 1 :]
    return path, not rest


def _value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
