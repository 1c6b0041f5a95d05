"""Where a page ends, as a text that a till sends back."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from tillbridge.errors import InvalidRequest

# DynamoDB's limit for a sort key.
_MAX_KEY = 1_024


def cursor_of(place: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(dict(place)).encode()).decode()


def place_after(cursor: str | None, is_one: Callable[[Any], bool]) -> Any:
    """What `cursor_of` was given, None for the first page. Raises `InvalidRequest` for what is none
    of ours."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.b64decode(cursor, altchars="-_", validate=True))
    except ValueError:
        place = None
    if not is_one(place):
        raise InvalidRequest("before: give `next` of the page before", field="before")
    return place


def is_place(place: Any) -> bool:
    """Whether it is a place in an account's journal, or in what was done for a customer."""
    return (
        isinstance(place, dict)
        and place.keys() == {"sk", "at"}
        and all(isinstance(part, str) and 0 < len(part) <= _MAX_KEY for part in place.values())
    )
