"""What a person sees. Results go to stdout, failures and progress to stderr; colours, widths and
NO_COLOR are Rich's to know. No text of a record or an answer is taken for markup."""

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from rich.console import Console
from rich.text import Text

from tillbridge.domain.faults import Fault
from tillbridge.domain.record_check import LOOKS_LIKE_A_SECRET
from tools.tillctl.record_file import Spot

# Where no terminal says how wide it is: a file, a pipe, a test.
_PLAIN_WIDTH = 100
# So much of a long line is shown around what it is about.
_EXCERPT = 72
_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)
} | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_NO = ("✗ ", "bold red")


@cache
def out() -> Console:
    return _console(stderr=False)


@cache
def err() -> Console:
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PLAIN_WIDTH
    return console


def say(text: str = "", style: str = "") -> None:
    """One line of result, wrapped by the terminal alone."""
    out().print(Text(harmless(text), style=style), soft_wrap=True)


def harmless(text: str) -> str:
    """The text without what would command the terminal: a system's answer is a stranger's."""
    return text.translate(_CONTROLS)


def cell(text: str, style: str = "") -> Text:
    """A cell of a table."""
    return Text(harmless(text), style=style)


def done(text: str) -> None:
    out().print(Text.assemble(("✓ ", "green"), harmless(text)), soft_wrap=True)


def refused(text: str) -> None:
    out().print(Text.assemble(_NO, harmless(text)), soft_wrap=True)


def note(text: str) -> None:
    out().print(Text(harmless(text), style="dim"), soft_wrap=True)


def failure(message: str, hint: str = "") -> None:
    """The one screen of a command that could not do what it was asked."""
    err().print(Text.assemble(_NO, (harmless(message), "bold")), soft_wrap=True)
    for one in hint.splitlines():
        err().print(Text(f"  {harmless(one)}"), soft_wrap=True)


def print_json(value: Any) -> None:
    """For programs: one JSON document, plain."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def fault(one: Fault, spot: Spot | None, *, to: Console | None = None) -> None:
    """A fault with its place in the file, the text that is at fault, and what to do."""
    console = to or out()
    head = Text.assemble(_NO, (harmless(str(spot) if spot else one.path), "bold"))
    if spot and one.path:
        head.append(f"  {harmless(one.path)}", style="dim")
    console.print(head, soft_wrap=True)
    console.print(Text(f"  {harmless(one.message)}"), soft_wrap=True)
    # A screen is copied and logged: the secret itself is not shown.
    if spot and one.message != LOOKS_LIKE_A_SECRET:
        console.print(_excerpt(spot), soft_wrap=True)
    if one.hint:
        console.print(Text.assemble(("  → ", "cyan"), harmless(one.hint)), soft_wrap=True)


def _excerpt(spot: Spot) -> Text:
    """The line with a caret under what is at fault; of a long line the part around it."""
    at, line = spot.column - 1, spot.text.expandtabs(1)
    indent = len(line) - len(line.lstrip())
    first = max(0, at - _EXCERPT // 2) if len(line) - indent > _EXCERPT else indent
    first = min(first, at)
    shown = line[first : first + _EXCERPT]
    before = "…" if first > indent else ""
    after = "…" if first + _EXCERPT < len(line) else ""
    carets = "^" * min(spot.length, max(1, len(shown) - (at - first)))
    gutter = " " * len(str(spot.line))
    return Text.assemble(
        (f"  {spot.line} │ ", "dim"),
        f"{before}{shown}{after}\n",
        (f"  {gutter} │ ", "dim"),
        " " * (len(before) + at - first),
        (carets, "bold red"),
    )


def fault_as_json(one: Fault, spot: Spot | None) -> Mapping[str, Any]:
    place = {"file": str(spot.file), "line": spot.line, "column": spot.column} if spot else {}
    facts = {"path": one.path, "message": one.message, "position": one.position, "hint": one.hint}
    return place | {name: value for name, value in facts.items() if value is not None}
