"""Which headers a record may set, `auth` included, and what they can carry."""

import re

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# The connection's own; and what could bend it, or pose as AWS or as us.
_RESERVED = re.compile(
    r"host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect"
    r"|user-agent|accept-encoding|(proxy|x-aws|x-amz|x-forwarded|tillbridge)-.*"
)


def may_be_set(name: str) -> bool:
    """Whether the name is one, and not reserved."""
    return bool(_NAME.fullmatch(name)) and not _RESERVED.fullmatch(name.lower())


def can_carry(text: str) -> bool:
    """Whether a header carries the text as it is: printable ASCII."""
    return text.isascii() and text.isprintable()
