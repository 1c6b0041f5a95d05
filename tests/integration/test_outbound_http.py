"""One exchange with a merchant's system: what is sent and what comes back."""

import gzip

import pytest

from tests.support.outbound import client, get, soon
from tests.support.upstreams import (
    answers,
    answers_once,
    http_response,
    serving,
)
from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
from tillbridge.errors import InvalidRequest, RecordUnusable

OK = http_response(b'[{"id": 1}]')


def test_an_answer_is_status_lower_case_headers_and_body() -> None:
    response = http_response(b"[]", headers=("X-Rate-Limit: 10", "X-Tag: a", "X-Tag: b"))

    with serving(answers(response)) as upstream, client(upstream.origin) as http:
        answer = http.send(get(f"{upstream.origin}/v2/contacts?q=jane"), soon())

    assert answer == UpstreamAnswer(
        200, {"content-length": "2", "x-rate-limit": "10", "x-tag": "a, b"}, b"[]"
    )


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 404, 429, 500, 503])
def test_any_status_but_a_redirect_is_an_answer(status: int) -> None:
    response = http_response(status=f"{status} Whatever")

    with serving(answers(response)) as upstream, client(upstream.origin) as http:
        assert http.send(get(upstream.origin), soon()).status == status


def test_only_the_records_headers_and_our_own_are_sent() -> None:
    with serving(answers(OK)) as upstream, client(upstream.origin) as http:
        http.send(get(f"{upstream.origin}/v2?q=%C3%A6", Authorization="Bearer x"), soon())

    assert upstream.requests[0].decode().split("\r\n") == [
        "GET /v2?q=%C3%A6 HTTP/1.1",
        f"Host: 127.0.0.1:{upstream.port}",
        "User-Agent: tillbridge/1",
        "Accept-Encoding: gzip, identity",
        "Tillbridge-Hop: 1",
        "Authorization: Bearer x",
        "",
        "",
    ]


@pytest.mark.parametrize(("body", "length"), [(b'{"points": 10}', 14), (b"", 0), (None, 0)])
def test_a_body_is_sent_with_its_length(body: bytes | None, length: int) -> None:
    with serving(answers(OK)) as upstream, client(upstream.origin) as http:
        http.send(OutboundRequest("POST", f"{upstream.origin}/x", {}, body), soon())

    head, _, sent = upstream.requests[0].partition(b"\r\n\r\n")
    assert sent == (body or b"")
    assert f"Content-Length: {length}".encode() in head.split(b"\r\n")
    assert b"Transfer-Encoding" not in head


@pytest.mark.parametrize("value", ["a\r\nX-B: 1", "a\nb", "a\r\n b", "a\x00b", "名前", "a\u2028b"])
def test_a_header_value_that_could_bend_the_request_is_refused_unsent(value: str) -> None:
    with (
        serving(answers(OK)) as upstream,
        client(upstream.origin) as http,
        pytest.raises(InvalidRequest) as refusal,
    ):
        http.send(OutboundRequest("GET", upstream.origin, {"X-Search": value}), soon())

    assert refusal.value.facts == {"field": "X-Search"}
    assert upstream.connections == 0


def test_a_header_value_may_hold_latin_1() -> None:
    with serving(answers(OK)) as upstream, client(upstream.origin) as http:
        http.send(OutboundRequest("GET", upstream.origin, {"X-Search": "Jürgen\tÆ"}), soon())

    assert "X-Search: Jürgen\tÆ".encode("latin-1") in upstream.requests[0]


@pytest.mark.parametrize(
    "name",
    ["Host", "content-length", "Transfer-Encoding", "Connection", "Accept-Encoding", "X:", "X\r\n"],
)
def test_a_header_that_frames_the_request_is_not_the_records_to_set(name: str) -> None:
    with (
        serving(answers(OK)) as upstream,
        client(upstream.origin) as http,
        pytest.raises(RecordUnusable),
    ):
        http.send(OutboundRequest("GET", upstream.origin, {name: "x"}), soon())

    assert upstream.connections == 0


def test_a_method_is_a_word_in_capitals() -> None:
    with (
        serving(answers(OK)) as upstream,
        client(upstream.origin) as http,
        pytest.raises(RecordUnusable),
    ):
        http.send(OutboundRequest("GET / HTTP/1.1\r\nX: ", upstream.origin, {}), soon())

    assert upstream.connections == 0


def test_a_gzip_answer_is_decoded() -> None:
    packed = gzip.compress(b"[1]")
    response = http_response(packed, headers=("Content-Encoding: GZIP",))

    with serving(answers(response)) as upstream, client(upstream.origin) as http:
        assert http.send(get(upstream.origin), soon()).body == b"[1]"


def test_an_empty_answer_may_call_itself_gzip() -> None:
    response = http_response(status="204 No Content", headers=("Content-Encoding: gzip",))

    with serving(answers(response)) as upstream, client(upstream.origin) as http:
        assert http.send(get(upstream.origin), soon()).body == b""


def test_a_chunked_answer_is_put_together() -> None:
    response = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"
    )

    with serving(answers(response)) as upstream, client(upstream.origin) as http:
        bodies = [http.send(get(upstream.origin), soon()).body for _ in range(2)]

    assert bodies == [b"[1]", b"[1]"]
    assert upstream.connections == 1


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    with (
        serving(answers_once(b"HTTP/1.1 200 OK\r\n\r\n[1]")) as upstream,
        client(upstream.origin) as http,
    ):
        assert http.send(get(upstream.origin), soon()).body == b"[1]"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 404 X\r\n\r\n", b"HTTP/1.1 404 X\r\nConnection: close\r\n\r\n"]
)
def test_an_empty_answer_that_says_it_ends_with_its_connection_is_whole(head: bytes) -> None:
    with serving(answers_once(head)) as upstream, client(upstream.origin) as http:
        assert http.send(get(upstream.origin), soon()).status == 404
