"""An answer with nobody in it: the same shape, and the same stand-in for the same word."""

import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tools.tillctl.redaction import Redaction, literals_in

WORDS = st.text("abcxyzåøüABCXYZÅ '-.0123456789", min_size=1, max_size=20)

ANSWERS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


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


@given(ANSWERS)
def test_any_answer_has_a_made_up_one_of_the_same_types(answer: Any) -> None:
    made = Redaction(salt=b"1").of(answer)

    assert type(made) is type(answer)
    assert json.loads(json.dumps(made)) == made
    assert made == Redaction(salt=b"1").of(answer)


def test_addresses_ids_and_instants_are_still_such() -> None:
    answer = {
        "site": "https://jane.doe.example/blog?of=jane",
        "key": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "seen": "2026-11-25T08:30:59.123Z",
        "visit": "on 2026-11-25 08:30, with Jane",
    }
    made = Redaction(salt=b"1").of(answer)

    assert made["site"].startswith("https://example.com/")
    assert UUID(made["key"])
    assert datetime.fromisoformat(made["seen"])
    assert re.fullmatch(r"\w\w 2001-02-03 00:00, \w{4} \w{4}", made["visit"])
    for real in ("jane", "Jane", "6f9619ff", "08:30"):
        assert real not in str(made)


def test_members_that_are_named_for_a_person_are_renamed() -> None:
    made = Redaction().of({"jane@crm.example": {"first_name": "Jane"}, "47114712": 1})

    assert not {"jane@crm.example", "47114712"} & made.keys()
    assert {"first_name"} in [value.keys() for value in made.values() if isinstance(value, dict)]


def test_what_an_xml_document_marks_off_holds_nobody_either() -> None:
    document = "<a><!-- Jane --><b><![CDATA[Jane <Doe>]]></b><c n = 'Jane' k=\"DKK\"/></a>"

    made = Redaction(salt=b"1").of_xml(document)

    assert not {"Jane", "Doe"} & set(re.findall(r"\w+", made))
    assert re.sub(r"\w{4}(?= -->| <|')|(?<=<)\w{3}(?=>]])", "", made) == document.replace(
        "Jane", ""
    ).replace("Doe", "")
