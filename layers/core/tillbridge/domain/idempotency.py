"""`Idempotency-Key` as the IETF draft has it: a till's own name for one request, made before it is
sent (draft-ietf-httpapi-idempotency-key-header)."""

import re

MIN_LENGTH = 16
MAX_LENGTH = 255
# RFC 8941 §3.3.3: a String is quoted, with a backslash before a quote or a backslash.
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BARE = re.compile(r"[!#-~]*")


def parse_key(text: str) -> str:
    """The key, quoted or bare. Raises `ValueError` with what a key must be."""
    text = text.strip(" ")
    if quoted := _STRING.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    elif _BARE.fullmatch(text):
        key = text
    else:
        raise ValueError("give visible ASCII, bare or as a quoted string")
    if not MIN_LENGTH <= len(key) <= MAX_LENGTH:
        raise ValueError(
            f"give {MIN_LENGTH} to {MAX_LENGTH} characters that nobody can guess, such as a UUID"
        )
    return key
