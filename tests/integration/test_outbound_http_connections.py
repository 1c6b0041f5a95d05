"""Which connection a call goes out on: kept, replaced or made anew, and to which address."""

import gc
from contextlib import ExitStack
from threading import Thread

import pytest

from tests.support.outbound import client, get, soon
from tests.support.upstreams import answers, answers_once, http_response, serving
from tillbridge.adapters import outbound_http
from tillbridge.errors import UpstreamUnreachable

OK = http_response(b'[{"id": 1}]')


def test_a_connection_is_kept_for_the_next_request() -> None:
    with serving(answers(OK)) as upstream, client(upstream.origin) as http:
        for path in ("/a", "/b?c=d", ""):
            http.send(get(upstream.origin + path), soon())

    assert len(upstream.requests) == 3
    assert upstream.connections == 1


def test_a_connection_that_was_closed_while_idle_is_replaced() -> None:
    with serving(answers_once(OK)) as upstream, client(upstream.origin) as http:
        http.send(get(upstream.origin), soon())
        assert upstream.hung_up.wait(5)
        http.send(get(upstream.origin), soon())

    assert upstream.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound_http, "MAX_IDLE_S", -1.0)

    with serving(answers(OK)) as upstream, client(upstream.origin) as http:
        http.send(get(upstream.origin), soon())
        http.send(get(upstream.origin), soon())

    assert upstream.connections == 2


def test_bytes_after_an_answer_are_never_taken_for_the_next_one() -> None:
    two_answers = answers(OK + http_response(b"stray"))

    with serving(two_answers) as upstream, client(upstream.origin) as http:
        bodies = [http.send(get(upstream.origin), soon()).body for _ in range(3)]

    assert bodies == [b'[{"id": 1}]'] * 3


def test_connections_of_the_least_recently_used_origin_are_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound_http, "MAX_IDLE_CONNECTIONS", 2)

    with ExitStack() as stack:
        old, kept, new = (stack.enter_context(serving(answers(OK))) for _ in range(3))
        http = stack.enter_context(client(old.origin, kept.origin, new.origin))
        for upstream in (kept, old, kept, new, kept):
            http.send(get(upstream.origin), soon())
        assert old.hung_up.wait(5)
        assert not kept.hung_up.is_set()
        assert kept.connections == 1


class CountingResolver:
    """Answers with each of its answers in turn, then with the last."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_a_name_is_not_resolved_for_every_call() -> None:
    resolve = CountingResolver(["127.0.0.1"])

    with serving(answers(OK)) as upstream, client(upstream.origin, resolve=resolve) as http:
        for _ in range(3):
            http.send(get(upstream.origin), soon())

    assert resolve.asked == 1


def test_a_name_that_is_resolved_anew_keeps_its_connection_while_the_address_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound_http, "RESOLVED_FOR_S", -1.0)
    resolve = CountingResolver(["127.0.0.1"], ["127.0.0.2", "127.0.0.1"])

    with serving(answers(OK)) as upstream, client(upstream.origin, resolve=resolve) as http:
        for _ in range(3):
            http.send(get(upstream.origin), soon())

    assert resolve.asked == 3
    assert upstream.connections == 1


def test_a_name_that_moved_is_called_at_its_new_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_http, "RESOLVED_FOR_S", -1.0)
    resolve = CountingResolver(["127.0.0.1"], ["127.0.0.2"])

    with (
        serving(answers(OK)) as old,
        serving(answers(OK), host="127.0.0.2", port=old.port) as new,
        client(old.origin, resolve=resolve) as http,
    ):
        http.send(get(old.origin), soon())
        http.send(get(old.origin), soon())

    assert (len(old.requests), len(new.requests)) == (1, 1)


def test_a_failed_connection_is_resolved_anew() -> None:
    resolve = CountingResolver(["127.0.0.2"], ["127.0.0.1"])

    with serving(answers(OK)) as upstream, client(upstream.origin, resolve=resolve) as http:
        with pytest.raises(UpstreamUnreachable):
            http.send(get(upstream.origin), soon())
        assert http.send(get(upstream.origin), soon()).status == 200


def test_a_listed_ipv6_origin_is_called() -> None:
    with serving(answers(OK), host="::1") as upstream:
        origin = f"http://[::1]:{upstream.port}"
        with client(origin, resolve=lambda *_: ["::1"]) as http:
            assert http.send(get(origin), soon()).status == 200

    assert f"Host: [::1]:{upstream.port}".encode() in upstream.requests[0]


def test_closing_ends_every_connection() -> None:
    with serving(answers(OK)) as upstream:
        with client(upstream.origin) as http:
            http.send(get(upstream.origin), soon())
        assert upstream.hung_up.wait(5)


def test_closing_ends_a_connection_that_a_thread_has_used_before() -> None:
    """By itself, not when the garbage collector comes by."""
    with serving(answers(OK)) as upstream, client(upstream.origin) as http:
        thread = Thread(target=http.send, args=(get(upstream.origin), soon()))
        thread.start()
        thread.join()
        http.send(get(upstream.origin), soon())
        gc.disable()
        try:
            http.close()
            assert upstream.hung_up.wait(5)
        finally:
            gc.enable()

    assert upstream.connections == 1
