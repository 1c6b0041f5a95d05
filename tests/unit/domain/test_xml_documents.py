"""XML both ways. What is written is read here by the standard library's own parser: what a tenant's
system would see."""

import socket
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.builders import a_template
from tillbridge.domain.documents import MAX_DEPTH, DocumentUnreadable
from tillbridge.domain.xml_documents import parse_xml, write_xml
from tillbridge.errors import InvalidRequest, RecordUnusable

MARKUP = ["<", ">", "&", "&amp;", '"', "'", "]]>", "<!--", "-->", "<![CDATA[", "<?xml", "%", "{}"]
SPACE = [" ", "\t", "\n", "\r", "\r\n", "\u0085", "\u2028", "\u00a0", "\ufeff"]
NOT_XML = ["\0", "\x0b", "\x1b", "\ud800", "\udfff", "\ufffe", "\uffff"]
VALUES = st.text(max_size=64) | st.lists(
    st.sampled_from([*MARKUP, *SPACE, *NOT_XML, "jane", "é", "\x7f", "\U0010ffff"]), max_size=8
).map("".join)


def is_xml(text: str) -> bool:
    """XML 1.0 §2.2, character by character."""
    return all(
        c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
        for c in text
    )


@given(value=VALUES)
@example(value="\r")
@example(value="a\r\nb\tc")
@example(value="]]>")
def test_a_value_arrives_exactly_in_a_text_and_in_an_attribute_or_is_refused(value: str) -> None:
    body = {"q": {"@a": "{search_term}", "e": ["{search_term}", "x"], "#text": "{search_term}"}}
    template = a_template(query={}, body=body, body_format="xml")

    try:
        raw = template.render({"search_term": value}).seal().body or b""
    except InvalidRequest:
        assert not is_xml(value)
        return

    root = fromstring(raw)
    assert is_xml(value)
    assert (root.tag, root.attrib, root.text or "") == ("q", {"a": value}, value)
    assert [(child.tag, child.text or "", list(child)) for child in root] == [
        ("e", value, []),
        ("e", "x", []),
    ]


@given(value=VALUES)
def test_a_character_that_xml_cannot_hold_is_refused_without_quoting_it(value: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        write_xml({"q": f"jane\0{value}"})

    assert "jane" not in refused.value.detail


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (None, None), ("", None), (5, "5"), (1.5, "1.5")],
)
def test_a_leaf_that_is_no_text_is_spelled(value: Any, text: str | None) -> None:
    root = fromstring(write_xml({"q": {"@a": value, "e": value}}))

    assert root.attrib["a"] == (text or "")
    assert [child.text for child in root] == [text]


def test_an_envelope_keeps_its_prefixes() -> None:
    envelope = {
        "soap:Envelope": {
            "@xmlns:soap": "http://schemas.xmlsoap.org/soap/envelope/",
            "soap:Body": {"getCustomers": {"name": "Jané"}},
        }
    }

    raw = write_xml(envelope)

    assert raw.decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        "<soap:Body><getCustomers><name>Jané</name></getCustomers></soap:Body></soap:Envelope>"
    )
    assert parse_xml(raw) == {"Envelope": {"Body": {"getCustomers": {"name": "Jané"}}}}


def test_a_list_is_an_element_for_each_of_its_items() -> None:
    raw = write_xml({"q": {"tag": ["a", {"@id": 1}, None], "none": []}})

    assert parse_xml(raw) == {"q": {"tag": ["a", {"@id": "1"}, ""]}}


@pytest.mark.parametrize(
    "document",
    [
        *(None, "text", 5, [], [{"a": 1}], {}, {"a": 1, "b": 2}),
        *({"": 1}, {"a b": 1}, {"1a": 1}, {"a:b:c": 1}, {"a><b": 1}, {"{u}a": 1}, {"@a": 1}),
        *({"a": {"@": 1}}, {"a": {"@b='' c": 1}}, {"a": {"b/": 1}}, {"a": {"#other": 1}}),
        *({"a": [1]}, {"a": {"@b": {}}}, {"a": {"@b": [1]}}, {"a": {"b": [[1]]}}),
        {"a": {"#text": {"b": 1}}},
    ],
)
def test_a_tree_that_is_no_xml_document_is_the_records_fault(document: Any) -> None:
    with pytest.raises(RecordUnusable):
        write_xml(document)


