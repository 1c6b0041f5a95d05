"""A page of documentation as something to run: its files, its commands and the outputs shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINE_OF_FILE = re.compile(r"(.+):(\d+)")


@dataclass(frozen=True, slots=True)
class File:
    """A file that the page shows, or one line of it, counted from 1."""

    path: str
    text: str
    line: int | None = None

    def write(self, folder: Path) -> None:
        path = folder / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.line is None:
            path.write_text(self.text)
            return
        lines = path.read_text().splitlines(keepends=True)
        lines[self.line - 1] = self.text
        path.write_text("".join(lines))


@dataclass(frozen=True, slots=True)
class Command:
    """`output` is what is shown of its output. One with a `terminal` of its own runs on."""

    line: str
    output: str
    terminal: bool = False


def steps_of(page: str) -> Iterator[File | Command]:
    """In the page's order."""
    for language, name, text in _FENCE.findall(page):
        if language == "console":
            yield from _commands(text, terminal=name == "terminal")
        elif one_line := _LINE_OF_FILE.fullmatch(name):
            yield File(one_line[1], text, int(one_line[2]))
        elif name:
            yield File(name, text)


def _commands(text: str, *, terminal: bool) -> Iterator[Command]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, output, terminal)


def shows(expected: str, actual: str) -> bool:
    """Whether the output is the one shown, where `…` stands for anything, and alone on a line for
    any lines. Spaces at the end of a line, and how wide a column is, do not count."""
    lines = [_spaced(line) for line in expected.splitlines()]
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else f"{_inline(line)}\n" for line in lines
    )
    text = "".join(f"{_spaced(line)}\n" for line in actual.splitlines())
    return re.fullmatch(pattern, text) is not None


def _inline(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))


def _spaced(line: str) -> str:
    return re.sub(r"─+", "─", re.sub(r"(?<=\S) {2,}", "  ", line.rstrip()))
