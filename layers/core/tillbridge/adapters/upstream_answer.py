"""Reading what a tenant's system sends, which may be endless, broken or a bomb."""

import zlib

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import ProtocolError

from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.errors import (
    UpstreamRedirected,
    UpstreamTooLarge,
    UpstreamTruncated,
    UpstreamUnreadable,
)

MAX_BODY_BYTES = 1 << 20
# One of these says where the body of an HTTP/1.1 answer ends.
FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


def read_answer(raw: BaseHTTPResponse) -> UpstreamAnswer:
    """The whole answer, within `MAX_BODY_BYTES`. One that cannot be used is left unread."""
    if raw.status < 200:
        # The final answer is still to come: on a kept connection it would be the next request's.
        raise UpstreamUnreadable("The system answered with an interim status and no final one.")
    if 300 <= raw.status < 400:
        raise UpstreamRedirected(upstream_status=raw.status)
    headers = {name.lower(): value for name, value in raw.headers.itermerged()}
    body = _decoded(_body(raw), headers.get("content-encoding", "identity").strip().lower())
    if not body and raw.status != 204 and raw.version == 11 and not FRAMING & headers.keys():
        # How an answer looks that broke off among its headers: its status says nothing yet.
        raise UpstreamTruncated
    return UpstreamAnswer(raw.status, headers, body)


def _body(raw: BaseHTTPResponse) -> bytes:
    """The body to its end, as it came; short of its announced length it is an error."""
    parts: list[bytes] = []
    room = MAX_BODY_BYTES + 1
    try:
        while room:
            parts.append(raw.read(room, decode_content=False))
            if not parts[-1]:
                break
            room -= len(parts[-1])
        if not room:
            raise UpstreamTooLarge(f"The answer is larger than {MAX_BODY_BYTES} bytes.")
        return b"".join(parts)
    except ProtocolError:
        raise UpstreamTruncated from None
    except ValueError:
        # urllib3 believes a chunk that announces less than nothing.
        raise UpstreamUnreadable("The answer's chunks are malformed.") from None
    finally:
        # urllib3's errors hold each other and, by this frame, what was read, until garbage is
        # collected.
        parts.clear()


def _decoded(body: bytes, coding: str) -> bytes:
    """Inflated here, not by urllib3, which takes a gzip stream that breaks off for a whole one."""
    if coding == "identity" or not body:
        return body
    if coding not in ("gzip", "x-gzip"):
        raise UpstreamUnreadable("The answer is compressed in a way that was not asked for.")
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        decoded = stream.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise UpstreamUnreadable("The answer's gzip coding is broken.") from None
    if len(decoded) > MAX_BODY_BYTES:
        raise UpstreamTooLarge(f"The answer is larger than {MAX_BODY_BYTES} bytes.")
    if not stream.eof:
        raise UpstreamTruncated
    if stream.unused_data:
        raise UpstreamUnreadable("The answer's gzip coding has data after its end.")
    return decoded
