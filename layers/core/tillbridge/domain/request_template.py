"""From a record's request to one that can be sent: placeholders filled in, as data, never as text.

A value can never change where a request goes: it is percent-encoded into the one path segment or
query parameter that names it, is a leaf of the body's tree, or is refused in a header.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.expression import Expression, ExpressionFailed, ExpressionRefused
from tillbridge.domain.integration_record import Computed, RequestSpec
from tillbridge.domain.xml_documents import write_xml
from tillbridge.errors import InvalidRequest, RecordUnusable

Inputs = Mapping[str, Any]
Render = Callable[[Inputs], Any]

_URL = re.compile(r"(https?://[^/?#\s\\{}]+)((?:/[^?#\s\\]*)?)")
# An opening brace before white space is itself, as it stands in GraphQL; before anything else it
# begins a placeholder, or is doubled.
_TOKEN = re.compile(r"\{([a-z][a-z0-9_]*)(\?)?\}|\{\{|(\{(?=\S))|\{|[^{]+")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# Set by the connection or by `auth` alone; the others could bend the connection or pose as AWS.
_RESERVED_HEADER = re.compile(
    r"host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect"
    r"|authorization|cookie|accept-encoding|(proxy|x-aws|x-amz|x-forwarded|tillbridge)-.*"
)


class TemplateRefused(ValueError):
    """A request template cannot be used; `path` says where in the record, `message` says why."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class _Absent(Exception):
    """An optional placeholder has no value, so what is around it is left out."""


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
        url = f"{self.url}?{urlencode(self.query, quote_via=quote)}" if self.query else self.url
        if self.body is None:
            return OutboundRequest(self.method, url, self.headers)
        content_type, encode = _BODY_FORMATS[self.body_format]
        headers = dict(self.headers)
        if "content-type" not in map(str.lower, headers):
            headers["Content-Type"] = content_type
        return OutboundRequest(self.method, url, headers, encode(self.body))


def _json_bytes(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _form_bytes(body: Any) -> bytes:
    if not isinstance(body, Mapping):
        raise RecordUnusable("request.body: a form is an object of names and values")
    return urlencode({n: _spelled(v) for n, v in body.items()}, quote_via=quote).encode()


_BODY_FORMATS: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "json": ("application/json", _json_bytes),
    "form": ("application/x-www-form-urlencoded", _form_bytes),
    "xml": ("text/xml; charset=utf-8", write_xml),
}


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A record's request, parsed once when the record is loaded."""

    method: str
    origin: str
    segments: tuple[Render, ...]
    query: Mapping[str, Render]
    headers: Mapping[str, Render]
    body: Render
    body_format: str

    @classmethod
    def compile(cls, spec: RequestSpec) -> "RequestTemplate":
        """Raises `TemplateRefused` for what could never be sent."""
        match = _URL.fullmatch(spec.url)
        if not match or not _is_readable(match[1]):
            raise TemplateRefused(
                "request.url",
                "write https://host/path; parameters go into `query`, placeholders into the path",
            )
        segments = match[2].split("/")[1:]
        if any(map(_is_dotted, segments)):
            raise TemplateRefused("request.url", "a path cannot hold . or .. segments")
        if spec.body_format == "form" and not isinstance(spec.body, dict | None):
            raise TemplateRefused("request.body", "a form is an object of names and values")
        return cls(
            method=spec.method,
            origin=match[1],
            segments=tuple(_segment(segment) for segment in segments),
            query={n: _spelled_out(_leaf(v, f"request.query.{n}")) for n, v in spec.query.items()},
            headers={n: _header(n, v) for n, v in spec.headers.items()},
            body=_tree(spec.body, "request.body"),
            body_format=spec.body_format,
        )

    def render(self, inputs: Inputs) -> DraftRequest:
        """Raises `InvalidRequest` for an input that is missing, or that cannot stand where the
        record puts it."""
        try:
            body = self.body(inputs)
        except _Absent:
            body = None
        return DraftRequest(
            method=self.method,
            url="/".join([self.origin, *(segment(inputs) for segment in self.segments)]),
            query=dict(_present(self.query, inputs)),
            headers=dict(_present(self.headers, inputs)),
            body=body,
            body_format=self.body_format,
        )


