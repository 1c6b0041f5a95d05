"""XML as plain data, both ways: elements are members, attributes `@name`, mixed text `#text`.

`<a id="1"><b>x</b><b>y</b></a>` is `{"a": {"@id": "1", "b": ["x", "y"]}}`. Reading drops namespace
prefixes, so that a mapping need not know them; writing keeps names as they are written, `soap:Body`
and `@xmlns:soap` included. Nothing of a document is ever expanded or fetched.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tillbridge.domain.documents import MAX_DEPTH, DocumentUnreadable
from tillbridge.errors import InvalidRequest, RecordUnusable

# Expressions may make members, so a name may hold what was typed: it must not become markup.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(:[A-Za-z_][A-Za-z0-9_.-]*)?")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse_xml(raw: bytes) -> dict[str, Any]:
    """Raises `DocumentUnreadable` for what is not XML, and for what declares entities."""
    try:
        root = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise DocumentUnreadable("it declares a document type or entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise DocumentUnreadable("it is not well-formed XML") from error
    return {_local_name(root.tag): _data_of(root, MAX_DEPTH)}


def _data_of(element: Element, depth: int) -> Any:
    if depth == 0:
        raise DocumentUnreadable(f"it is nested more than {MAX_DEPTH} deep")
    data: dict[str, Any] = {f"@{_local_name(n)}": value for n, value in element.items()}
    for child in element:
        name, value = _local_name(child.tag), _data_of(child, depth - 1)
        if name not in data:
            data[name] = value
        elif isinstance(data[name], list):
            data[name].append(value)
        else:
            data[name] = [data[name], value]
    text = (element.text or "").strip()
    if not data:
        return text
    return {**data, "#text": text} if text else data


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]


def write_xml(document: Any) -> bytes:
    """The document's one member as the root element. Raises `RecordUnusable` for a tree that is no
    XML document, `InvalidRequest` for a value with characters that XML cannot hold."""
    if not isinstance(document, Mapping) or len(document) != 1:
        raise RecordUnusable("an XML body is an object with one member, the root element")
    ((name, content),) = document.items()
    root = Element(_checked(name))
    _fill(root, content)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    # A parser reads a bare carriage return as a line feed.
    return written.replace(b"\r", b"&#13;")


def _fill(element: Element, content: Any) -> None:
    if not isinstance(content, Mapping):
        element.text = _text(content)
        return
    for name, value in content.items():
        if name.startswith("@"):
            element.set(_checked(name[1:]), _text(value))
        elif name == "#text":
            element.text = _text(value)
        else:
            for item in value if isinstance(value, list) else [value]:
                _fill(SubElement(element, _checked(name)), item)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise RecordUnusable("the XML body has a name that no element or attribute can have")
    return name


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list):
        raise RecordUnusable("the XML body has an object or a list where a text must be")
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    if _NOT_XML.search(text):
        raise InvalidRequest("a value holds a character that XML cannot")
    return text
