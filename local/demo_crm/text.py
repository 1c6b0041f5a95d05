"""How the imitated systems compare text: without case, phones by their digits."""

import re


def contains(text: str | None, term: str) -> bool:
    return text is not None and term.casefold() in text.casefold()


def words(text: str | None) -> list[str]:
    """The words a search index would hold of a text."""
    return re.findall(r"[^\W_]+", (text or "").casefold())


def same_digits(phone: str | None, term: str) -> bool:
    """Whether the term is typed like a phone number and is part of this one."""
    if phone is None or not re.fullmatch(r"[\d\s+()./-]+", term):
        return False
    digits = re.sub(r"\D", "", term)
    return len(digits) >= 4 and digits in re.sub(r"\D", "", phone)
