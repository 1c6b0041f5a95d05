"""JSON with comments and trailing commas, read with the place of every value, so that a fault can
be shown where it stands. Plain JSON is read the same way."""

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
from typing import Any, TypeAlias

# The steps from the root to a value: members by name, items by index.
Path: TypeAlias = tuple[str | int, ...]

_MAX_DEPTH = 100
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
# One character of a JSON text as it is written.
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL
)


class Unreadable(ValueError):
    """The text is not JSON with comments. `offset` is where reading stopped."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in the text: from `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """`value` is plain data; `places` has the place of each value by its path, `names` that of each
    member's name."""

    text: str
    value: Any
    places: dict[Path, Place] = field(repr=False)
    names: dict[Path, Place] = field(repr=False)

    def offset_in(self, path: Path, position: int) -> int:
        """The offset in the file of a text's character, which may be written as an escape."""
        place = self.places[path]
        offset, end = place.start + 1, place.end - 1
        for _ in range(position):
            character = _CHARACTER.match(self.text, offset, end)
            if character is None:
                break
            offset = character.end()
        return offset


def parse(text: str) -> Document:
    """Raises `Unreadable`."""
    reader = _Reader(text)
    value, at = reader.value(reader.skip(0), ())
    if (at := reader.skip(at)) < len(text):
        raise Unreadable("Something follows after the record's end", at, "Remove it.")
    return Document(text, value, reader.places, reader.names)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.places: dict[Path, Place] = {}
        self.names: dict[Path, Place] = {}

    def skip(self, at: int) -> int:
        """Past white space and comments."""
        space = _SPACE.match(self.text, at)
        end = space.end() if space else at
        if self.text.startswith("/*", end):
            raise Unreadable("This comment does not end", end, "End it with */.")
        return end

    def value(self, at: int, path: Path) -> tuple[Any, int]:
        if len(path) > _MAX_DEPTH:
            raise Unreadable(f"This is nested more than {_MAX_DEPTH} deep", at)
        value: Any
        match self.text[at : at + 1]:
            case "{":
                value, end = self._object(at, path)
            case "[":
                value, end = self._array(at, path)
            case '"':
                value, end = self._string(at)
            case _:
                value, end = self._scalar(at)
        self.places[path] = Place(at, end)
        return value, end

    def _object(self, start: int, path: Path) -> tuple[dict[str, Any], int]:
        members: dict[str, Any] = {}
        at = self.skip(start + 1)
        while not self.text.startswith("}", at):
            name_at = at
            if not self.text.startswith('"', at):
                raise self._unexpected(at, "a member's name in double quotes, or }")
            name, at = self._string(at)
            if name in members:
                raise Unreadable(f'"{name}" stands here twice', name_at, "Remove one of the two.")
            self.names[(*path, name)] = Place(name_at, at)
            at = self.skip(at)
            if not self.text.startswith(":", at):
                raise self._unexpected(at, "a colon")
            members[name], at = self.value(self.skip(at + 1), (*path, name))
            at = self._after(at, "}")
        return members, at + 1

    def _array(self, start: int, path: Path) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = self.skip(start + 1)
        while not self.text.startswith("]", at):
            item, at = self.value(at, (*path, len(items)))
            items.append(item)
            at = self._after(at, "]")
        return items, at + 1

    def _after(self, at: int, closing: str) -> int:
        """Past the comma that follows a value, or to what closes the list of them."""
        end = at
        at = self.skip(at)
        if self.text.startswith(",", at):
            return self.skip(at + 1)
        if not self.text.startswith(closing, at):
            # The comma is missing where the last value ended, not where the next one begins.
            begins_value = self.text[at : at + 1] in set('"{[')
            raise self._unexpected(end if begins_value else at, f"a comma or {closing}")
        return at

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, at + 1, True)
        except json.JSONDecodeError as error:
            hint = "A line break in a text is written \\n." if "control" in error.msg else ""
            raise Unreadable(error.msg.removesuffix(" at"), error.pos, hint) from None
        return text, end

    def _scalar(self, at: int) -> tuple[Any, int]:
        if number := _NUMBER.match(self.text, at):
            value = json.loads(number[0])
            if abs(value) == float("inf"):
                raise Unreadable("This number is out of range", at)
            return value, number.end()
        word = _WORD.match(self.text, at)
        if word and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        raise self._unexpected(at, "a value")

    def _unexpected(self, at: int, expected: str) -> Unreadable:
        if at >= len(self.text):
            return Unreadable(f"The file ends where {expected} is expected", at)
        hint = "Texts and names stand in double quotes." if self.text[at] == "'" else ""
        return Unreadable(f"Expected {expected}", at, hint)