def _present(renders: Mapping[str, Render], inputs: Inputs) -> Iterator[tuple[str, Any]]:
    for name, render in renders.items():
        try:
            yield name, render(inputs)
        except _Absent:
            continue


def _is_readable(origin: str) -> bool:
    try:
        urlsplit(origin)
    except ValueError:
        return False
    return True


def _is_dotted(segment: str) -> bool:
    # Some servers decode %2F before they resolve dots, so a value may not climb out that way.
    return not {".", ".."}.isdisjoint(re.split(r"[/\\]", unquote(segment)))


def _segment(text: str) -> Render:
    render = _text(text, "request.url", lambda value: quote(value, safe=""))

    def segment(inputs: Inputs) -> str:
        rendered: str = render(inputs)
        if text and (not rendered or _is_dotted(rendered)):
            raise InvalidRequest("an empty or dotted value cannot be part of the address")
        return rendered

    return segment


def _header(name: str, text: str) -> Render:
    path = f"request.headers.{name}"
    if not _HEADER_NAME.fullmatch(name) or _RESERVED_HEADER.fullmatch(name.lower()):
        raise TemplateRefused(path, "this header cannot be set; a credential goes into `auth`")
    if not text.isascii() or not text.isprintable():
        raise TemplateRefused(path, "a header takes printable ASCII only")
    render = _text(text, path)

    def header(inputs: Inputs) -> str:
        value: str = render(inputs)
        if not value.isascii() or not value.isprintable():
            raise InvalidRequest(f"the {name} header takes printable ASCII only", field=name)
        return value

    return header


def _tree(node: Any, path: str) -> Render:
    """A body: members and items whose value is absent are left out of what holds them."""
    if isinstance(node, dict) and node.keys() != {"expression"}:
        members = {n: _tree(child, f"{path}.{n}") for n, child in node.items()}
        return lambda inputs: dict(_present(members, inputs))
    if isinstance(node, list):
        items = {str(i): _tree(child, f"{path}[{i}]") for i, child in enumerate(node)}
        return lambda inputs: [value for _, value in _present(items, inputs)]
    if isinstance(node, dict):
        if not isinstance(node["expression"], str):
            raise TemplateRefused(path, "an expression is a text")
        return _computed(Computed(**node), path)
    return _leaf(node, path)


def _leaf(value: Any, path: str) -> Render:
    if isinstance(value, Computed):
        return _computed(value, path)
    if not isinstance(value, str):
        return lambda _inputs: value
    whole = _TOKEN.fullmatch(value)
    # A leaf that is nothing but one placeholder keeps its value's type.
    return _slot(whole) if whole and whole[1] else _text(value, path)


def _computed(value: Computed, path: str) -> Render:
    try:
        expression = Expression.compile(value.expression)
    except ExpressionRefused as refused:
        raise TemplateRefused(path, str(refused)) from refused

    def computed(inputs: Inputs) -> Any:
        try:
            result = expression.evaluate(dict(inputs))
        except ExpressionFailed as failed:
            raise RecordUnusable(f"the expression at {path} failed: {failed}") from failed
        if result is None:
            raise _Absent
        return result

    return computed


def _spelled_out(render: Render) -> Render:
    return lambda inputs: _spelled(render(inputs))


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(text: str, path: str, encode: Callable[[str], str] = str) -> Render:
    """A text with placeholders; `encode` is what the place it stands in does to each value."""
    parts: list[str | Render] = []
    for token in _TOKEN.finditer(text):
        if token[1]:
            parts.append(_slot(token))
        elif token[3]:
            raise TemplateRefused(
                path, f"the brace at {token.start()} begins no placeholder; write {{{{ for a brace"
            )
        else:
            parts.append("{" if token[0] == "{{" else token[0])

    def rendered(inputs: Inputs) -> str:
        return "".join(
            part if isinstance(part, str) else encode(_spelled(part(inputs))) for part in parts
        )

    return rendered


def _slot(placeholder: re.Match[str]) -> Render:
    name, optional = placeholder[1], bool(placeholder[2])

    def slot(inputs: Inputs) -> Any:
        value = inputs.get(name)
        if value is not None:
            return value
        if optional:
            raise _Absent
        raise InvalidRequest(f"{name} is required for this merchant", field=name)

    return slot
