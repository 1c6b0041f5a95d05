"""Secrets that somebody wrote into a record instead of naming them (T52).

A record is read by many; a secret belongs into Secrets Manager. What looks like one is refused
before a record goes live: known formats, long random tokens, and literal values where a name
promises a credential. Identifiers such as UUIDs are not secrets, and placeholders are not values.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tillbridge.domain.placeholders import PLACEHOLDER

_KNOWN = re.compile(
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}"
    r"|(?:sk|rk|pk)_(?:live|test)_\w{10,}|shp(?:at|ca|pa|ss)_\w{10,}|xox[abposr]-[\w-]{10,}"
    r"|pat-[a-z]{2}\d-[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
    r"|eyJ[\w-]{8,400}\.[\w-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|tb_[a-z0-9-]{2,41}_\w{1,16}_[0-9a-f]{64}"
    r"|(?:Basic|Bearer|KachingKey|Token) +[\w+/=.~-]{8,}"
)
_CREDENTIAL_NAME = re.compile(
    r"(?:^|[_.-])(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_.-]?key|h?apikey|access[_-]?key"
    r"|client[_-]?secret|private[_-]?key|auth(?:orization)?|credentials?|signature)$",
    re.IGNORECASE,
)
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL_PATH = re.compile(r"https?://\S+")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=~-]{20,}")
# Bits per character: English names of 20 letters have about 3.2, random hex 3.4 and more at 32.
_MIN_ENTROPY_BITS = 3.3


def secrets_in(record: Mapping[str, Any]) -> list[str]:
    """The paths (`request.headers.X-Key`) of a stored record that hold what looks like a secret.
    The values themselves are not repeated. Examples are answers of a system, where long random
    texts are common; the names in `auth` are names."""
    parts = {part: record.get(part) for part in ("request", "outcomes", "response")}
    auth = record.get("auth")
    if isinstance(auth, Mapping):
        parts["auth"] = {name: auth.get(name) for name in ("prefix", "message")}
    return [
        path
        for part, node in parts.items()
        for path, name, text in _texts(node, part)
        if _is_secret(name, text)
    ]


def _texts(node: Any, path: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    if isinstance(node, str):
        yield path, name, node
    elif isinstance(node, Mapping):
        for member, child in node.items():
            yield from _texts(child, f"{path}.{member}", member)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _texts(child, f"{path}.{index}", name)


def _is_secret(name: str, text: str) -> bool:
    literal = PLACEHOLDER.sub("", text)
    if _KNOWN.search(literal):
        return True
    words = _CAMEL_CASE.sub("_", name)
    if _CREDENTIAL_NAME.search(words) and literal == text and text.strip():
        return True
    tokens = _TOKEN.findall(_UUID.sub(" ", _URL_PATH.sub(_with_spaces, literal)))
    return any(map(_is_random, tokens))


def _with_spaces(url: re.Match[str]) -> str:
    """A URL's segments are texts of their own, where base64 goes on after a slash."""
    return url[0].replace("/", " ")


def _is_random(token: str) -> bool:
    has_both = any(map(str.isdigit, token)) and any(map(str.isalpha, token))
    return has_both and _entropy_bits(token) >= _MIN_ENTROPY_BITS


def _entropy_bits(text: str) -> float:
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)
