"""A real answer without the people in it: each word and number is replaced by a made-up one of the
same shape, the same one wherever it stands, so that a mapping makes of it what it made of the real
one. What is left as it was: codes that mappings compare with, and what holds no letter or digit."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

_VOWELS, _CONSONANTS, _FOREIGN = "aeiou", "bdfgklmnprstv", "æøåäöü"
_WORD = re.compile(r"[^\W\d_]+|\d+")
# What of a text is replaced as a whole, each kind in a way of its own; words and numbers otherwise.
_PART = re.compile(
    r"(?P<scheme>https?://)[^/\s?#]+"
    r"|(?P<local>[\w.+-]+)@[\w-]+(?:\.[\w-]+)+"
    r"|(?P<uuid>\b[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}\b)"
    r"|(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-])(?P<time>[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
    r"|(?P<word>[^\W\d_]+|\d+)"
)
# Members' names that are somebody's, in an answer that is keyed by person.
_PERSONAL_NAME = re.compile(r"@|\d{4,}")
# What is a code and nobody's name: a country's, a currency's.
_CODE = re.compile(r"[A-Z]{2}|AUD|CAD|CHF|CZK|DKK|EUR|GBP|HUF|ISK|JPY|NOK|PLN|SEK|USD")
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SMALL = 10
_ENTITY = re.compile(r"(&#?\w+;)")
# What opens a value in an XML document, and the value: of an attribute, a section, a comment, or
# the text after a tag. What declares the document or a namespace stays.
_XML_VALUE = re.compile(
    r"(?P<kept><\?.*?\?>|xmlns[\w:]*\s*=\s*(?:\"[^\"]*\"|'[^']*'))"
    r"|=\s*\"(?P<double>[^\"<]*)|=\s*'(?P<single>[^'<]*)"
    r"|<!\[CDATA\[(?P<section>.*?)(?=\]\]>)|<!--(?P<comment>.*?)(?=-->)|>(?P<text>[^<>]+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Redaction:
    """`kept` are texts that stay as they are. The salt is new each time, so that nobody can try out
    which name gives which word."""

    kept: frozenset[str] = frozenset()
    salt: bytes = field(default_factory=partial(secrets.token_bytes, 16), repr=False)

    def of(self, value: Any) -> Any:
        """The value with nobody in it, in the same shape."""
        if isinstance(value, dict):
            return {self._name(name): self.of(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value)
        return value

    def of_xml(self, text: str) -> str:
        """The document with its texts and attributes replaced; names and namespaces stay."""

        def made(match: re.Match[str]) -> str:
            if match["kept"]:
                return match[0]
            value = match[match.lastgroup or 0]
            parts = _ENTITY.split(value)
            return match[0][: -len(value) or None] + "".join(
                part if _ENTITY.fullmatch(part) else self._text(part) for part in parts
            )

        return _XML_VALUE.sub(made, text)

    def _text(self, text: str) -> str:
        if text in self.kept or _CODE.fullmatch(text):
            return text
        return _PART.sub(self._part, text)

    def _part(self, part: re.Match[str]) -> str:
        match part.lastgroup:
            case "scheme":
                return f"{part['scheme']}example.com"
            case "local":
                return f"{self._words(part['local'])}@example.com"
            case "uuid":
                digits = iter(self._digest(part[0].lower()))
                return re.sub(r"\w", lambda _digit: f"{next(digits) % 16:x}", part[0])
            case "word":
                return self._word(part[0])
        return "2001-02-03" + re.sub(r"\d", "0", part["time"] or "")

    def _name(self, name: str) -> str:
        return self._text(name) if _PERSONAL_NAME.search(name) else name

    def _words(self, text: str) -> str:
        return _WORD.sub(lambda match: self._word(match[0]), text)

    def _word(self, word: str) -> str:
        """Letters for letters, vowels for vowels; a case's own, whatever case the word has."""
        digest = self._digest(word.lower())
        made = [_like(one, number) for one, number in zip(word.lower(), digest, strict=False)]
        return "".join(
            new.upper() if old.isupper() else new for old, new in zip(word, made, strict=False)
        )

    def _number(self, number: float) -> Any:
        if abs(number) < _SMALL and number == int(number):
            return number
        # By its digits, so that an id is the same whether it is a number or a text.
        digits = json.dumps(abs(number))
        # One that is so large or small that it has an exponent is nobody's amount or id.
        made = json.loads(self._words("12345.5" if "e" in digits else digits))
        return -made if number < 0 else made

    def _digest(self, word: str) -> Iterable[int]:
        block, counter = b"", 0
        while True:
            block = hashlib.blake2b(f"{counter}{word}".encode(), key=self.salt).digest()
            yield from block
            counter += 1


def literals_in(texts: Iterable[str]) -> frozenset[str]:
    """What a record's expressions compare with."""
    return frozenset(
        match[1] or match[2] or "" for text in texts for match in _LITERAL.finditer(text)
    )


def _like(character: str, number: int) -> str:
    if character.isdigit():
        return character if character == "0" else str(1 + number % 9)
    if character in _VOWELS or character == "y":
        choice = _VOWELS
    else:
        choice = _CONSONANTS if character.isascii() else _FOREIGN
    return choice[number % len(choice)]