@given(name=VALUES)
@example(name="a/><admin")
@example(name="a xmlns='x'")
def test_a_name_that_an_expression_makes_is_a_name_or_refused(name: str) -> None:
    body = {"q": {"expression": "{search_term: 'x', '@' & search_term: 'y'}"}}
    template = a_template(query={}, body=body, body_format="xml")

    try:
        raw = template.render({"search_term": name}).seal().body or b""
    except (RecordUnusable, InvalidRequest):
        return

    root = fromstring(raw)
    assert ([child.tag for child in root], root.attrib) == ([name], {name: "y"})


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        (b"<a/>", {"a": ""}),
        (b"<a> x </a>", {"a": "x"}),
        (b'<a id="1"><b>x</b><b>y</b></a>', {"a": {"@id": "1", "b": ["x", "y"]}}),
        (b"<a><b>1</b><b>2</b><b>3</b></a>", {"a": {"b": ["1", "2", "3"]}}),
        (b'<a id="1">x</a>', {"a": {"@id": "1", "#text": "x"}}),
        (b"<a>\n  <b/>\n</a>", {"a": {"b": ""}}),
        (b"<a><!-- no --><?pi no?><b><![CDATA[<x> & y]]></b></a>", {"a": {"b": "<x> & y"}}),
        (b"<a>&lt;&#233;&amp;lt;</a>", {"a": "<é&lt;"}),
        (b'<n:a xmlns:n="u" n:id="1"><n:b/></n:a>', {"a": {"@id": "1", "b": ""}}),
        (b'<a xmlns="u"><b/></a>', {"a": {"b": ""}}),
        (b"\xef\xbb\xbf<a>\xc3\xa9</a>", {"a": "é"}),
        ('<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"), {"a": "é"}),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', {"a": "é"}),
        (b'<?xml version="1.0" encoding="windows-1252"?><a>\x80</a>', {"a": "€"}),
    ],
)
def test_xml_is_read_as_plain_data(raw: bytes, document: Any) -> None:
    assert parse_xml(raw) == document


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))


@pytest.mark.parametrize(
    "declared",
    [
        b"",
        b'[<!ENTITY e "x">]',
        b'[<!ENTITY l0 "lol">' + LAUGHS + b"]",
        b'[<!ENTITY e SYSTEM "file:///etc/passwd">]',
        b'[<!ENTITY e SYSTEM "http://127.0.0.1:9/">]',
        b'[<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]',
        b'SYSTEM "http://127.0.0.1:9/a.dtd"',
        b'PUBLIC "-//X//Y" "file:///etc/passwd"',
        b'[<!ATTLIST a id CDATA "1">]',
    ],
)
@pytest.mark.parametrize("root", [b"<a/>", b"<a>&e;</a>", b"<a>&l9;</a>", b'<a id="&e;"/>'])
def test_a_document_type_is_never_read_expanded_or_fetched(
    monkeypatch: pytest.MonkeyPatch, declared: bytes, root: bytes
) -> None:
    def touched(*_: object, **__: object) -> Any:
        raise AssertionError("reading XML reached outside")

    monkeypatch.setattr("builtins.open", touched)
    monkeypatch.setattr(socket.socket, "connect", touched)

    with pytest.raises(DocumentUnreadable, match="document type"):
        parse_xml(b"<!DOCTYPE a " + declared + b">" + root)


def test_what_an_inclusion_names_is_not_fetched() -> None:
    raw = (
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude">'
        b'<xi:include href="/etc/passwd" parse="text"/></a>'
    )

    assert parse_xml(raw) == {"a": {"include": {"@href": "/etc/passwd", "@parse": "text"}}}


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b" ", b"jane", b'{"jane": 1}', b"<jane>", b"<jane></joe>", b"<a/><jane/>", b"\0"),
        *(
            b"<a jane=1/>",
            b'<a jane="1" jane="2"/>',
            b"<a>&jane;</a>",
            b"<n:jane/>",
            b"<a>\x01</a>",
        ),
        *(b"<a>jan\xe9</a>", b"\xff\xfe<jane/>", b" <?xml version='1.0'?><jane/>"),
        b'<?xml version="1.0" encoding="utf-16"?><jane/>',
        b'<?xml version="1.0" encoding="no-such"?><jane/>',
        b'<?xml version="1.0" encoding="utf-7"?><jane/>',
        b'<?xml version="1.0" encoding="shift_jis"?><jane>\x83</jane>',
        b'<?xml version="1.0" encoding="zlib"?><jane/>',
        b'<?xml version="1.0" encoding="idna"?><jane/>',
        b"<jane>" * 100_000,
    ],
)
def test_what_is_not_xml_is_unreadable_and_not_quoted(raw: bytes) -> None:
    with pytest.raises(DocumentUnreadable, match="not well-formed") as unreadable:
        parse_xml(raw)

    assert "jan" not in str(unreadable.value)


@given(raw=st.binary() | st.text(alphabet="<>/?!ab='\"&; []-x\n").map(str.encode))
def test_anything_is_read_or_unreadable_and_nothing_worse(raw: bytes) -> None:
    try:
        parse_xml(raw)
    except DocumentUnreadable as unreadable:
        assert str(unreadable)  # noqa: PT017 - that nothing else is raised is the point


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100_000])
def test_a_document_that_is_nested_too_deeply_is_unreadable(depth: int) -> None:
    with pytest.raises(DocumentUnreadable, match=f"more than {MAX_DEPTH} deep"):
        parse_xml(b"<a>" * depth + b"</a>" * depth)


def test_a_document_may_be_nested_up_to_the_limit() -> None:
    document: Any = parse_xml(b"<a>" * MAX_DEPTH + b"x" + b"</a>" * MAX_DEPTH)

    for _ in range(MAX_DEPTH):
        document = document["a"]
    assert document == "x"
