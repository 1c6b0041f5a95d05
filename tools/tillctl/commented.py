"""A record as a file with comments."""

import json
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

_WIDTH = 96
_INDENT = "  "


def commented(value: Mapping[str, Any], comments: Mapping[str, str], opening: str) -> str:
    """The value as JSON with `opening` above it, and above each member that `comments` names by its
    dotted path, its comment. What fits on a line stands on one."""
    head = "".join(f"// {line}\n" for line in opening.splitlines())
    return f"{head}{_text(value, comments, '', '')}\n"


def indented(value: Any, indent: str) -> str:
    """The value as it stands in such a file at that indent, its first line without it."""
    return _text(value, {}, indent, "")


def _text(value: Any, comments: Mapping[str, str], indent: str, path: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    has_comments = any(name.startswith(f"{path}." if path else "") for name in comments)
    if not isinstance(value, dict | list) or not value:
        return line
    if not has_comments and len(indent) + len(line) <= _WIDTH:
        return line if isinstance(value, list) else f"{{ {line[1:-1]} }}"
    inner = indent + _INDENT
    body = ",\n".join(_members(value, comments, inner, path))
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{body}\n{indent}{closing}"


def _members(value: Any, comments: Mapping[str, str], indent: str, path: str) -> Iterator[str]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in members:
        place = f"{path}.{name}" if path else str(name)
        label = f"{json.dumps(name, ensure_ascii=False)}: " if isinstance(value, dict) else ""
        lines = wrap(comments.get(place, ""), _WIDTH - len(indent))
        comment = "".join(f"{indent}// {line}\n" for line in lines)
        yield f"{comment}{indent}{label}{_text(member, comments, indent, place)}"
