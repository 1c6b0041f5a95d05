"""From a record's request to one that can be sent: placeholders filled in, as data, never as text.

A value can never change where a request goes: it is percent-encoded into the one path segment or
query parameter that names it, is a leaf of the body's tree, or is refused in a header.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode, urlsplit

from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.expression import ExpressionFailed, evaluation_bounds
from tillbridge.domain.faults import Fault, Gathering, RecordRefused
from tillbridge.domain.headers import can_carry, may_be_set
from tillbridge.domain.integration_record import Computed, RequestSpec
from tillbridge.domain.placeholders import (
    Absent,
    Inputs,
    Render,
    leaf,
    present,
    spelled,
    text_of,
)
from tillbridge.domain.request_body import compiled_body
from tillbridge.errors import InvalidRequest, RecordUnusable

_URL = re.compile(r"(https?://[^/?#\s\\{}]+)((?:/[^?#\s\\]*)?)")
_CREDENTIAL_HEADERS = frozenset({"authorization", "cookie"})


@dataclass(slots=True)
class DraftRequest:
    """A rendered request that still takes a credential; `seal` makes it ready to be sent."""

    method: str
    url: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    body_format: str

    def seal(self) -> OutboundRequest:
        """Raises `InvalidRequest` or `RecordUnusable` for what the format cannot hold."""
        try:
            return self._sealed()
        except UnicodeEncodeError:
            raise InvalidRequest("a value holds half a character") from None

    def _sealed(self) -> OutboundRequest:
        url = f"{self.url}?{urlencode(self.query, quote_via=quote)}" if self.query else self.url
        # A copy: the draft may be sealed again, with another token.
        headers = dict(self.headers)
        if self.body is None:
            return OutboundRequest(self.method, url, headers)
        content_type, encode = _BODY_FORMATS[self.body_format]
        if "content-type" not in map(str.lower, headers):
            headers["Content-Type"] = content_type
        return OutboundRequest(self.method, url, headers, encode(self.body))


def _json_bytes(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _form_bytes(body: Any) -> bytes:
    if not isinstance(body, Mapping):
        raise RecordUnusable("request.body: a form is an object of names and values")
    return urlencode({n: spelled(v) for n, v in body.items()}, quote_via=quote).encode()


def _xml_bytes(body: Any) -> bytes:
    # Few systems speak it, and its parser takes a while to load.
    from tillbridge.domain.xml_documents import write_xml

    return write_xml(body)


_BODY_FORMATS: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "json": ("application/json", _json_bytes),
    "form": ("application/x-www-form-urlencoded", _form_bytes),
    "xml": ("text/xml; charset=utf-8", _xml_bytes),
}


class RequestTemplate(NamedTuple):
    """A record's request, parsed once when the record is loaded."""

    method: str
    origin: str
    segments: tuple[Render, ...]
    query: Mapping[str, Render]
    headers: Mapping[str, Render]
    body: Render
    body_format: str

    @classmethod
    def compile(cls, spec: RequestSpec, secret_at: str | None = None) -> "RequestTemplate":
        """Raises `RecordRefused` for what could never be sent. `secret_at` is the dotted path of
        the body's leaf, an empty text in the record, where the credential goes."""
        gathering = Gathering()
        origin, segments = gathering.part(_address, spec.url) or ("", ())
        query = {
            name: gathering.part(_query_value, value, f"request.query.{name}")
            for name, value in spec.query.items()
        }
        headers = {name: gathering.part(_header, name, text) for name, text in spec.headers.items()}
        body = gathering.part(compiled_body, spec.body, spec.body_format, secret_at)
        gathering.finish()
        return cls(spec.method, origin, segments, query, headers, body, spec.body_format)

    def render(self, inputs: Inputs) -> DraftRequest:
        """Raises `InvalidRequest` for an input that is missing, or that cannot stand where the
        record puts it, and `RecordUnusable` when the record's expressions fail."""
        try:
            # One bound around all of the request's expressions.
            with evaluation_bounds():
                return self._rendered(inputs)
        except ExpressionFailed as failed:
            raise RecordUnusable(f"the request's expressions failed: {failed}") from failed
        except UnicodeEncodeError:
            raise InvalidRequest("a value holds half a character") from None

    def _rendered(self, inputs: Inputs) -> DraftRequest:
        try:
            body = self.body(inputs)
        except Absent:
            body = None
        return DraftRequest(
            method=self.method,
            url="/".join([self.origin, *(segment(inputs) for segment in self.segments)]),
            query=dict(present(self.query, inputs)),
            headers=dict(present(self.headers, inputs)),
            body=body,
            body_format=self.body_format,
        )


def _is_readable(origin: str) -> bool:
    try:
        urlsplit(origin)
    except ValueError:
        return False
    return True


def _is_dotted(segment: str) -> bool:
    # Some servers decode %2F before they resolve dots, so a value may not climb out that way.
    return not {".", ".."}.isdisjoint(re.split(r"[/\\]", unquote(segment)))


def _address(url: str) -> tuple[str, tuple[Render, ...]]:
    """The origin, and the path's segments."""
    match = _URL.fullmatch(url)
    if not match or not _is_readable(match[1]):
        raise RecordRefused(
            Fault(
                "request.url",
                "This is no address with a path",
                hint="Write https://host/path; parameters go into `query`, placeholders into the "
                "path.",
            )
        )
    segments = match[2].split("/")[1:]
    if any(map(_is_dotted, segments)):
        raise RecordRefused(Fault("request.url", "A path cannot hold . or .. segments"))
    gathering = Gathering()
    renders, offset = [], match.start(2) + 1
    for segment in segments:
        renders.append(gathering.part(_segment, segment, offset))
        offset += len(segment) + 1
    gathering.finish()
    return match[1], tuple(renders)


def _segment(text: str, offset: int) -> Render:
    render = text_of(text, "request.url", lambda value: quote(value, safe=""), offset)

    def segment(inputs: Inputs) -> str:
        rendered: str = render(inputs)
        if text and (not rendered or _is_dotted(rendered)):
            raise InvalidRequest("an empty or dotted value cannot be part of the address")
        return rendered

    return segment


def check_header_name(name: str, path: str) -> None:
    """Raises `RecordRefused` for a name that no record may set, `auth` included."""
    if not may_be_set(name):
        raise RecordRefused(Fault(path, "This header cannot be set", hint="Remove it."))


def _query_value(value: str | Computed, path: str) -> Render:
    render = leaf(value, path)
    return lambda inputs: spelled(render(inputs))


def _header(name: str, text: str) -> Render:
    path = f"request.headers.{name}"
    if name.lower() in _CREDENTIAL_HEADERS:
        raise RecordRefused(
            Fault(path, "This header cannot be set", hint="A credential goes into `auth`.")
        )
    check_header_name(name, path)
    if not can_carry(text):
        raise RecordRefused(Fault(path, "A header takes printable ASCII only"))
    render = text_of(text, path)

    def header(inputs: Inputs) -> str:
        value: str = render(inputs)
        if not can_carry(value):
            raise InvalidRequest(f"the {name} header takes printable ASCII only", field=name)
        return value

    return header
