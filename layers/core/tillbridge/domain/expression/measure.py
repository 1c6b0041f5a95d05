"""How large a value is, with shared parts counted as often as they are reached."""

from typing import Any

from tillbridge.domain.expression.errors import ExpressionFailed

MAX_TEXT = 1024 * 1024


def check_size(*values: Any, max_values: int) -> None:
    """Raise `ExpressionFailed` when the values hold more than `max_values` values or a megabyte of
    text. A few shared objects can stand for 2**40: counting stops at the limit."""
    count = text = 0
    pending = list(values)
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            text += len(value)
        elif isinstance(value, dict):
            text += sum(map(len, value))
            count += len(value)
            pending.extend(value.values())
        elif isinstance(value, list):
            # Before the children are looked at: there can be millions of one and the same.
            count += len(value)
            if count <= max_values:
                pending.extend(value)
        if count > max_values:
            raise ExpressionFailed("size limit", f"a value holds more than {max_values} values")
        if text > MAX_TEXT:
            raise ExpressionFailed("size limit", f"a value holds more than {MAX_TEXT} characters")
