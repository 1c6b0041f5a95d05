"""An answer with nobody in it: the same shape, and the same stand-in for the same word."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tools.tillctl.redaction import Redaction, literals_in

WORDS = st.text("abcxyzåøüABCXYZÅ '-.0123456789", min_size=1, max_size=20)


def shape_of(text: str) -> str:
    """Its letters as a or A, its digits as 1 (0 stays), the rest as it is."""
    lower = re.sub(r"[^\W\d_]", lambda m: "A" if m[0].isupper() else "a", text)
    return re.sub(r"[1-9]", "1", lower)


@given(WORDS.filter(lambda text: not re.fullmatch(r"[A-Z]{2}|[A-Z]{3}|\d{4}-\d{2}-\d{2}", text)))
def test_a_text_keeps_its_shape(text: str) -> None:
    assert shape_of(Redaction().of(text)) == shape_of(text)


def test_the_same_person_is_the_same_person_everywhere() -> None:
    redaction = Redaction()
    answer = {"name": "Jane Doe", "mail": "jane.doe@crm.example", "no": 4711, "ref": "C-4711"}

    made: dict[str, Any] = redaction.of(answer)
    term = redaction.of("JANE")

    first, last = made["name"].split(" ")
    assert made["mail"] == f"{first.lower()}.{last.lower()}@example.com"
    assert term == first.upper()
    assert made["ref"].endswith(f"-{made['no']}")


def test_nothing_of_a_person_is_left() -> None:
    answer = {
        "a": ["Vestergade 12", {"b": "+45 20 12 34 56"}],
        "c": "KIM",
        "born": "1971-05-17",
        "n": -1234.5,
    }

    made = str(Redaction(salt=b"1").of(answer))

    for real in ("Vestergade", "20 12 34", "1971", "1234", "KIM"):
        assert real not in made


def test_two_runs_give_two_people() -> None:
    name = "Bartholomew Featherstonehaugh"

    assert Redaction().of(name) != Redaction().of(name)


def test_codes_and_what_the_mapping_compares_with_stay() -> None:
    redaction = Redaction(literals_in(["blocked != '_x0020_' ? tier = \"gold\""]))
    answer = ["DKK", "DE", "_x0020_", "gold", True, None, 1, ""]

    assert redaction.of(answer) == answer


def test_an_xml_document_keeps_its_names() -> None:
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="http://schemas.example/">'
        '<Person kind="vip">Jane "JD" Doe &amp; Co</Person></e:Envelope>'
    )

    made = Redaction(salt=b"1").of_xml(document)

    start, end = document.index("<Person"), document.index("</Person")
    assert made[:start] == document[:start]
    assert made[end:] == document[end:]
    assert "&amp;" in made
    assert not {"Jane", "Doe", "vip"} & set(re.findall(r"\w+", made))
