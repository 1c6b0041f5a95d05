"""A customer's identifier as a path segment: gateways decode `%2F` before they route."""

import base64
import binascii
import re

from tillbridge.domain.customer import no_controls

_PREFIX = "b64."
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]{1,256}")
_MAX_LENGTH = 256
# Whoever sends a path resolves these.
_STEPS = (".", "..")


def to_segment(customer_id: str) -> str:
    """As it travels: as it is where that is safe, `b64.` and its base64url otherwise."""
    is_safe = _UNRESERVED.fullmatch(customer_id) and customer_id not in _STEPS
    if is_safe and not customer_id.startswith(_PREFIX):
        return customer_id
    encoded = base64.urlsafe_b64encode(customer_id.encode()).decode().rstrip("=")
    return f"{_PREFIX}{encoded}"


def from_segment(segment: str) -> str:
    """The identifier that a segment stands for. Raises `ValueError` with what it must be."""
    if not segment.startswith(_PREFIX):
        if not _UNRESERVED.fullmatch(segment):
            raise ValueError("write an id with other characters as b64. and its base64url")
        return segment
    encoded = segment.removeprefix(_PREFIX)
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        customer_id = base64.b64decode(padded, altchars="-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueError("what follows b64. is not base64url of UTF-8") from None
    if not 1 <= len(customer_id) <= _MAX_LENGTH:
        raise ValueError(f"give 1 to {_MAX_LENGTH} characters")
    return no_controls(customer_id)
