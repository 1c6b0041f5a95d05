"""Text that a merchant writes and a cashier reads: one line, all of which can be seen (T57)."""

import unicodedata

from pydantic import AfterValidator

# Controls, bidi marks and other format characters, half characters and those of nobody's.
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})
_LINE_BREAKS = frozenset({"Zl", "Zp"})


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    if any(unicodedata.category(c) in INVISIBLE | _LINE_BREAKS for c in text):
        raise ValueError("a text for the till holds no control, bidi or other invisible characters")
    return text


# What makes a text one of these, in its type: behind the lengths, which are the field's own.
VISIBLE = AfterValidator(_visible)
