"""What differs between two contents of a record, and which examples no longer hold."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rich.text import Text

from tillbridge.domain.faults import Fault
from tillbridge.domain.record_content import Content
from tillbridge.domain.record_kinds import faults_in_record
from tools.tillctl import screen
from tools.tillctl.asking import MASK
from tools.tillctl.profiles import MINTED_NAMES

_SHOWN_CHARACTERS = 160
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Change:
    """`path` is dotted; an example is named, `examples "nobody found"`."""

    path: str
    kind: str  # added, removed or changed
    old: Any = None
    new: Any = None

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "kind": self.kind, "old": self.old, "new": self.new}


def changes_between(old: Content | None, new: Content) -> list[Change]:
    """In the order of the new content."""
    before, after = dict(old or {}), dict(new)
    examples = [_by_name(content.pop("examples", [])) for content in (before, after)]
    return [*map(_masked, _changes(before, after, "")), *_changed_examples(*examples)]


def regressions(name: str, live: Content | None, new: Content) -> list[Fault]:
    """Where the new content does not give what the live record's examples expect: what holds today
    and would not."""
    promised = (live or {}).get("examples")
    if not promised:
        return []
    faults = faults_in_record(name, {**new, "examples": promised})
    return [fault for fault in faults if fault.path.startswith("examples.")]


def show_changes(changes: list[Change]) -> None:
    signs = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
    for change in changes:
        sign, style = signs[change.kind]
        line = Text(f"  {sign} {change.path}", style=style)
        if change.path.startswith("examples "):
            screen.out().print(line, soft_wrap=True)
            continue
        old, new = _short(change.old), _short(change.new)
        if change.kind == "changed":
            is_short = len(old) + len(new) < _SHOWN_CHARACTERS / 3
            said = f"  {old} → {new}" if is_short else f"\n      {old}\n    → {new}"
        else:
            said = f"  {new if change.kind == 'added' else old}"
        screen.out().print(line.append(said, style="default"), soft_wrap=True)


def _changes(old: Any, new: Any, path: str) -> Iterator[Change]:
    if old is _NOTHING:
        yield Change(path, "added", new=new)
    elif new is _NOTHING:
        yield Change(path, "removed", old=old)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _members(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        yield from _members(dict(enumerate(old)), dict(enumerate(new)), path)
    elif old != new:
        yield Change(path, "changed", old, new)


def _masked(change: Change) -> Change:
    """A change that shows nothing of what only the gateway is to know."""
    if change.path not in MINTED_NAMES:
        return change
    old, new = (None if value is None else MASK for value in (change.old, change.new))
    return replace(change, old=old, new=new)


def _members(old: Mapping[Any, Any], new: Mapping[Any, Any], path: str) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        place = f"{path}.{name}" if path else str(name)
        yield from _changes(old.get(name, _NOTHING), new.get(name, _NOTHING), place)


def _changed_examples(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        path = f'examples "{name}"'
        if name not in old:
            yield Change(path, "added", new=new[name])
        elif name not in new:
            yield Change(path, "removed", old=old[name])
        elif old[name] != new[name]:
            yield Change(path, "changed", old[name], new[name])


def _by_name(examples: Any) -> dict[str, Any]:
    return {str(example.get("name", "")): example for example in examples}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
