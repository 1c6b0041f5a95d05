"""Sick upstreams: each failure has its own error, within the deadline, and spoils no later call."""

import gzip
import logging
import os
import socket
import traceback
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.outbound import BUDGET_S, client, failure_within_budget, get, soon
from tests.support.upstreams import (
    Behaviour,
    Upstream,
    answers,
    answers_once,
    deaf,
    drips,
    drips_body,
    drips_headers,
    gzip_bomb,
    hangs_up,
    http_response,
    oversized,
    received,
    refusing,
    serving,
    silent,
    slow,
    truncated,
)
from tillbridge.adapters.pinned_transport import Resolver
from tillbridge.adapters.upstream_answer import MAX_BODY_BYTES
from tillbridge.domain.exchange import OutboundRequest
from tillbridge.domain.limits import Deadline
from tillbridge.errors import (
    TillbridgeError,
    UpstreamRedirected,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamTruncated,
    UpstreamUnreachable,
    UpstreamUnreadable,
)

OK = http_response(b"[]")
GZIP = ("Content-Encoding: gzip",)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(os.urandom(1_000))

TOO_SLOW = {
    "never answers": silent,
    "answers too late": slow(OK, seconds=BUDGET_S * 5),
    "drips its body": drips_body(),
    "drips a header": drips_headers(),
    "drips header lines": drips(b"HTTP/1.1 200 OK\r\n", b"X-Line: x\r\n"),
    "drips its status line": drips(b"HTTP/1.1 200 ", b"O"),
    "drips chunks": drips(CHUNKED, b"1\r\nx\r\n"),
    "drips a chunk's size": drips(CHUNKED, b"0"),
    "drips interim answers": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips a body without end": drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
}
BROKEN: dict[str, tuple[Behaviour, type[TillbridgeError]]] = {
    "hangs up": (hangs_up, UpstreamUnreachable),
    "breaks off in a header": (answers_once(b"HTTP/1.1 404 Gone\r\nX-Hal"), UpstreamTruncated),
    "breaks off after a header": (answers_once(b"HTTP/1.1 404 X\r\nA: b\r\n"), UpstreamTruncated),
    "breaks off in the body": (truncated(), UpstreamTruncated),
    "breaks off in a chunk": (answers_once(CHUNKED + b"5\r\nab"), UpstreamTruncated),
    "breaks off between chunks": (answers_once(CHUNKED + b"1\r\n[\r\n"), UpstreamTruncated),
    "sends garbage for a chunk": (answers_once(CHUNKED + b"zz\r\n"), UpstreamTruncated),
    "sends less than nothing": (answers_once(CHUNKED + b"-5\r\nab\r\n"), UpstreamUnreadable),
    "breaks off in gzip": (answers(http_response(PACKED[:-20], headers=GZIP)), UpstreamTruncated),
    "calls JSON gzip": (answers(http_response(b"[1]", headers=GZIP)), UpstreamUnreadable),
    "adds to its gzip": (answers(http_response(PACKED + b"x", headers=GZIP)), UpstreamUnreadable),
    "compresses unasked": (
        answers(http_response(b"x", headers=("Content-Encoding: br",))),
        UpstreamUnreadable,
    ),
    "compresses twice": (
        answers(http_response(b"x", headers=("Content-Encoding: gzip, gzip",))),
        UpstreamUnreadable,
    ),
    "does not speak HTTP": (answers_once(b"SSH-2.0-OpenSSH_9.6\r\n"), UpstreamUnreadable),
    "gives an interim answer only": (
        answers_once(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        UpstreamUnreadable,
    ),
    "says too much": (oversized(MAX_BODY_BYTES + 1), UpstreamTooLarge),
    "sends a bomb": (gzip_bomb(MAX_BODY_BYTES + 1), UpstreamTooLarge),
    "redirects": (
        answers(http_response(status="302 Found", headers=("Location: /b",))),
        UpstreamRedirected,
    ),
}


@pytest.mark.parametrize("behaviour", TOO_SLOW.values(), ids=TOO_SLOW.keys())
def test_an_upstream_that_takes_too_long_is_given_up_at_the_deadline(
    behaviour: Behaviour,
) -> None:
    with (
        serving(behaviour) as sick,
        serving(answers(OK)) as well,
        client(sick.origin, well.origin) as http,
    ):
        failure = failure_within_budget(http, sick.origin)
        assert http.send(get(well.origin), soon()).body == b"[]"

    assert isinstance(failure, UpstreamTimeout)


# A TLS record that is announced and never complete.
HALF_A_HANDSHAKE = drips(b"\x16\x03\x03\x40\x00", b"\x02")


@pytest.mark.parametrize("behaviour", TOO_SLOW.values(), ids=TOO_SLOW.keys())
def test_in_a_thread_it_is_the_connection_that_is_cut(behaviour: Behaviour) -> None:
    with (
        serving(behaviour) as sick,
        client(sick.origin) as http,
        ThreadPoolExecutor(1) as threads,
    ):
        call = threads.submit(failure_within_budget, http, sick.origin)

        assert isinstance(call.result(timeout=5), UpstreamTimeout)


def test_in_a_thread_a_handshake_that_drips_is_cut() -> None:
    with serving(HALF_A_HANDSHAKE) as upstream, ThreadPoolExecutor(1) as threads:
        origin = f"https://127.0.0.1:{upstream.port}"
        with client(origin) as http:
            call = threads.submit(failure_within_budget, http, origin)

            assert isinstance(call.result(timeout=5), UpstreamTimeout)


def test_threads_share_the_kept_connections_and_never_one_of_them() -> None:
    together = Barrier(3)

    def meets(connection: socket.socket, upstream: Upstream) -> None:
        while received(connection, upstream):
            together.wait(5)
            connection.sendall(OK)

    with (
        serving(meets) as upstream,
        client(upstream.origin) as http,
        ThreadPoolExecutor(3) as threads,
    ):
        for _ in range(2):
            calls = [threads.submit(http.send, get(upstream.origin), soon()) for _ in range(3)]
            assert [call.result(timeout=5).body for call in calls] == [b"[]"] * 3

    assert upstream.connections == 3


def test_after_a_timeout_the_same_upstream_is_called_on_a_new_connection() -> None:
    with serving(slow(OK, seconds=BUDGET_S * 1.5)) as upstream, client(upstream.origin) as http:
        failure = failure_within_budget(http, upstream.origin)
        assert http.send(get(upstream.origin), soon()).body == b"[]"

    assert isinstance(failure, UpstreamTimeout)
    assert upstream.connections == 2


def test_a_resolver_that_hangs_is_given_up_at_the_deadline() -> None:
    with serving(silent) as upstream:

        def resolve(_host: str, _port: int) -> list[str]:
            upstream.stopped.wait()
            return []

        with client("http://crm.internal", resolve=resolve) as http:
            failure = failure_within_budget(http, "http://crm.internal")

    assert isinstance(failure, UpstreamTimeout)


def test_a_handshake_that_hangs_is_given_up_at_the_deadline() -> None:
    with serving(deaf) as upstream:
        origin = f"https://127.0.0.1:{upstream.port}"
        with client(origin) as http:
            failure = failure_within_budget(http, origin)

    assert isinstance(failure, UpstreamTimeout)


def test_a_deadline_that_has_passed_makes_no_connection() -> None:
    with (
        serving(answers(OK)) as upstream,
        client(upstream.origin) as http,
        pytest.raises(UpstreamTimeout),
    ):
        http.send(get(upstream.origin), Deadline.after(0))

    assert upstream.connections == 0


@pytest.mark.parametrize(("behaviour", "error"), BROKEN.values(), ids=BROKEN.keys())
def test_an_upstream_that_misbehaves_has_its_own_error_and_spoils_no_later_call(
    behaviour: Behaviour, error: type[TillbridgeError]
) -> None:
    with (
        serving(behaviour) as sick,
        serving(answers(OK)) as well,
        client(sick.origin, well.origin) as http,
    ):
        for _ in range(2):
            with pytest.raises(error):
                http.send(get(sick.origin), soon())
        assert http.send(get(well.origin), soon()).body == b"[]"


def test_the_largest_answer_that_is_read_has_a_mebibyte() -> None:
    with serving(oversized(MAX_BODY_BYTES)) as upstream, client(upstream.origin) as http:
        assert len(http.send(get(upstream.origin), soon()).body) == 1_048_576


def test_a_bomb_is_not_unpacked() -> None:
    with serving(gzip_bomb(64 * MAX_BODY_BYTES)) as upstream, client(upstream.origin) as http:
        tracemalloc.start()
        with pytest.raises(UpstreamTooLarge):
            http.send(get(upstream.origin), soon())
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak_bytes < 6 * MAX_BODY_BYTES


def test_a_port_that_nobody_listens_on_is_unreachable() -> None:
    with refusing() as origin, client(origin) as http, pytest.raises(UpstreamUnreachable):
        http.send(get(origin), soon())


def failing_resolver(host: str, _port: int) -> list[str]:
    raise OSError(f"no such name: {host}")


@pytest.mark.parametrize("resolve", [failing_resolver, lambda *_: []])
def test_a_name_that_does_not_resolve_is_unreachable(resolve: Resolver) -> None:
    with (
        client(resolve=resolve) as http,
        pytest.raises(UpstreamUnreachable, match=r"crm\.example\.com does not resolve"),
    ):
        http.send(get("https://crm.example.com/?q=jane"), soon())


TELLTALE = {
    **{name: behaviour for name, (behaviour, _) in BROKEN.items()},
    "sends malformed headers": answers_once(b"HTTP/1.1 500 X\r\nno colon here\r\nX: y\r\n\r\n"),
    "never answers": silent,
    "drips its body": drips_body(),
    "answers": answers(OK),
}


@pytest.mark.parametrize("behaviour", TELLTALE.values(), ids=TELLTALE.keys())
def test_neither_the_error_nor_the_log_tells_path_query_header_or_body(
    behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = ""
    with serving(behaviour) as upstream, client(upstream.origin) as http:
        url = f"{upstream.origin}/canary?q=canary"
        request = OutboundRequest("POST", url, {"X-Key": "canary"}, b"canary")
        try:
            http.send(request, Deadline.after(BUDGET_S))
        except TillbridgeError as error:
            told = "".join(traceback.format_exception(error)) + repr(error.__context__)

    assert b"canary" in upstream.requests[0]
    assert "canary" not in told + caplog.text


def test_an_unreachable_system_is_not_told_by_its_path_either(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with refusing() as origin, client(origin) as http:
        request = get(f"{origin}/canary?q=canary")
        with pytest.raises(UpstreamUnreachable) as failure:
            http.send(request, soon())

    told = "".join(traceback.format_exception(failure.value)) + repr(failure.value.__context__)
    assert "canary" not in told + caplog.text
